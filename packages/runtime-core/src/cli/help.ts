import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";

function flagLines(flags: readonly Flag[]): string {
  const rows = flags
    .filter(({ hidden }) => !hidden)
    .map(({ name, short, kind, doc }) => {
      const names = short === undefined ? `--${name}` : `--${name}, -${short}`;
      return [kind === "boolean" ? names : `${names} value`, doc] as const;
    });
  rows.push(["--help, -h", "show help"]);
  const width = Math.max(...rows.map(([names]) => names.length));
  return rows.map(([names, doc]) => `   ${names.padEnd(width)}  ${doc}\n`).join("");
}

/** Commands that are no command of runc. */
const ownCommands: ReadonlySet<string> = new Set(["mounts", "plan", "trace"]);

/** The help of one command, with the name of that of runc whose place it takes: callers look for it. */
export function commandHelp({ name, usage, doc, flags }: Command): string {
  const place = ownCommands.has(name) ? "" : ` (in place of runc ${name})`;
  return `NAME:
   ocirun ${name}${place} - ${doc}

USAGE:
   ocirun ${name} [command options] ${usage}

OPTIONS:
${flagLines(flags)}`;
}

/** The help of the whole program. */
export function programHelp(commands: readonly Command[], flags: readonly Flag[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, doc }) => `   ${name.padEnd(width)}  ${doc}\n`).join("");
  return `NAME:
   ocirun, in place of runc - Open Container Initiative runtime

USAGE:
   ocirun [global options] command [command options] [arguments...]

COMMANDS:
${lines}
GLOBAL OPTIONS:
${flagLines(flags)}`;
}
