import type { CommandIo } from "./command-io.ts";

/** Between two looks of a person nothing is lost. */
const intervalMs = 100;

/** A line on the terminal that says how far a long run is; silent where there is no terminal. */
export class Progress {
  readonly #io: CommandIo;
  readonly #what: string;
  #shown = false;
  #last = 0;

  constructor(io: CommandIo, what: string) {
    this.#io = io;
    this.#what = what;
  }

  update(done: number): void {
    if (!this.#io.terminal.stderr) return;
    const now = Date.now();
    if (now - this.#last < intervalMs) return;
    this.#last = now;
    this.#shown = true;
    this.#io.stderr(`\r\u001b[K${this.#what}: ${done}`);
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#io.stderr("\r\u001b[K");
  }
}
