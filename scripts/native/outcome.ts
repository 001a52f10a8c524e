import { spawnSync } from "node:child_process";

/** What was wanted, or why it can't be had, as the end of a sentence. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/** Runs a program to its end; what it said is told only when it failed. */
export function run(command: string, args: readonly string[]): Outcome<void> {
  const child = spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 << 20 });
  if (child.error) return { ok: false, why: child.error.message };
  if (child.status === 0) return { ok: true, value: undefined };
  return { ok: false, why: `${command} ${args.join(" ")}:\n${child.stdout}${child.stderr}` };
}
