import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePrograms, hasProgram } from "./debian.ts";
import { type Outcome, run } from "./outcome.ts";

const folder: string = fileURLToPath(new URL("../../native/launcher", import.meta.url));

/** Where everything native is built to. */
export const built: string = join(folder, "build");

/** Builds the launcher and its library; where musl can't be had, with the machine's own C library. */
export function buildLauncher(): Outcome<string> {
  const musl = ensurePrograms({ "musl-gcc": "musl-tools", make: "make" });
  if (!musl.ok && !(hasProgram("cc") && hasProgram("make"))) return musl;
  const made = run("make", ["-s", "-j2", "-C", folder, musl.ok ? "CC=musl-gcc" : "CC=cc"]);
  return made.ok ? { ok: true, value: join(built, "launcher") } : made;
}
