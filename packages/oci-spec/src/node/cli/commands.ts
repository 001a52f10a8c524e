import type { Command } from "commander";
import type { CommandContext } from "./command-context.ts";

/** A command of the program, loaded when it is asked for: most runs need one of them. */
export interface CommandEntry {
  readonly name: string;
  /** For the list of commands. */
  readonly summary: string;
  load(context: CommandContext): Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: "check",
    summary: "check configs and bundles, all problems at once",
    load: async (context) => (await import("./check.ts")).checkCommand(context),
  },
  {
    name: "explain",
    summary: "tell what a rule demands, why, and how to satisfy it",
    load: async (context) => (await import("./explain.ts")).explainCommand(context),
  },
  {
    name: "rules",
    summary: "list the rules",
    load: async (context) => (await import("./rules.ts")).rulesCommand(context),
  },
  {
    name: "spec",
    summary: "write a config to start from",
    load: async (context) => (await import("./spec.ts")).specCommand(context),
  },
  {
    name: "diff",
    summary: "tell what a second config does otherwise",
    load: async (context) => (await import("./diff.ts")).diffCommand(context),
  },
  {
    name: "convert",
    summary: "bring a config to another version of the specification",
    load: async (context) => (await import("./convert.ts")).convertCommand(context),
  },
  {
    name: "seccomp",
    summary: "tell in plain language what a seccomp profile does",
    load: async ({ io, exit }) => (await import("./seccomp.ts")).seccompCommand(io, exit),
  },
];
