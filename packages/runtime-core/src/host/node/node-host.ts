import { createHash } from "node:crypto";
import { readlink } from "node:fs/promises";
import { machine } from "node:os";
import { setTimeout } from "node:timers/promises";
import { errnoName } from "../../errno.ts";
import { encodePlan } from "../../plan/encode.ts";
import type { Host, Launcher } from "../host.ts";
import { isSystemError } from "../system-error.ts";
import { connect } from "./connection.ts";
import { systemError } from "./error.ts";
import { nodeFiles } from "./files.ts";
import { nodeLauncher } from "./launcher.ts";
import { nodeProcesses } from "./processes.ts";

const stdinMaxBytes = 16 << 20;

async function makeFifo(launcher: Launcher, path: string, mode: number): Promise<void> {
  const step = { phase: "host", op: "makeFifo", from: "", path, mode } as const;
  const failure = await launcher.perform(encodePlan([step]));
  if (failure) throw systemError(errnoName(failure.errno), failure.syscall, path);
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > stdinMaxBytes) throw systemError("EFBIG", "read", "stdin");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Node marks everything it is given to be closed by exec, so flags tell nothing; but what it opens for itself
 * are things without a name.
 */
async function isInherited(fd: number): Promise<boolean> {
  try {
    return !(await readlink(`/proc/self/fd/${fd}`)).startsWith("anon_inode:");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

/**
 * The machine over Node's modules (bun has them too), with the launcher as a program of its own: the one of
 * `@ocikit/launcher`, or at `launcherPath`.
 */
export function nodeHost(launcherPath?: string): Host {
  const launcher = nodeLauncher(launcherPath);
  return {
    files: nodeFiles((path, mode) => makeFifo(launcher, path, mode)),
    processes: nodeProcesses(launcher),
    launcher,
    clock: {
      now: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n,
      sleep: (ms) => setTimeout(Math.max(ms, 0)),
    },
    env: Object.fromEntries(
      Object.entries(process.env).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    cwd: process.cwd(),
    machine: machine(),
    isInherited,
    sha256: (data) => createHash("sha256").update(data).digest("hex"),
    connect,
    readStdin,
    writeStdout: (text) => write(process.stdout, text),
    writeStderr: (text) => write(process.stderr, text),
  };
}
