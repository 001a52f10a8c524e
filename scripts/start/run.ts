import { spawnSync } from "node:child_process";

/** A command that ended as it should, and what it printed; another end of it ends the walk. */
export function mustRun(command: string, args: readonly string[]): string {
  const child = spawnSync(command, args, { encoding: "utf8" });
  if (child.error) throw child.error;
  if (child.status !== 0) {
    const how = child.signal ?? `exit status ${child.status}`;
    throw new Error(`${command} ${args.join(" ")}: ${how}\n${child.stdout}${child.stderr}`);
  }
  return child.stdout;
}
