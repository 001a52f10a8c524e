import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** Compiles a C program that stands beside the tests; it goes after the test. */
export function compiled(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "ocikit-compiled-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "program");
  execFileSync("cc", ["-O1", "-o", program, fileURLToPath(new URL(source, import.meta.url))]);
  return program;
}
