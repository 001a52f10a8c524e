import { vmMissing } from "@ocikit/testing/vm";
import { describe, test } from "vitest";
import { defineSuite } from "../define-suite.ts";
import { runc } from "../runtimes.ts";
import { type Driver, runcSuiteInVm } from "./in-vm.ts";
import known from "./known-differences.json" with { type: "json" };
import { runcSuiteMissing } from "./suite.ts";

const drivers: readonly Driver[] = ["cgroupfs", "systemd"];

const missing = runcSuiteMissing() ?? vmMissing();
if (missing) {
  describe("runc's suite in a guest", () => test("can be run", (context) => context.skip(missing)));
} else {
  for (const driver of drivers) defineSuite(await runcSuiteInVm(driver), known, [runc]);
}
