import { RuntimeError } from "../error.ts";

export interface TerminalChoice {
  /** Whether the process has a terminal. */
  readonly terminal: boolean;
  /** Whether nobody of ours stays with it. */
  readonly detached: boolean;
  readonly consoleSocket: string | undefined;
}

/**
 * Makes sure that a terminal's master has somewhere to go, and that a socket for it gets one.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`
 */
export function checkTerminal({ terminal, detached, consoleSocket }: TerminalChoice): void {
  if (terminal && detached && consoleSocket === undefined) {
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      "cannot allocate tty if ocirun will detach without setting console socket",
    );
  }
  if (consoleSocket !== undefined && !(terminal && detached)) {
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      "cannot use console socket if ocirun will not detach or allocate tty",
    );
  }
}
