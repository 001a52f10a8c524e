import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Path of the launcher's static binary. `OCIKIT_LAUNCHER` overrides it. */
export function launcherPath() {
  const path =
    process.env.OCIKIT_LAUNCHER ?? fileURLToPath(new URL("build/launcher", import.meta.url));
  if (!existsSync(path)) {
    throw new Error(`find the launcher at ${path}: ENOENT (build it with make -C native/launcher)`);
  }
  return path;
}
