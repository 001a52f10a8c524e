// The test command: builds what the suites run, runs every suite of the repository, and counts them in one line.
import { spawnSync } from "node:child_process";
import { startVitest } from "vitest/node";
import { ensureBuildTools } from "../native/build-tools.ts";
import { Tally } from "./tally.ts";

// First of all: a build that found no compiler is kept, and the tests would miss what it left out.
const tools = ensureBuildTools();
if (!tools.ok) console.log(tools.why);

const filters = process.argv.slice(2);

for (const [command = "", ...args] of [
  ["turbo", "run", "build", "--output-logs=errors-only"],
  [process.execPath, "scripts/build-native.ts", "--tests", "--bun"],
]) {
  const build = spawnSync(command, args, { stdio: "inherit" });
  if (build.error) throw build.error;
  if (build.status !== 0) process.exit(build.status ?? 1);
}

const tally = new Tally();
const vitest = await startVitest("test", filters, {
  run: true,
  watch: false,
  reporters: ["default", tally],
});
await vitest.close();
tally.print();
process.exit(tally.succeeded(process.env.OCIKIT_REQUIRE_ALL === "1") ? 0 : 1);
