import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { repository } from "@ocikit/testing";

/** A runtime that suites and callers are run with. */
export interface Runtime {
  readonly name: string;
  /** Its program on this machine. */
  readonly path: string;
}

const stock: readonly Runtime[] = [
  { name: "runc", path: "/usr/sbin/runc" },
  { name: "crun", path: "/usr/bin/crun" },
];

/** The runtime of this repository: `OCIRUN`, else the static binary once it is built. */
const own: Runtime = {
  name: "ocirun",
  path: process.env.OCIRUN || join(repository, "native/launcher/build/ocirun"),
};

/** Stock runc: what it does on this machine is what a runtime is judged by. */
export const baseline: Runtime = stock[0] as Runtime;

/**
 * The runtimes to run, stock runc first.
 *
 * `OCIKIT_RUNTIMES` names them, each `runc`, `crun`, `ocirun` or a path; without it runc and, when it is built, ocirun.
 */
export function runtimesUnderTest(): Runtime[] {
  const asked = process.env.OCIKIT_RUNTIMES?.split(/[\s,]+/).filter(Boolean);
  const wanted = asked ? asked.map(named) : existsSync(own.path) ? [own] : [];
  return [baseline, ...wanted.filter(({ name }) => name !== baseline.name)];
}

function named(word: string): Runtime {
  const known = [...stock, own].find(({ name }) => name === word);
  if (known) return known;
  if (word.startsWith("/") && existsSync(word)) return { name: basename(word), path: word };
  throw new Error(`OCIKIT_RUNTIMES: ${word} is neither runc, crun, ocirun nor a program's path`);
}
