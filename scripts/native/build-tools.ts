import { ensurePrograms } from "./debian.ts";
import type { Outcome } from "./outcome.ts";

/** What the native parts are built with, and the Debian packages that bring it. */
const packages = {
  cc: "gcc",
  make: "make",
  "musl-gcc": "musl-tools",
  objcopy: "binutils",
  xz: "xz-utils",
};

/** Installs what is missing of the tools that build the native parts, where that is allowed. */
export function ensureBuildTools(): Outcome<void> {
  return ensurePrograms(packages);
}
