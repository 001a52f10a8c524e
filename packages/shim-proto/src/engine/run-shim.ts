import { spawn } from "node:child_process";
import { RpcError } from "@ocikit/rpc";

export interface RunShimOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds it may take. Default 60 s. */
  readonly timeoutMs?: number | undefined;
}

/** What a shim's program said and how it ended. */
export interface ShimOutput {
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Whether a process it left behind still holds its output open; an engine that reads to the end would hang. */
  readonly outputHeld: boolean;
}

const defaultTimeoutMs = 60_000;
// An answer is an address; a shim that writes megabytes is out of its mind.
const maxOutputBytes = 4 * 1024 * 1024;
// How long the output of a program that has ended may stay open.
const heldGraceMs = 500;

/** Runs a shim's program for `start`, `delete` or `-info`. Fails with its words when it fails. */
export function runShim(binary: string, options: RunShimOptions): Promise<ShimOutput> {
  return new Promise((resolve, reject) => {
    const { args, cwd, env, signal, timeoutMs = defaultTimeoutMs } = options;
    const child = spawn(binary, args, {
      cwd,
      env: { ...process.env, ...env },
      // Its own group: what hits the engine's terminal must not hit the shim.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let total = 0;
    let exited: { readonly status: number | null; readonly killedBy: string | null } | undefined;
    let grace: ReturnType<typeof setTimeout> | undefined;
    const what = `${binary} ${args.at(-1) ?? ""}`;

    const stop = (error: RpcError): void => {
      child.kill("SIGKILL");
      finish(() => reject(error));
    };
    const timer = setTimeout(() => {
      stop(new RpcError("DEADLINE_EXCEEDED", `${what}: not done within ${timeoutMs} ms`));
    }, timeoutMs);
    const abort = (): void => {
      stop(new RpcError("CANCELLED", `${what}: ${signal?.reason}`, { cause: signal?.reason }));
    };
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener("abort", abort);
      child.stdout.destroy();
      child.stderr.destroy();
      settle();
    };
    const done = (outputHeld: boolean): void => {
      const said = Buffer.concat(stderr).toString().trim();
      if (exited?.status === 0) {
        finish(() =>
          resolve({ stdout: new Uint8Array(Buffer.concat(stdout)), stderr: said, outputHeld }),
        );
        return;
      }
      const how = exited?.killedBy ?? `exit status ${exited?.status}`;
      const words = said || Buffer.concat(stdout).toString().trim();
      const text = words === "" ? how : `${words}: ${how}`;
      finish(() => reject(new RpcError("UNKNOWN", `${what}: ${text}`)));
    };

    if (signal?.aborted === true) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      total += chunk.length;
      if (total > maxOutputBytes)
        stop(new RpcError("RESOURCE_EXHAUSTED", `${what}: too much output`));
      else into.push(chunk);
    };
    child.stdout.on("data", collect(stdout));
    child.stderr.on("data", collect(stderr));
    child.on("error", (error) => {
      finish(() =>
        reject(new RpcError("UNAVAILABLE", `${what}: ${error.message}`, { cause: error })),
      );
    });
    child.on("exit", (status, killedBy) => {
      exited = { status, killedBy };
      grace = setTimeout(() => done(true), heldGraceMs);
    });
    child.on("close", () => done(false));
    // A program that does not read its input is no failure by itself.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin);
  });
}
