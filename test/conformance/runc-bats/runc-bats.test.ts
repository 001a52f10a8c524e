import { describe, test } from "vitest";
import { defineSuite } from "../define-suite.ts";
import known from "./known-differences.json" with { type: "json" };
import { runcSuite, runcSuiteMissing, type Who } from "./suite.ts";

/** Every combination passes or fails with one of these two; `OCIKIT_RUNC_WHO` asks for others. */
const usual: readonly Who[] = ["root", "rootless ", "rootless idmap+cgroup"];

const missing = runcSuiteMissing();
if (missing) {
  describe("runc's suite", () => test("can be run", (context) => context.skip(missing)));
} else {
  for (const who of usual) defineSuite(await runcSuite({ who }), known);
}
