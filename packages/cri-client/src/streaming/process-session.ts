import type { Readable } from "node:stream";
import { RpcError } from "@ocikit/rpc";
import { decodeEnd, type ExitStatus } from "./process-status.ts";
import type { ProcessWire } from "./process-wire.ts";
import { encodeSize, type TerminalSize } from "./protocol.ts";
import { emptyStream, streamError, toReadableStream, toWritableStream } from "./web-streams.ts";

/** The most that is read of what a server says about the end of a process. */
const maxEndBytes = 64 * 1024;

/** What `output` collects where nothing else is said, a stream. */
const defaultMaxOutputBytes = 16 * 1024 * 1024;

/** What a process wrote, and how it ended. */
export interface ProcessOutput<Data = string> extends ExitStatus {
  readonly stdout: Data;
  readonly stderr: Data;
}

export interface OutputOptions {
  /** Text read as UTF-8, or the bytes themselves. */
  readonly encoding?: "utf8" | "bytes" | undefined;
  /** Fails with RESOURCE_EXHAUSTED when one of the streams has more bytes; 16 MiB when it is not said. */
  readonly maxBytes?: number | undefined;
}

/**
 * The streams of a process in a container. Read stdout and stderr, or do not ask for them: a process whose output nobody
 * takes waits, as it does behind a pipe.
 */
export class ProcessStreams implements AsyncDisposable {
  readonly #wire: ProcessWire;
  readonly #method: string;
  /** Closing it is how the process learns that there is no more input, where the protocol can say so. */
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Empty with a terminal, which has one output for both. */
  readonly stderr: ReadableStream<Uint8Array>;
  protected readonly ended: Promise<ExitStatus>;

  /** `signal` ends the session: its reason is what the streams fail with. */
  constructor(wire: ProcessWire, method: string, signal: AbortSignal | undefined) {
    this.#wire = wire;
    this.#method = method;
    this.stdin = wire.stdin === undefined ? closedInput() : toWritableStream(wire.stdin, method);
    this.stdout = wire.stdout === undefined ? emptyStream() : toReadableStream(wire.stdout, method);
    this.stderr = wire.stderr === undefined ? emptyStream() : toReadableStream(wire.stderr, method);
    const abort = (): void => wire.destroy(signal?.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort);
    void wire.closed.then(() => signal?.removeEventListener("abort", abort));
    this.ended = readEnd(wire.end, method);
    // Not everyone waits for the end.
    this.ended.catch(() => {});
  }

  /** The version of the streaming protocol, as `v4.channel.k8s.io`. */
  get protocol(): string {
    return this.#wire.protocol;
  }

  /** Resolves when the connection is over, in whatever way. */
  get closed(): Promise<void> {
    return this.#wire.closed;
  }

  /** Whether closing `stdin` reaches the process: over WebSocket only version 5 can say it. */
  get canCloseStdin(): boolean {
    return this.#wire.canCloseStdin;
  }

  /** Tells the process' terminal its size. Throws a TypeError when it has none. */
  async resize(size: TerminalSize): Promise<void> {
    const { sizes } = this.#wire;
    if (sizes === undefined) throw new TypeError("the process has no terminal");
    await new Promise<void>((resolve, reject) => {
      sizes.write(encodeSize(size), (error) =>
        error ? reject(streamError(error, this.#method)) : resolve(),
      );
    });
  }

  /**
   * Ends the connection. What becomes of the process is the runtime's choice, and most let it run; a command that was
   * opened as `killable` is killed. Closing twice is harmless.
   */
  close(): void {
    this.#wire.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#wire.closed;
  }
}

/** A command that runs in a container. */
export class ProcessSession extends ProcessStreams {
  readonly #kill: ((signal: string) => Promise<void>) | undefined;
  readonly #leftNothing: Promise<void>;

  /** `kill` sends a signal to the command; it does nothing when there is nobody any more. */
  constructor(
    wire: ProcessWire,
    method: string,
    signal: AbortSignal | undefined,
    kill?: (signal: string) => Promise<void>,
  ) {
    super(wire, method, signal);
    this.#kill = kill;
    this.#leftNothing = this.ended.then(
      () => {},
      // Its end was not told: it may be running still.
      () => kill?.("KILL").catch(() => {}),
    );
  }

  /**
   * Sends a signal, as `TERM`, to the command and to what it started in its process group. Throws a TypeError for a
   * session that was not opened with `killable`.
   */
  async kill(signal = "TERM"): Promise<void> {
    if (this.#kill === undefined) throw new TypeError("the session was not opened as killable");
    await this.#kill(signal.replace(/^SIG/, ""));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#leftNothing;
  }

  /**
   * How the command ended. Fails with an RpcError when it could not be run, when its signal or its deadline ended the
   * session, or when the connection broke before the end was told.
   */
  get exited(): Promise<ExitStatus> {
    return this.ended;
  }

  /** Closes stdin, waits for the end, and returns what the command wrote. */
  output(
    options: OutputOptions & { readonly encoding: "bytes" },
  ): Promise<ProcessOutput<Uint8Array>>;
  output(options?: OutputOptions & { readonly encoding?: "utf8" }): Promise<ProcessOutput>;
  async output(options: OutputOptions = {}): Promise<ProcessOutput<string | Uint8Array>> {
    const { maxBytes = defaultMaxOutputBytes, encoding = "utf8" } = options;
    // A command that has ended already has closed its input itself.
    const closed = this.stdin.locked ? undefined : this.stdin.close().catch(() => {});
    try {
      const [stdout, stderr, { code }] = await Promise.all([
        collect(this.stdout, maxBytes),
        collect(this.stderr, maxBytes),
        this.exited,
        closed,
      ]);
      if (encoding === "bytes") return { code, stdout, stderr };
      return { code, stdout: stdout.toString(), stderr: stderr.toString() };
    } finally {
      this.close();
    }
  }
}

/** The streams of a container's first process, joined while it runs. */
export class AttachSession extends ProcessStreams {
  /** Resolves when the container's streams ended or the session was closed; attach tells no exit code. */
  get detached(): Promise<void> {
    return this.ended.then(() => {});
  }
}

async function readEnd(source: Readable, method: string): Promise<ExitStatus> {
  let text = "";
  try {
    for await (const chunk of source) {
      text += chunk;
      if (text.length > maxEndBytes) throw new RpcError("INTERNAL", "its end is told at length");
    }
    if (text === "")
      throw new RpcError("UNAVAILABLE", "the connection ended before its end was told");
    return decodeEnd(text);
  } catch (error) {
    throw streamError(error, method);
  }
}

async function collect(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.length;
    if (size > maxBytes) {
      throw new RpcError("RESOURCE_EXHAUSTED", `the command wrote more than ${maxBytes} bytes`);
    }
    chunks.push(value);
  }
}

/** Stands where no input was asked for: it takes nothing. */
function closedInput(): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write() {
      throw new TypeError("the process was opened without stdin");
    },
  });
}
