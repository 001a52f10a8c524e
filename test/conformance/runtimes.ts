import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { repository } from "@ocikit/testing";

/** A runtime that suites and callers are run with. */
export interface Runtime {
  readonly name: string;
  /** Its program on this machine. */
  readonly path: string;
}

export const runc: Runtime = { name: "runc", path: "/usr/sbin/runc" };
export const crun: Runtime = { name: "crun", path: "/usr/bin/crun" };

/** The runtime of this repository: `OCIRUN`, else the static binary once it is built. */
const ocirun: Runtime = {
  name: "ocirun",
  path: process.env.OCIRUN || join(repository, "native/launcher/build/ocirun"),
};

/**
 * The runtimes to judge.
 *
 * `OCIKIT_RUNTIMES` names them, each `runc`, `crun`, `ocirun` or a path; without it, ocirun when it is built.
 */
export function runtimesUnderTest(): Runtime[] {
  const asked = process.env.OCIKIT_RUNTIMES?.split(/[\s,]+/).filter(Boolean);
  if (asked) return asked.map(named);
  return existsSync(ocirun.path) ? [ocirun] : [];
}

function named(word: string): Runtime {
  const known = [runc, crun, ocirun].find(({ name }) => name === word);
  if (known) return known;
  if (word.startsWith("/") && existsSync(word)) return { name: basename(word), path: word };
  throw new Error(`OCIKIT_RUNTIMES: ${word} is neither runc, crun, ocirun nor a program's path`);
}
