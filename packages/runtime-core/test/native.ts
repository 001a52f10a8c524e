import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@ocikit/testing";

/** The folder of the launcher. */
export const launcherFolder: string = join(repository, "native/launcher");

/** A file below the launcher's build folder. */
export function builtFile(name: string): string {
  return join(launcherFolder, "build", name);
}

/** Builds targets of the launcher's Makefile; test files run at once, and make does not like company. */
export function makeLauncher(...targets: readonly string[]): void {
  mkdirSync(builtFile(""), { recursive: true });
  execFileSync("flock", [builtFile(".lock"), "make", "-s", "-C", launcherFolder, ...targets], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
