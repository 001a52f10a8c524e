import type { CommandIo } from "@ocikit/diagnostics/node";

/** What a command is given to run in. */
export interface CommandContext {
  readonly io: CommandIo;
  readonly signal: AbortSignal;
  /** Takes the exit status of the command. */
  readonly exit: (status: number) => void;
}
