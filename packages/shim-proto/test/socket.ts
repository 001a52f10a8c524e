import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder of the running test's own, gone when it ends. Short: a socket's path has room for 107 bytes. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ocikit-ttrpc-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The address of a socket in a folder of the running test's own. */
export function makeAddress(): string {
  return `unix://${join(makeFolder(), "s")}`;
}
