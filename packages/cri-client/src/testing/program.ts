import type { Duplex, Readable, Writable } from "node:stream";
import type { TerminalSize } from "../streaming/protocol.ts";

/**
 * A program of the in-memory runtime: it runs until it returns its exit code. Nothing returned is 0, and what is thrown is
 * 1 with its sentence on stderr.
 */
export type Program = (
  process: ProgramContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: a program may simply end
) => number | void | Promise<number | void>;

/** What a program sees of its container. */
export interface ProgramContext {
  /** The program's name and its arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly tty: boolean;
  /** Sizes of the terminal, as they change. */
  readonly sizes: AsyncIterable<TerminalSize>;
  /** Aborts when the process is killed, its reason being the signal's name. Whatever the program does then, it is over. */
  readonly signal: AbortSignal;
  /** Takes the stop signal instead of dying of it, once; SIGKILL can't be taken. */
  onStop(handler: (signal: string) => void): void;
  /** Answers connections that are forwarded to a port of the pod, while the process runs. */
  listen(port: number, onConnection: (connection: Duplex) => void): void;
}

/** A few programs that tests want; `programs` of the runtime adds to them, or replaces them. */
export const builtinPrograms: Readonly<Record<string, Program>> = {
  true: () => 0,
  false: () => 1,
  echo: ({ argv, stdout }) => {
    stdout.write(`${argv.slice(1).join(" ")}\n`);
  },
  env: ({ env, stdout }) => {
    for (const [name, value] of Object.entries(env)) stdout.write(`${name}=${value}\n`);
  },
  pwd: ({ cwd, stdout }) => {
    stdout.write(`${cwd}\n`);
  },
  cat: async ({ stdin, stdout }) => {
    for await (const chunk of stdin) stdout.write(chunk);
  },
  sleep: ({ argv, signal }) => {
    const seconds = argv[1] === "infinity" ? Number.POSITIVE_INFINITY : Number(argv[1]);
    return new Promise((resolve) => {
      // Longer than a timer can wait is as good as for ever.
      const ms = Math.min(seconds * 1000, 2 ** 31 - 1);
      const timer = setTimeout(resolve, ms);
      timer.unref();
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  },
};
