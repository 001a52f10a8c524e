// npm run fuzz [-- SECONDS [SEED]]: hostile documents, for ten minutes unless told, or the one of a seed. Run as one
// bundle, so that its memory is what the checks take and not what the loading of many modules took.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "ocikit-fuzz-"));
const outfile = join(folder, "fuzz.mjs");
buildSync({
  entryPoints: [fileURLToPath(new URL("../test/fuzz/main.ts", import.meta.url))],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "es2022",
  conditions: ["@ocikit/source"],
});
// Garbage that nobody has collected yet is not memory that is needed: with these bounds it is collected early.
const bounds = ["--max-semi-space-size=4", "--max-old-space-size=100"];
const args = process.argv.length > 2 ? process.argv.slice(2) : ["600"];
const { status, signal } = spawnSync(process.execPath, [...bounds, outfile, ...args], {
  stdio: "inherit",
});
rmSync(folder, { recursive: true, force: true });
if (signal) console.error(`fuzzing was ended by ${signal}`);
process.exitCode = status ?? 1;
