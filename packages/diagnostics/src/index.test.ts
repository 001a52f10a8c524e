import { expect, test } from "vitest";
import * as exported from "./index.ts";

test("what the package gives, by name", () => {
  expect(Object.keys(exported).sort()).toMatchInlineSnapshot(`
    [
      "ValidationError",
      "applyEdits",
      "applyFixes",
      "applyPatch",
      "applySettings",
      "checkOnHost",
      "compareIssues",
      "defineSchema",
      "didYouMean",
      "documentDocs",
      "documentRules",
      "eachElement",
      "eachMember",
      "errorsText",
      "issueText",
      "joinPointer",
      "parentPointer",
      "parseJson",
      "pointerParts",
      "showValue",
      "stringifyJson",
      "suggest",
      "toPointer",
    ]
  `);
});
