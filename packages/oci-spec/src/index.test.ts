import { expect, test } from "vitest";
import * as exported from "./index.ts";

test("what the package gives, by name", () => {
  expect(Object.keys(exported).sort()).toMatchInlineSnapshot(`
    [
      "Config",
      "Features",
      "State",
      "ValidationError",
      "addDevice",
      "addMount",
      "convertConfig",
      "convertText",
      "defaultConfig",
      "diffConfigs",
      "findSpecVersion",
      "issueText",
      "rootlessConfig",
      "setArgs",
      "setCwd",
      "setEnv",
      "setLimits",
      "setSeccomp",
      "setUser",
      "specVersions",
    ]
  `);
});
