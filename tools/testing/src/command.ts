import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";

/** How a finished program ended and what it wrote. */
export interface CommandResult {
  /** Exit status; 128 + the signal's number when a signal ended it, as shells count. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to standard input, which is then closed; nothing means an empty input. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds after which the program is killed and the call rejects; two minutes unless told. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 120_000;

/** Runs a program to its end and returns how it ended; rejects only when it could not be run or took too long. */
export async function runCommand(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [file, ...args] = argv;
  const spawnOptions: SpawnOptions = { cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] };
  if (options.env) spawnOptions.env = options.env;
  return finish(spawn(file, args, spawnOptions), argv.join(" "), options);
}

/** Runs a program that must succeed; rejects with what it wrote to standard error when it does not. */
export async function mustRun(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<string> {
  const { status, stdout, stderr } = await runCommand(argv, options);
  if (status !== 0) {
    throw new Error(`${argv.join(" ")}: exit status ${status}: ${lastLines(stderr || stdout)}`);
  }
  return stdout;
}

/** Waits for a child whose three standard streams are pipes. */
export function finish(
  child: ChildProcess,
  name: string,
  options: Pick<CommandOptions, "input" | "signal" | "timeoutMs">,
): Promise<CommandResult> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const collected = (): string => lastLines(Buffer.concat([...out, ...err]).toString());
    let stopped: Error | undefined;
    const stop = (error: Error): void => {
      stopped ??= error;
      child.kill("SIGKILL");
      // A grandchild may hold the pipes open for ever: do not wait for their end.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const timer = setTimeout(
      () => stop(new Error(`${name}: not finished after ${timeoutMs} ms: ${collected()}`)),
      timeoutMs,
    );
    const abort = (): void =>
      stop(new Error(`${name}: aborted`, { cause: options.signal?.reason }));
    options.signal?.addEventListener("abort", abort, { once: true });
    if (options.signal?.aborted) abort();

    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    // The program may end before it has read its input; its exit status says what matters.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new Error(`${name}: ${error.message}`, { cause: error }));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
      if (stopped) reject(stopped);
      else {
        resolve({
          status: code ?? 128 + signalNumber(signal),
          stdout: Buffer.concat(out).toString(),
          stderr: Buffer.concat(err).toString(),
        });
      }
    });
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal ? constants.signals[signal] : 0;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-20).join("\n");
}
