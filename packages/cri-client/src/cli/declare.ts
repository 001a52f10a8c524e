import { type Command, Option } from "commander";
import { collect } from "./filters.ts";
import type { Session } from "./session.ts";

/** Declares a command that talks to the runtime. What `run` is given are its arguments, and behind them its options. */
export type Declare = <Args extends readonly unknown[]>(
  name: string,
  description: string,
  run: (session: Session, ...args: Args) => Promise<number | undefined> | Promise<void>,
) => Command;

/** Options that several commands have. */
export const outputFlag = "-o, --output <format>";
export const labelFlag: readonly [string, string, typeof collect] = [
  "--label <key=value>",
  "with this label; several must all be there",
  collect,
];

/** A flag that scripts give to crictl, and that asks for what is done here anyway. */
export function addCrictlFlag(command: Command, flags: string): Command {
  return command.addOption(new Option(flags).hideHelp());
}

/** How ids are listed. */
export function addListFlags(command: Command): Command {
  return command
    .option("-q, --quiet", "ids only")
    .option("--no-trunc", "whole ids")
    .option(outputFlag, "table, json or yaml");
}

/** Which of many, where the newest are meant. */
export function addNewestFlags(command: Command, more = ""): Command {
  return command
    .option("-l, --latest", `the newest one${more}`)
    .option("-n, --last <number>", `the newest ones${more}`);
}
