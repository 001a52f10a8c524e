import type { CgroupManager } from "../container/prepare.ts";
import type { Store } from "../container/store.ts";
import type { Host } from "../host/host.ts";
import type { Flag, Flags } from "./flags.ts";
import type { Log } from "./log.ts";

/** What a command works with. */
export interface Context {
  readonly host: Host;
  readonly store: Store;
  readonly log: Log;
  /** Whether the caller said where containers are kept. */
  readonly rootGiven: boolean;
  readonly cgroupManager: CgroupManager;
}

/** One command of the table. */
export interface Command {
  readonly name: string;
  /** Its arguments, for the help. */
  readonly usage: string;
  readonly doc: string;
  readonly flags: readonly Flag[];
  /** How many arguments it takes; `most` absent is any number. */
  readonly least: number;
  readonly most?: number;
  /** Whether everything behind its first argument is an argument, flags or not: another program's. */
  readonly passesRest?: boolean;
  /** Exit status of its failures; 1 unless it says otherwise. */
  readonly failureStatus?: number;
  /** What stands before the message of a failure, such as `ocirun run failed: `. */
  readonly failurePrefix?: string;
  /** Answers the exit status. */
  run(context: Context, flags: Flags, args: readonly string[]): Promise<number>;
}
