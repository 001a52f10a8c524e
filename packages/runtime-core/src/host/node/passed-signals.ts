import { constants } from "node:os";

/** Signals that are a container's when they are sent to us; the launcher itself sees none of those. */
const passedOn = Object.keys(constants.signals).filter(
  (name) => !["SIGKILL", "SIGSTOP", "SIGCHLD", "SIGWINCH"].includes(name),
) as NodeJS.Signals[];

/**
 * Catches the signals that are sent to us from the moment a container's program may run, and keeps them
 * until somebody takes them: before that, one would end us and leave the program alone.
 */
export class PassedSignals {
  readonly #handlers = new Map<NodeJS.Signals, () => void>();
  readonly #kept: number[] = [];
  #take: ((signal: number) => void) | undefined;

  constructor() {
    for (const name of passedOn) {
      const handler = (): void => this.#pass(constants.signals[name]);
      try {
        process.on(name, handler);
        this.#handlers.set(name, handler);
      } catch {
        // Node refuses a few that it needs itself (SIGPROF); nobody sends those to a container.
      }
    }
  }

  #pass(signal: number): void {
    if (this.#take) this.#take(signal);
    else this.#kept.push(signal);
  }

  /** Hands over what was kept, and whatever comes from now on. */
  passTo(take: (signal: number) => void): void {
    this.#take = take;
    for (const signal of this.#kept.splice(0)) take(signal);
  }

  /** Lets signals do to us what they do; closing twice is harmless. */
  close(): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler);
    this.#handlers.clear();
  }
}
