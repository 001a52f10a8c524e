import { Duplex, Readable, Writable } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { channels, closeChannel, isBase64 } from "./protocol.ts";

/** Bytes of a channel that may wait to be read before the whole connection is made to wait. */
const highWaterMark = 256 * 1024;

/**
 * Byte channels in the messages of a WebSocket: the first byte, or in base64 the first character, is the channel's
 * number.
 */
export class ChannelSocket {
  readonly #socket: WebSocket;
  readonly #base64: boolean;
  readonly #canClose: boolean;
  readonly #readable = new Map<number, Readable>();
  /** Channels that are full: while there is one, nothing is read. */
  readonly #full = new Set<number>();
  readonly #lastWord: number | undefined;
  #lastWordSaid = false;
  #ended = false;

  /**
   * Takes over the socket. `lastWord` is the channel that must have spoken before the connection ends: without that the
   * others end with an error, since bytes may be missing.
   */
  constructor(socket: WebSocket, lastWord?: number) {
    this.#socket = socket;
    this.#lastWord = lastWord;
    this.#base64 = isBase64(socket.protocol);
    this.#canClose = socket.protocol.startsWith("v5.");
    socket.on("message", (data) => this.#onMessage(toBytes(data)));
    socket.once("close", () => this.#onClose());
    // "close" follows, and tells the channels.
    socket.on("error", () => {});
    // Nothing comes before this turn is over, so the channels made in it miss nothing.
    socket.resume();
  }

  /** Whether a channel can be closed by itself. */
  get canClose(): boolean {
    return this.#canClose;
  }

  /** The bytes that come on a channel; ends with the connection, or when the peer closes the channel. */
  readable(channel: number): Readable {
    const readable = new Readable({
      highWaterMark,
      read: () => {
        if (this.#full.delete(channel) && this.#full.size === 0) this.#socket.resume();
      },
      destroy: (error, done) => {
        if (this.#full.delete(channel) && this.#full.size === 0) this.#socket.resume();
        done(error);
      },
    });
    // Whoever reads it is told; one that nobody reads must not end the process.
    readable.on("error", () => {});
    this.#readable.set(channel, readable);
    return readable;
  }

  /** Takes the bytes for a channel. Ending it is told to the peer where the protocol can, and is harmless otherwise. */
  writable(channel: number): Writable {
    const writable = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => this.send(channel, chunk, done),
      final: (done) => {
        // Only for stdin: what the other side sends ends with the connection.
        const told = this.#canClose && channel === channels.stdin;
        if (told) this.send(closeChannel, Uint8Array.of(channel), done);
        else done();
      },
    });
    writable.on("error", () => {});
    return writable;
  }

  /** Both at once, for a channel whose bytes go both ways. */
  duplex(channel: number): Duplex {
    const readable = this.readable(channel);
    const writable = this.writable(channel);
    return Duplex.from({ readable, writable });
  }

  send(channel: number, data: Uint8Array, done: (error?: Error) => void = () => {}): void {
    if (this.#base64) {
      this.#socket.send(`${channel}${Buffer.from(data).toString("base64")}`, done);
      return;
    }
    const message = Buffer.allocUnsafe(data.length + 1);
    message[0] = channel;
    message.set(data, 1);
    this.#socket.send(message, done);
  }

  #onMessage(message: Uint8Array): void {
    const [first] = message;
    if (first === undefined) return;
    const channel = this.#base64 ? first - 0x30 : first;
    const rest = message.subarray(1);
    const data = this.#base64 ? Buffer.from(Buffer.from(rest).toString("latin1"), "base64") : rest;
    if (this.#canClose && channel === closeChannel) {
      this.#end(data[0] ?? channels.stdin);
      return;
    }
    const readable = this.#readable.get(channel);
    // Empty messages only say that the connection stands.
    if (readable === undefined || readable.destroyed || data.length === 0) return;
    if (channel === this.#lastWord) this.#lastWordSaid = true;
    if (!readable.push(data)) {
      this.#full.add(channel);
      this.#socket.pause();
    }
  }

  #onClose(): void {
    if (this.#ended) return;
    this.#ended = true;
    const complete = this.#lastWord === undefined || this.#lastWordSaid;
    const error = complete ? undefined : new Error("the connection ended before it was done");
    for (const channel of this.#readable.keys()) this.#end(channel, error);
  }

  #end(channel: number, error?: Error): void {
    const readable = this.#readable.get(channel);
    this.#readable.delete(channel);
    if (readable === undefined || readable.destroyed) return;
    if (error === undefined) readable.push(null);
    else readable.destroy(error);
  }
}

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
