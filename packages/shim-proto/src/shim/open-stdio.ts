import { spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import type { Duplex, Readable, Writable } from "node:stream";
import { RpcError } from "@ocikit/rpc";
import type { StreamHub } from "../byte-stream.ts";
import { parseStdio, type StdioTarget } from "../engine/stdio.ts";

/** One entry of the `stdio` option of `child_process.spawn`. */
export type SpawnStdio = "ignore" | "pipe" | number;

/** The streams of a process as a request names them, opened for `child_process.spawn`. */
export interface OpenedStdio {
  readonly stdio: [SpawnStdio, SpawnStdio, SpawnStdio];
  /** To be called with the process that got them: joins streams, and lets go of what the process now holds. */
  attach(child: {
    readonly stdin: Writable | null;
    readonly stdout: Readable | null;
    readonly stderr: Readable | null;
  }): void;
  /** Closes the shim's own end of the input, so that its reader sees the end. */
  closeStdin(): void;
  /** Resolves when all output has left, then lets go of everything. */
  close(): Promise<void>;
}

/** What the programs that take output are told of its container. */
export interface StdioOwner {
  readonly id: string;
  readonly namespace: string;
  readonly streams: StreamHub;
}

/**
 * Opens the streams a request names: FIFOs at both ends, so that neither side waits for the other and a process outlives
 * its engine; files for appending; programs; streams of the streaming service.
 */
export async function openStdio(
  request: { readonly stdin: string; readonly stdout: string; readonly stderr: string },
  owner: StdioOwner,
): Promise<OpenedStdio> {
  const descriptors: number[] = [];
  const open = (path: string, flags: number): number => {
    const fd = openSync(path, flags, 0o600);
    descriptors.push(fd);
    return fd;
  };
  const pending: Promise<void>[] = [];
  const joins: ((child: Parameters<OpenedStdio["attach"]>[0]) => void)[] = [];
  let closeStdin = (): void => {};

  const output = async (target: StdioTarget, name: "stdout" | "stderr"): Promise<SpawnStdio> => {
    switch (target.kind) {
      case "none":
        return "ignore";
      case "fifo":
        return open(target.path, constants.O_RDWR);
      case "file":
        return open(target.path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
      case "stream": {
        const stream = await owner.streams.take(target.streamId);
        joins.push((child) => {
          const source = child[name];
          if (source !== null) pending.push(copyOut(source, stream));
        });
        return "pipe";
      }
      case "binary":
        throw new RpcError("INVALID_ARGUMENT", "a program takes stdout and stderr, or neither");
      case "pipe":
        throw new RpcError("UNIMPLEMENTED", `stdio ${target.path}: named pipes are of Windows`);
    }
  };

  const input = async (target: StdioTarget): Promise<SpawnStdio> => {
    if (target.kind === "none") return "ignore";
    if (target.kind === "fifo") {
      // The process reads from an end that only reads; the end that keeps it open is the shim's to close.
      const keeper = open(target.path, constants.O_RDWR);
      const fd = open(target.path, constants.O_RDONLY);
      closeStdin = () => {
        const at = descriptors.indexOf(keeper);
        if (at < 0) return;
        descriptors.splice(at, 1);
        closeSync(keeper);
      };
      return fd;
    }
    if (target.kind !== "stream") {
      throw new RpcError("INVALID_ARGUMENT", `stdin can't come from a ${target.kind}`);
    }
    const stream = await owner.streams.take(target.streamId);
    joins.push(({ stdin }) => {
      if (stdin === null) return;
      stdin.on("error", () => {});
      closeStdin = () => void stdin.end();
      void (async () => {
        for await (const bytes of stream.read()) {
          if (!stdin.write(bytes)) await new Promise((resolve) => stdin.once("drain", resolve));
        }
        stdin.end();
      })().catch(() => stdin.destroy());
    });
    return "pipe";
  };

  try {
    const stdin = await input(parseStdio(request.stdin));
    const target = parseStdio(request.stdout);
    let stdio: OpenedStdio["stdio"];
    if (target.kind === "binary") {
      // One program takes both, and is named by stdout alone.
      const logger = await startLogger(target, owner);
      joins.push((child) => pending.push(logger.join(child)));
      stdio = [stdin, "pipe", "pipe"];
    } else {
      const stderr = await output(parseStdio(request.stderr), "stderr");
      stdio = [stdin, await output(target, "stdout"), stderr];
    }
    return {
      stdio,
      attach: (child) => {
        for (const join of joins) join(child);
        // What the process holds by itself is closed here, so that an engine sees its end when the process ends. The one
        // that keeps the input open stays.
        for (const fd of new Set(stdio)) {
          const at = typeof fd === "number" ? descriptors.indexOf(fd) : -1;
          if (at < 0) continue;
          descriptors.splice(at, 1);
          closeSync(fd as number); // as: indexOf found it among numbers
        }
      },
      closeStdin: () => closeStdin(),
      close: async () => {
        await Promise.all(pending);
        for (const fd of descriptors.splice(0)) closeSync(fd);
      },
    };
  } catch (error) {
    for (const fd of descriptors.splice(0)) closeSync(fd);
    throw error;
  }
}

async function copyOut(
  source: Readable,
  stream: { write(bytes: Uint8Array): Promise<void>; end(): void },
): Promise<void> {
  try {
    for await (const chunk of source) await stream.write(chunk as Uint8Array);
  } catch {
    // The engine is gone: the process goes on, its output is nobody's.
    source.resume();
  } finally {
    stream.end();
  }
}

// How long a program that takes output may need to say that it is ready.
const loggerTimeoutMs = 10_000;

interface Logger {
  /** Gives it a process's output. Resolves when it has all of it. */
  join(child: Parameters<OpenedStdio["attach"]>[0]): Promise<void>;
}

/** Starts a program that takes output on descriptors 3 and 4 and closes 5 when it is ready. */
async function startLogger(
  target: Extract<StdioTarget, { readonly kind: "binary" }>,
  { id, namespace }: StdioOwner,
): Promise<Logger> {
  const args = Object.entries(target.args).flatMap(([key, value]) =>
    value === "" ? [key] : [key, value],
  );
  const logger = spawn(target.path, args, {
    env: { CONTAINER_ID: id, CONTAINER_NAMESPACE: namespace },
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  // as: they were asked for as pipes, which node's types say of the first five only.
  const [, , , out, err, ready] = logger.stdio as unknown as Duplex[];
  if (out === undefined || err === undefined || ready === undefined) {
    throw new RpcError("INTERNAL", `logger ${target.path}: no pipes`);
  }
  let limit: ReturnType<typeof setTimeout> | undefined;
  try {
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      logger.once("error", reject);
      logger.once("exit", (status) => reject(new Error(`it ended with status ${status}`)));
      readAll(ready).then(resolve, reject);
      limit = setTimeout(() => reject(new Error("it is not ready in time")), loggerTimeoutMs);
    });
    if (target.version === 2 && bytes.length === 0) throw new Error("it closed without a word");
  } catch (error) {
    logger.kill("SIGKILL");
    const message = error instanceof Error ? error.message : String(error);
    throw new RpcError("UNAVAILABLE", `logger ${target.path}: ${message}`, { cause: error });
  } finally {
    clearTimeout(limit);
  }
  return {
    join: async (child) => {
      await Promise.all([pass(child.stdout, out), pass(child.stderr, err)]);
    },
  };
}

function pass(source: Readable | null, sink: Duplex): Promise<void> {
  // A logger that went away loses the output; the process goes on.
  sink.on("error", () => source?.resume());
  if (source === null) sink.end();
  else source.pipe(sink);
  return new Promise((resolve) => sink.once("close", () => resolve()));
}

async function readAll(stream: Readable): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of stream) parts.push(chunk);
  return Buffer.concat(parts);
}
