import { expect, test } from "vitest";
import * as main from "./index.ts";
import * as plan from "./plan/index.ts";

test("each entry exports these names and no others", () => {
  const names = Object.entries({ main, plan }).map(([entry, module]) => [
    entry,
    Object.keys(module).sort(),
  ]);
  expect(Object.fromEntries(names)).toMatchInlineSnapshot(`
    {
      "main": [
        "Container",
        "ContainerProcess",
        "LaunchError",
        "Runtime",
        "RuntimeError",
        "describePlan",
        "describeStep",
        "encodePlan",
        "placeCgroup",
        "planLaunch",
        "readHost",
      ],
      "plan": [
        "LaunchError",
        "RuntimeError",
        "describePlan",
        "describeStep",
        "encodePlan",
        "placeCgroup",
        "planLaunch",
      ],
    }
  `);
});
