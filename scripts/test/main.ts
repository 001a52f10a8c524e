// The test command: builds what the suites run, runs every suite of the repository, and counts them in one line.
import { spawnSync } from "node:child_process";
import { startVitest } from "vitest/node";
import { Tally } from "./tally.ts";

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
