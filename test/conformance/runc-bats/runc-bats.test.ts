import { describe, test } from "vitest";
import { defineSuite, type KnownDifferences } from "../define-suite.ts";
import lists from "./known-differences.json" with { type: "json" };
import { runcSuite, runcSuiteMissing, type Who } from "./suite.ts";

/** As root, with nothing but user namespaces, and with all that an administrator can grant. */
const everyone: readonly Who[] = ["root", "rootless", "rootless idmap+cgroup"];
const known: Readonly<Record<string, KnownDifferences>> = lists;

const missing = runcSuiteMissing();
if (missing) {
  describe("runc's suite", () => test("can be run", (context) => context.skip(missing)));
} else {
  for (const who of everyone) defineSuite(await runcSuite({ who }), known[who] ?? {});
}
