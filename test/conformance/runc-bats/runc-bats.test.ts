import { describe, test } from "vitest";
import { defineSuite } from "../define-suite.ts";
import { runc } from "../runtimes.ts";
import known from "./known-differences.json" with { type: "json" };
import { runcSuite, runcSuiteMissing, type Who } from "./suite.ts";

/** As root, with nothing but user namespaces, and with all that an administrator can grant. */
const everyone: readonly Who[] = ["root", "rootless", "rootless idmap+cgroup"];

const missing = runcSuiteMissing();
if (missing) {
  describe("runc's suite", () => test("can be run", (context) => context.skip(missing)));
} else {
  for (const who of everyone) defineSuite(await runcSuite({ who }), known, [runc]);
}
