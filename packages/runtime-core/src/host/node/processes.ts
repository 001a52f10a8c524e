import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { errnoName } from "../../errno.ts";
import { encodePlan } from "../../plan/encode.ts";
import type {
  Finished,
  Launcher,
  LaunchFailure,
  Processes,
  ProcessStatus,
  RunOptions,
} from "../host.ts";
import { isSystemError } from "../system-error.ts";
import { systemError } from "./error.ts";

/** What a program may print before it is taken for broken. */
const outputMaxBytes = 16 << 20;

/** PF_EXITING of the kernel: set first thing in a process's end, long before it is a zombie. */
const exiting = 0x4;

async function inspect(pid: number): Promise<ProcessStatus | undefined> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ESRCH")) return undefined;
    throw error;
  }
  // The name may hold anything, parentheses and spaces too; fields count from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", flags, startTime] = [fields[0], fields[6], fields[19]];
  const ended = state === "Z" || state === "X" || (Number(flags) & exiting) !== 0;
  return { ended, startTime: Number(startTime) };
}

function run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [program, ...args] = argv;
  if (program === undefined) return Promise.reject(systemError("EINVAL", "spawn"));
  return new Promise((resolve, reject) => {
    const env = options.env && Object.fromEntries(options.env.map(splitVariable));
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], ...(env && { env }) });
    const output: [stdout: Buffer[], stderr: Buffer[]] = [[], []];
    let size = 0;
    let timedOut = false;
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill("SIGKILL");
          }, options.timeoutMs);
    for (const [index, stream] of [child.stdout, child.stderr].entries()) {
      stream.on("data", (data: Buffer) => {
        size += data.length;
        if (size > outputMaxBytes) child.kill("SIGKILL");
        else output[index]?.push(data);
      });
    }
    // A program that does not read its input is none of our business.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin);
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(systemError(error.code ?? "EIO", "spawn", program, error));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (size > outputMaxBytes) {
        reject(systemError("ENOBUFS", "read", program));
        return;
      }
      const [stdout = "", stderr = ""] = output.map((chunks) => Buffer.concat(chunks).toString());
      const number = signal === null ? null : constants.signals[signal];
      resolve({ code, signal: number, stdout, stderr, timedOut });
    });
  });
}

function splitVariable(entry: string): [name: string, value: string] {
  const equals = entry.indexOf("=");
  return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

function thrown({ errno, syscall }: LaunchFailure, pid: number): Error {
  return systemError(errnoName(errno), syscall, `process ${pid}`);
}

/** Processes over Node's modules; what takes a pidfd is the launcher's. */
export function nodeProcesses(launcher: Launcher): Processes {
  return {
    inspect,
    async signal(pid, startTime, signal) {
      const step = {
        phase: "host",
        op: "signalProcess",
        from: "",
        pid,
        startTime,
        signal,
      } as const;
      const failure = await launcher.perform(encodePlan([step]));
      if (failure === undefined) return true;
      if (errnoName(failure.errno) === "ESRCH") return false;
      throw thrown(failure, pid);
    },
    async waitGone(pid, startTime, timeoutMs) {
      const step = { phase: "host", op: "awaitExit", from: "", pid, startTime, timeoutMs } as const;
      const failure = await launcher.perform(encodePlan([step]));
      if (failure === undefined) return true;
      if (errnoName(failure.errno) === "ETIMEDOUT") return false;
      throw thrown(failure, pid);
    },
    run,
  };
}
