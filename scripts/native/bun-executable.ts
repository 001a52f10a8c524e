import { existsSync } from "node:fs";
import { type Outcome, run } from "./outcome.ts";

/** Compiles an entry for Node into one executable with bun inside: large, but it needs no C compiler for itself. */
export function buildBunExecutable(entry: string, outfile: string, bun: string): Outcome<string> {
  if (!existsSync(bun)) return { ok: false, why: `${bun} is not installed` };
  const done = run(bun, [
    ...["build", "--compile", "--minify", "--bytecode", "--format=esm"],
    "--conditions=@ocikit/source",
    `--outfile=${outfile}`,
    entry,
  ]);
  return done.ok ? { ok: true, value: outfile } : done;
}
