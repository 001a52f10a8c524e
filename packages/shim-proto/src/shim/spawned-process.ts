import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { RpcError } from "@ocikit/rpc";
import type { ShimContext } from "./define-shim.ts";
import { openStdio } from "./open-stdio.ts";
import type { ProcessExit, ShimProcess } from "./task-table.ts";

/** What to run: the parts of the runtime-spec's process that a plain child process can honour. */
export interface SpawnedSpec {
  readonly args: readonly string[];
  /** `NAME=value`, one an entry. */
  readonly env?: readonly string[];
  readonly cwd: string;
}

/** Where the streams of a process go, and how it is called. */
export interface SpawnedRequest {
  readonly id: string;
  readonly execId?: string;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

/**
 * A process of a container that is a child process of the shim: for shims that run something else in a container's place
 * (a virtual machine's monitor, a WebAssembly engine), or nothing but a process.
 *
 * It leads a process group of its own, which `kill` with `all` reaches. Terminals are UNIMPLEMENTED: they take a native
 * program to make.
 */
export async function spawnProcess(
  spec: SpawnedSpec,
  request: SpawnedRequest,
  { namespace, streams }: Pick<ShimContext, "namespace" | "streams">,
): Promise<ShimProcess> {
  const [program, ...args] = spec.args;
  if (program === undefined) throw new RpcError("INVALID_ARGUMENT", "process.args is empty");
  if (request.terminal) throw new RpcError("UNIMPLEMENTED", "a terminal for a child process");
  const io = await openStdio(request, { id: request.id, namespace, streams });
  const env = Object.fromEntries(
    (spec.env ?? []).map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
  let child: ChildProcess | undefined;
  let end: (exit: ProcessExit) => void = () => {};
  return {
    exited: new Promise<ProcessExit>((resolve) => {
      end = resolve;
    }),
    start: () =>
      new Promise((resolve, reject) => {
        const { cwd } = spec;
        child = spawn(program, args, { cwd, env, stdio: io.stdio, detached: true });
        child.once("error", (error) => {
          void io.close();
          const message = `start ${program}: ${error.message}`;
          reject(new RpcError("UNKNOWN", message, { cause: error }));
        });
        child.once("spawn", () => {
          if (child !== undefined) io.attach(child);
          resolve(child?.pid ?? 0);
        });
        child.once("exit", (code, signal) => {
          const at = new Date();
          const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
          // Ended means for an engine that all its output is there.
          void io.close().then(() => end({ status, at }));
        });
      }),
    kill(signal, all) {
      if (child?.pid === undefined) throw new RpcError("FAILED_PRECONDITION", "it was not started");
      process.kill(all ? -child.pid : child.pid, signal);
    },
    closeStdin: () => io.closeStdin(),
    delete: () => io.close(),
  };
}
