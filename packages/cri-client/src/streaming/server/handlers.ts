import type { Duplex, Readable, Writable } from "node:stream";
import type { Context } from "@ocikit/rpc";
import type {
  AttachRequest,
  ExecRequest,
  PortForwardRequest,
} from "../../gen/runtime/v1/streaming.ts";
import type { ExitStatus } from "../process-status.ts";
import type { TerminalSize } from "../protocol.ts";

/** The client's end of a process: what it did not ask for is undefined. */
export interface ProcessIo {
  /** Ends when the client closes its input. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Sizes of the client's terminal as it changes; one that nobody took yet gives way to the next. */
  readonly sizes: AsyncIterable<TerminalSize>;
  /** Aborts when the client is gone: with it, nobody is left to read. */
  readonly signal: AbortSignal;
}

/** Runs a process with the client's streams, until it ends. What it throws is told to the client as its sentence. */
export type RunProcess = (io: ProcessIo) => Promise<ExitStatus>;

/** Joins the client to the streams of a container until one of the two has had enough. */
export type RunAttach = (io: ProcessIo) => Promise<void>;

/** Carries one connection to a port until both sides ended. What it throws is told to the client as its sentence. */
export type RunPortForward = (
  port: number,
  connection: Duplex,
  signal: AbortSignal,
) => Promise<void>;

/**
 * What a runtime does for exec, attach and port-forward: each is asked at the call, where it can still refuse with an
 * RpcError, and returns what is run when the client opens the URL.
 */
export interface StreamingHandlers {
  exec?(request: ExecRequest, context: Context): RunProcess | Promise<RunProcess>;
  attach?(request: AttachRequest, context: Context): RunAttach | Promise<RunAttach>;
  portForward?(
    request: PortForwardRequest,
    context: Context,
  ): RunPortForward | Promise<RunPortForward>;
}
