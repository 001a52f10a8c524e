import type { Launched } from "../host/host.ts";
import { type Exit, signalNumber, toExit } from "./exit.ts";
import type { ParentLauncher } from "./parent-launcher.ts";
import type { StdioOption, Streams } from "./stdio.ts";
import { orAborted } from "./wait.ts";

export interface WaitOptions {
  /** Ends the wait, which fails with its reason then; what is waited for goes on. */
  readonly signal?: AbortSignal;
}

/** One more process in a container, started by `exec`. */
export class ContainerProcess<Option extends StdioOption = StdioOption> implements AsyncDisposable {
  /** As we see it. */
  readonly pid: number;
  readonly stdin: Streams<Option>["stdin"];
  readonly stdout: Streams<Option>["stdout"];
  readonly stderr: Streams<Option>["stderr"];
  readonly #launcher: ParentLauncher<Option>;
  readonly #ended: Promise<Exit>;
  #running = true;

  /** For `Container.exec`. */
  constructor(
    launcher: ParentLauncher<Option>,
    launched: Launched,
    signal: AbortSignal | undefined,
  ) {
    this.pid = launched.pid;
    const { stdin, stdout, stderr } = launcher.streams;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.#launcher = launcher;
    const kill = (): void => this.kill("SIGKILL");
    this.#ended = this.#end(launched).finally(() => signal?.removeEventListener("abort", kill));
    // Not everyone waits for the end.
    this.#ended.catch(() => {});
    signal?.addEventListener("abort", kill);
    if (signal?.aborted) kill();
  }

  async #end(launched: Launched): Promise<Exit> {
    try {
      const { status } = await launched.relay(undefined);
      return toExit(status);
    } finally {
      this.#running = false;
    }
  }

  /** Resolves when it has ended; output that nobody has read is still there. */
  wait({ signal }: WaitOptions = {}): Promise<Exit> {
    return orAborted(this.#ended, signal);
  }

  /**
   * Sends a signal; of one that has ended nothing comes.
   *
   * @throws TypeError for a signal that there is not
   */
  kill(signal: NodeJS.Signals | number = "SIGTERM"): void {
    const number = signalNumber(signal);
    if (this.#running) this.#launcher.signal(number);
  }

  /** Ends it, when it still runs, and closes the streams that nobody has taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#ended;
    await this.#launcher.close();
  }
}
