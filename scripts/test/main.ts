// The test command: builds what the suites run, runs every suite of the repository, and counts them in one line.
import { spawnSync } from "node:child_process";
import { startVitest } from "vitest/node";
import { Tally } from "./tally.ts";

const filters = process.argv.slice(2);

const build = spawnSync("turbo", ["run", "build", "--output-logs=errors-only"], {
  stdio: "inherit",
});
if (build.error) throw build.error;
if (build.status !== 0) process.exit(build.status ?? 1);

const tally = new Tally();
const vitest = await startVitest("test", filters, {
  run: true,
  watch: false,
  reporters: ["default", tally],
});
await vitest.close();
tally.print();
process.exit(tally.succeeded(process.env.OCIKIT_REQUIRE_ALL === "1") ? 0 : 1);
