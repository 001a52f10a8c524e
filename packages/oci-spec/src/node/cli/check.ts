import { addCheckFlags, checkArguments, runCheck } from "@ocikit/diagnostics/node";
import { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { configTool } from "./config-tool.ts";
import { addTargetFlags } from "./target-flags.ts";

/** `check`: configs and bundles, and the states and features that runtimes write. */
export function checkCommand({ io, signal, exit }: CommandContext): Command {
  const command = new Command("check")
    .summary("check configs and bundles, all problems at once")
    .description(
      "Checks config.json files and bundles: their text, the schema, and what the specification, the\n" +
        "kernel and the runtimes demand beyond it. A directory is a bundle, or a tree with bundles in it.\n" +
        "The output of a runtime's state and features commands is checked too.",
    )
    .argument("<path...>", "files, bundles, trees of bundles, or - for standard input");
  addCheckFlags(command);
  addTargetFlags(command);
  return command
    .addHelpText("after", ending)
    .action(async (paths: string[], options: Readonly<Record<string, unknown>>) => {
      const args = checkArguments(paths, options);
      exit(await runCheck(configTool(options, io), args, io, { signal }));
    });
}

const ending = `
Exit status: 0 no error, 1 errors (or more warnings than --max-warnings), 2 something could not be checked.
Settings: the nearest .ocikit.json upwards, as in
  {
    "severity": { "root/basename": "off", "caps/*": "error" },
    "ignore": [{ "rule": "mount/*", "pointer": "/mounts/3/**", "reason": "why it is fine" }],
    "target": { "runtimes": ["runc@1.1"], "cgroup": "v2", "kernel": "5.10" }
  }`;
