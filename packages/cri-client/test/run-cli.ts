import { PassThrough } from "node:stream";
import type { CliIo } from "../src/cli/cli-io.ts";
import { main } from "../src/cli/main.ts";
import type { ServeOptions } from "../src/serve.ts";
import { type MemoryRuntimeOptions, startMemoryRuntime } from "../src/testing/index.ts";
import type { RunningMemoryRuntime } from "../src/testing/memory-runtime.ts";

export interface CliOptions {
  /** What stands on standard input; nothing keeps it open. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly terminal?: { columns: number; rows: number };
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

/** A command that runs in this process, with its streams in the test's hands. */
export interface RunningCli {
  readonly status: Promise<number>;
  readonly stdin: PassThrough & { raw?: boolean };
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string };
  resize(columns: number, rows: number): void;
}

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const { stdin: text, terminal, signal = new AbortController().signal } = options;
  const output = { stdout: "", stderr: "" };
  const tty = { isTTY: terminal !== undefined };
  const stdin: RunningCli["stdin"] & { setRawMode?: (raw: boolean) => void } = new PassThrough();
  Object.assign(stdin, tty, { setRawMode: (raw: boolean) => Object.assign(stdin, { raw }) });
  if (text !== undefined) stdin.end(text);
  const stdout = Object.assign(new PassThrough(), tty, terminal);
  const stderr = Object.assign(new PassThrough(), tty);
  stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const { env = {}, cwd = "/", now = Date.now } = options;
  const io: CliIo = { stdin, stdout, stderr, env, cwd, now };
  const status = main(args, io, signal).then(async (code) => {
    // What was written last is read in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    return code;
  });
  return {
    status,
    stdin,
    output,
    resize(columns, rows) {
      Object.assign(stdout, { columns, rows });
      stdout.emit("resize");
    },
  };
}

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const { status, output } = startCli(args, { stdin: "", ...options });
  const code = await status;
  return { status: code, ...output };
}

/** An in-memory runtime, and commands that talk to it. */
export interface CliRuntime extends RunningMemoryRuntime {
  /** Runs a command to its end. */
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  start(args: readonly string[], options?: CliOptions): RunningCli;
  /** Runs a command that must succeed without a word on stderr; gives what it printed, without the last line's end. */
  ok(args: readonly string[], options?: CliOptions): Promise<string>;
}

export async function startCliRuntime(
  options: MemoryRuntimeOptions & ServeOptions = {},
): Promise<CliRuntime> {
  const running = await startMemoryRuntime(options);
  const withEndpoint = (more: CliOptions): CliOptions => ({
    ...more,
    env: { CONTAINER_RUNTIME_ENDPOINT: running.endpoint, ...more.env },
  });
  const run: CliRuntime["run"] = (args, more = {}) => runCli(args, withEndpoint(more));
  return {
    ...running,
    run,
    start: (args, more = {}) => startCli(args, withEndpoint(more)),
    async ok(args, more) {
      const { status, stdout, stderr } = await run(args, more);
      if (status !== 0 || stderr !== "")
        throw new Error(`cri ${args.join(" ")}: ${status}\n${stderr}`);
      return stdout.replace(/\n$/, "");
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
