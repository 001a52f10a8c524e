// The test command: every suite of the repository in one run, and one line that counts them.
import { startVitest } from "vitest/node";
import { Tally } from "./tally.ts";

const tally = new Tally();
const filters = process.argv.slice(2);
const vitest = await startVitest("test", filters, {
  run: true,
  watch: false,
  reporters: ["default", tally],
});
await vitest.close();
tally.print();
process.exit(tally.succeeded(process.env.OCIKIT_REQUIRE_ALL === "1") ? 0 : 1);
