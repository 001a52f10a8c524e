import { describe, test } from "vitest";
import { defineSuite } from "../define-suite.ts";
import { crun, runc } from "../runtimes.ts";
import known from "./known-differences.json" with { type: "json" };
import { crunSuite, crunSuiteMissing } from "./suite.ts";

const missing = crunSuiteMissing();
if (missing) {
  describe("crun's tests", () => test("can be run", (context) => context.skip(missing)));
} else {
  // What only crun itself passes is crun's own; what runc passes too is what a runtime must do.
  defineSuite(await crunSuite(), known, [runc, crun]);
}
