import { expect, test } from "vitest";
import { describePlan, describeStep } from "./describe.ts";

test("a step is told in a few words, and a plan a line a step with its origin", () => {
  const step = {
    phase: "container",
    op: "setHostname",
    from: "/hostname",
    name: "web",
  } as const;
  expect(describeStep(step)).toBe("set hostname web");
  expect(describePlan([step])).toBe("in the new namespaces:\n  set hostname web  # /hostname\n");
});

test("nothing in a config steers the terminal that a plan is shown on", () => {
  const name = "\u001b[31mred\u009b2J\u0007";
  const shown = describePlan([{ phase: "container", op: "setHostname", from: "/hostname", name }]);
  expect(shown.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});
