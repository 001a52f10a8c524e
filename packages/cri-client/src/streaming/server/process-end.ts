import type { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { RpcError } from "@ocikit/rpc";
import type { ProcessEnd } from "../process-status.ts";
import type { ProcessIo, RunAttach, RunProcess } from "./handlers.ts";
import { readSizes } from "./terminal-sizes.ts";

/** The streams a client opened for a process. */
export interface ClientStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  readonly sizes: Readable | undefined;
  /** Tells the client the end; nothing follows it. */
  tellEnd(end: ProcessEnd): Promise<void>;
}

/** Runs a process on a client's streams, and tells the client how it ended once all its output has left. */
export async function runOnStreams(
  run: RunProcess | RunAttach,
  streams: ClientStreams,
  signal: AbortSignal,
): Promise<void> {
  const { stdin, stdout, stderr, sizes } = streams;
  const io: ProcessIo = { stdin, stdout, stderr, sizes: readSizes(sizes), signal };
  let end: ProcessEnd;
  try {
    end = (await run(io)) ?? { code: 0 };
  } catch (error) {
    end = { failure: sentence(error) };
  }
  await Promise.all([stdout, stderr].map(flushed));
  await streams.tellEnd(end);
}

async function flushed(stream: Writable | undefined): Promise<void> {
  if (stream === undefined || stream.destroyed) return;
  stream.end();
  // Only this direction: a SPDY stream is both, and what the client still sends on it means nothing.
  await finished(stream, { readable: false }).catch(() => {});
}

/** What a client is told of an error: its sentence, without the code that the call itself would have carried. */
export function sentence(error: unknown): string {
  if (error instanceof RpcError) return error.rawMessage;
  return error instanceof Error ? error.message : String(error);
}
