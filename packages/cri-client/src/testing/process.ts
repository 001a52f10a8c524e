import type { Duplex, Readable, Writable } from "node:stream";
import { RpcError } from "@ocikit/rpc";
import type { TerminalSize } from "../streaming/protocol.ts";
import type { Program } from "./program.ts";

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
};

export interface ProcessInit {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly tty: boolean;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly sizes: AsyncIterable<TerminalSize>;
}

/** A running program. */
export class MemoryProcess {
  readonly ports: Map<number, (connection: Duplex) => void> = new Map();
  /** The exit code. Never fails. */
  readonly exited: Promise<number>;
  readonly #controller = new AbortController();
  #onStop: ((signal: string) => void) | undefined;
  #exit: (code: number) => void = () => {};

  constructor(program: Program, init: ProcessInit) {
    const killed = new Promise<number>((resolve) => {
      this.#exit = resolve;
    });
    const context = {
      ...init,
      signal: this.#controller.signal,
      onStop: (handler: (signal: string) => void) => {
        this.#onStop = handler;
      },
      listen: (port: number, onConnection: (connection: Duplex) => void) => {
        this.ports.set(port, onConnection);
      },
    };
    const ended = (async () => (await program(context)) ?? 0)().catch((error: unknown) => {
      init.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    });
    this.exited = Promise.race([killed, ended]);
    void this.exited.then(() => {
      this.ports.clear();
      this.#controller.abort("exited");
    });
  }

  /** Delivers a signal. A program that takes no stop signal dies of it, as most do. */
  kill(signal: string): void {
    const handler = this.#onStop;
    if (signal !== "SIGKILL" && handler !== undefined) {
      handler(signal);
      return;
    }
    this.#exit(128 + (signalNumbers[signal] ?? 15));
    this.#controller.abort(signal);
  }

  /** Ends the process with an exit code, as if it had ended by itself. */
  exit(code: number): void {
    this.#exit(code);
    this.#controller.abort("exited");
  }
}

/** The program of a command. Throws in the words of a runtime when there is none. */
export function findProgram(
  programs: Readonly<Record<string, Program>>,
  argv: readonly string[],
): Program {
  const [command = ""] = argv;
  const name = command.slice(command.lastIndexOf("/") + 1);
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program === undefined) {
    throw new RpcError(
      "INTERNAL",
      `exec: ${JSON.stringify(command)}: executable file not found in $PATH`,
    );
  }
  return program;
}
