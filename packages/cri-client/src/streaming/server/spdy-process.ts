import type { SpdyConnection } from "../../spdy/connection.ts";
import type { SpdyStream } from "../../spdy/stream.ts";
import { encodeEnd, encodeEndAsText } from "../process-status.ts";
import type { WantedStreams } from "../process-wire.ts";
import type { RunAttach, RunProcess } from "./handlers.ts";
import { runOnStreams } from "./process-end.ts";

/** Versions of exec and attach over SPDY, which differ in whether sizes and exit codes are told. */
export const spdyProcessProtocols: readonly string[] = [
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  "channel.k8s.io",
];

/** Gathers the streams a client opens; each is one of the kinds it asked for, and comes once. */
export class SpdyProcess {
  readonly #streams = new Map<string, SpdyStream>();
  readonly #wanted: ReadonlySet<string>;
  readonly #protocol: string;
  #replied = 0;
  #complete: () => void = () => {};
  readonly #all: Promise<void>;

  constructor(protocol: string, wanted: WantedStreams) {
    this.#protocol = protocol;
    const withSizes = protocol.startsWith("v4.") || protocol.startsWith("v3.");
    const names = [
      "error",
      wanted.stdin && "stdin",
      wanted.stdout && "stdout",
      wanted.stderr && "stderr",
      wanted.tty && withSizes && "resize",
    ];
    this.#wanted = new Set(names.filter((name) => name !== false));
    this.#all = new Promise((resolve) => {
      this.#complete = resolve;
    });
  }

  /** Takes a stream, or refuses one that was not asked for. */
  accept(stream: SpdyStream): void {
    const name = stream.headers.streamtype?.toLowerCase() ?? "";
    if (!this.#wanted.has(name) || this.#streams.has(name)) {
      stream.destroy();
      return;
    }
    this.#streams.set(name, stream);
    stream.reply().then(
      () => {
        // Not before all replies have left: what a client gets ahead of them it drops.
        if (++this.#replied === this.#wanted.size) this.#complete();
      },
      () => {}, // The connection is over; its owner knows.
    );
  }

  /** Runs the process once all its streams are there. */
  async run(
    connection: SpdyConnection,
    run: RunProcess | RunAttach,
    signal: AbortSignal,
    creationTimeoutMs: number,
  ): Promise<void> {
    const timer = setTimeout(() => connection.close(), creationTimeoutMs);
    const gone = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    await Promise.race([this.#all, gone]);
    clearTimeout(timer);
    if (signal.aborted) return;
    const streams = this.#streams;
    const error = streams.get("error");
    await runOnStreams(
      run,
      {
        stdin: streams.get("stdin"),
        stdout: streams.get("stdout"),
        stderr: streams.get("stderr"),
        sizes: streams.get("resize"),
        tellEnd: async (end) => {
          const text = this.#protocol.startsWith("v4.") ? encodeEnd(end) : encodeEndAsText(end);
          await new Promise<void>((resolve) => {
            if (error === undefined || error.destroyed) resolve();
            else error.once("close", resolve).end(text, resolve);
          });
        },
      },
      signal,
    );
    connection.close();
  }
}
