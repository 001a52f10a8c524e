import { expect, test } from "vitest";
import * as seccomp from "./index.ts";

test("the subpath exports just these values", () => {
  expect(Object.keys(seccomp).sort()).toMatchInlineSnapshot(`
    [
      "architectures",
      "compileSeccomp",
      "compilerRevision",
      "defaultSeccomp",
      "diffSeccomp",
      "disassembleSeccomp",
      "engineProfiles",
      "explainSeccomp",
      "explanationText",
      "findArchitecture",
      "resolveProfile",
      "simulateSeccomp",
      "syscallName",
      "syscallNames",
      "syscallNumber",
      "testSeccomp",
    ]
  `);
});
