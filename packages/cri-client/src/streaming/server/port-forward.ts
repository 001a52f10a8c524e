import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { SpdyStream } from "../../spdy/stream.ts";
import { ChannelSocket } from "../channel-socket.ts";
import type { RunPortForward } from "./handlers.ts";
import { sentence } from "./process-end.ts";

/** Connections one session may wait for the second stream of. */
const maxWaiting = 100;

interface Half {
  readonly stream: SpdyStream;
  readonly replied: Promise<void>;
  readonly timer: NodeJS.Timeout;
}

/** Pairs the streams of a port-forward over SPDY, an error and a data stream a connection, and carries each pair. */
export class SpdyPortForward {
  readonly #run: RunPortForward;
  readonly #signal: AbortSignal;
  readonly #creationTimeoutMs: number;
  readonly #waiting = new Map<string, Half>();

  constructor(run: RunPortForward, signal: AbortSignal, creationTimeoutMs: number) {
    this.#run = run;
    this.#signal = signal;
    this.#creationTimeoutMs = creationTimeoutMs;
    signal.addEventListener("abort", () => {
      for (const { timer } of this.#waiting.values()) clearTimeout(timer);
      this.#waiting.clear();
    });
  }

  /** Takes a stream that names a port and a request, or refuses it. */
  accept(stream: SpdyStream): void {
    const { streamtype: type, port: text = "", requestid = "" } = stream.headers;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    const key = `${requestid}:${port}`;
    const half = this.#waiting.get(key);
    const known = type === "error" || type === "data";
    const twice = half?.stream.headers.streamtype === type;
    if (port < 1 || port > 65_535 || !known || twice || this.#waiting.size >= maxWaiting) {
      stream.destroy();
      return;
    }
    const replied = stream.reply();
    // It fails only when the connection ends, and with it both streams.
    replied.catch(() => {});
    if (half === undefined) {
      const timer = setTimeout(() => {
        this.#waiting.delete(key);
        stream.destroy();
      }, this.#creationTimeoutMs);
      this.#waiting.set(key, { stream, replied, timer });
      return;
    }
    clearTimeout(half.timer);
    this.#waiting.delete(key);
    const [data, error] = type === "data" ? [stream, half.stream] : [half.stream, stream];
    void this.#carry(port, data, error, Promise.all([half.replied, replied]));
  }

  async #carry(
    port: number,
    data: SpdyStream,
    error: SpdyStream,
    replied: Promise<unknown>,
  ): Promise<void> {
    error.resume();
    try {
      // A connection that fails at once must not be reset ahead of its reply.
      await replied;
      error.end(await carry(this.#run, port, data, this.#signal));
    } catch {
      data.destroy();
      error.destroy();
    }
  }
}

/**
 * Carries the connections of a port-forward over WebSocket: two channels for each port of the request, data and errors,
 * each beginning with the port.
 */
export async function runPortForwardOnWebSocket(
  socket: WebSocket,
  ports: readonly number[],
  run: RunPortForward,
  signal: AbortSignal,
): Promise<void> {
  const mux = new ChannelSocket(socket);
  await Promise.all(
    ports.map(async (port, index) => {
      const [dataChannel, errorChannel] = [2 * index, 2 * index + 1];
      const data = mux.duplex(dataChannel);
      const name = Uint8Array.of(port & 0xff, port >> 8);
      mux.send(dataChannel, name);
      mux.send(errorChannel, name);
      // The protocol closes connections, not one direction: whoever has nothing more to send ends both.
      const ended = once(data, "finish").then(() => "");
      ended.catch(() => {});
      const failure = await Promise.race([carry(run, port, data, signal), ended]);
      if (failure !== "") mux.send(errorChannel, Buffer.from(failure));
    }),
  );
  socket.close(1000);
}

/** Carries one connection; resolves with the sentence of its failure, empty when there was none. */
async function carry(
  run: RunPortForward,
  port: number,
  data: Duplex,
  signal: AbortSignal,
): Promise<string> {
  try {
    await run(port, data, signal);
    if (!data.writableEnded) data.end();
    return "";
  } catch (error) {
    data.destroy();
    return `forward port ${port}: ${sentence(error)}`;
  }
}
