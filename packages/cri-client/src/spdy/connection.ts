import type { Duplex } from "node:stream";
import { SpdyError } from "./error.ts";
import {
  encodeDataHead,
  encodeGoAway,
  encodePing,
  encodeRstStream,
  encodeSynReply,
  encodeSynStream,
  type Frame,
  maxDataLength,
  resetStatus,
  SpdyFrameDecoder,
} from "./frame.ts";
import { HeaderReader, HeaderWriter, type SpdyHeaders } from "./header-block.ts";
import { SpdyStream, type StreamOwner } from "./stream.ts";

/** Streams a peer may have open at once; a port-forward has two a connection. */
const maxStreams = 2000;

export interface SpdyConnectionOptions {
  /** The server's streams have even ids, the client's odd ones. */
  readonly role: "client" | "server";
  /** Called with every stream the peer opens, before its reply: `reply` accepts it, `destroy` refuses it. */
  readonly onStream?: (stream: SpdyStream) => void;
  /**
   * Asked when the connection is over, in whatever way: whether everything was said before that. Streams the peer left open then
   * end in order; otherwise, and where nothing is given, with an error, since bytes may be missing.
   */
  readonly isComplete?: () => boolean;
  /** Called once when the connection is over: with an error when it broke. */
  readonly onClose?: (error: Error | undefined) => void;
}

/**
 * One SPDY/3.1 connection: streams of bytes with headers, both ways, over one socket.
 *
 * Without the protocol's own flow control, which no peer in Kubernetes takes part in: a stream whose reader stands still
 * stops the whole connection, as it does in theirs.
 *
 * @see SPDY/3 draft, section 2
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #decoder = new SpdyFrameDecoder();
  readonly #reader = new HeaderReader();
  readonly #writer = new HeaderWriter();
  readonly #owner: StreamOwner;
  /** Frames with headers leave in the order their blocks were packed in. */
  #lastHeaders: Promise<void> = Promise.resolve();
  #nextId: number;
  #lastPeerId = 0;
  #goneAway = false;
  #closed = false;

  /** Takes over the socket; `head` is what was read from it already. */
  constructor(socket: Duplex, options: SpdyConnectionOptions, head?: Uint8Array) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === "client" ? 1 : 2;
    this.#owner = {
      reply: (id) =>
        this.#sendHeaders(async () => encodeSynReply(id, await this.#writer.write({}))),
      send: (id, data, fin, done) => this.#sendData(id, data, fin, done),
      reset: (id) => this.#write(encodeRstStream(id, resetStatus.cancel)),
      closed: (id) => this.#streams.delete(id),
    };
    // Without a listener the error of a socket would end the process; the reading loop ends with it as well.
    socket.on("error", () => {});
    this.#read(head).then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Opens a stream; its `replied` says whether the peer takes it. Throws when the connection takes no more streams. */
  open(headers: SpdyHeaders): SpdyStream {
    if (this.#closed || this.#goneAway) throw new SpdyError("the connection takes no more streams");
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new SpdyStream(this.#owner, id, headers);
    this.#streams.set(id, stream);
    const sent = this.#sendHeaders(async () =>
      encodeSynStream(id, await this.#writer.write(headers)),
    );
    // It fails only when the connection ends, which the stream is told by itself.
    sent.catch(() => {});
    return stream;
  }

  /** Opens a stream and waits until the peer took it. Fails when the peer refuses it or the connection ends. */
  async openStream(headers: SpdyHeaders): Promise<SpdyStream> {
    const stream = this.open(headers);
    await stream.replied;
    return stream;
  }

  /** Whether the connection is over. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Says goodbye and ends the socket once everything written has left; streams that still run are cut off. */
  close(): void {
    if (this.#closed) return;
    this.#write(encodeGoAway(this.#lastPeerId));
    this.#end(undefined);
  }

  /** Ends the connection without a word. */
  destroy(error?: Error): void {
    this.#end(error);
    this.#socket.destroy();
  }

  async #read(head: Uint8Array | undefined): Promise<void> {
    if (head !== undefined && head.length > 0) await this.#receive(head);
    for await (const chunk of this.#socket) await this.#receive(chunk);
    if (!this.#decoder.whole) throw new SpdyError("the connection ended inside a frame");
  }

  async #receive(chunk: Uint8Array): Promise<void> {
    for (const frame of this.#decoder.push(chunk)) await this.#handle(frame);
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.t) {
      case "data":
        // Data for a stream that is over here already is dropped; the peer was told.
        await this.#streams.get(frame.streamId)?.received(frame.data, frame.fin);
        break;
      case "synStream":
        this.#accept(frame.streamId, await this.#reader.read(frame.block), frame.fin);
        break;
      case "synReply":
        await this.#reader.read(frame.block);
        this.#streams.get(frame.streamId)?.accepted();
        if (frame.fin) await this.#streams.get(frame.streamId)?.received(undefined, true);
        break;
      case "headers":
        // Read even though nobody wants them: the compression goes on from here.
        await this.#reader.read(frame.block);
        if (frame.fin) await this.#streams.get(frame.streamId)?.received(undefined, true);
        break;
      case "rstStream":
        this.#streams.get(frame.streamId)?.wasReset(frame.status);
        break;
      case "ping":
        if (frame.id % 2 !== this.#nextId % 2) this.#write(encodePing(frame.id));
        break;
      case "goAway":
        this.#goneAway = true;
        break;
      case "ignored":
        break;
    }
  }

  #accept(id: number, headers: SpdyHeaders, fin: boolean): void {
    if (id % 2 === this.#nextId % 2 || id <= this.#lastPeerId) {
      throw new SpdyError(`the peer opened a stream with id ${id}`);
    }
    this.#lastPeerId = id;
    const { onStream } = this.#options;
    if (onStream === undefined || this.#streams.size >= maxStreams) {
      this.#write(encodeRstStream(id, resetStatus.refusedStream));
      return;
    }
    const stream = new SpdyStream(this.#owner, id, headers);
    this.#streams.set(id, stream);
    if (fin) void stream.received(undefined, true);
    onStream(stream);
  }

  #sendHeaders(encode: () => Promise<Uint8Array>): Promise<void> {
    const frame = encode();
    const sent = this.#lastHeaders.then(async () => {
      this.#write(await frame);
    });
    this.#lastHeaders = sent.catch(() => {});
    return sent;
  }

  #sendData(id: number, data: Uint8Array, fin: boolean, done: () => void): void {
    if (data.length === 0) {
      if (fin) this.#write(encodeDataHead(id, 0, true));
      done();
      return;
    }
    let flowing = true;
    this.#socket.cork();
    for (let at = 0; at < data.length; at += maxDataLength) {
      const piece = data.subarray(at, at + maxDataLength);
      const last = at + piece.length === data.length;
      this.#write(encodeDataHead(id, piece.length, fin && last));
      flowing = this.#write(piece);
    }
    this.#socket.uncork();
    if (flowing || this.#closed) done();
    else this.#onDrain(done);
  }

  readonly #waiting = new Set<() => void>();

  #onDrain(done: () => void): void {
    if (this.#waiting.size === 0) {
      this.#socket.once("drain", () => {
        const waiting = [...this.#waiting];
        this.#waiting.clear();
        for (const go of waiting) go();
      });
    }
    this.#waiting.add(done);
  }

  #write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#socket.destroyed || this.#socket.writableEnded) return true;
    return this.#socket.write(bytes);
  }

  #end(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.close();
    this.#writer.close();
    const complete = this.#options.isComplete?.() === true;
    const reason = complete ? undefined : (error ?? new SpdyError("the connection was closed"));
    for (const stream of [...this.#streams.values()]) stream.cutOff(reason);
    for (const go of [...this.#waiting]) go();
    this.#waiting.clear();
    if (error === undefined) this.#socket.end();
    else this.#socket.destroy();
    this.#options.onClose?.(error);
  }
}
