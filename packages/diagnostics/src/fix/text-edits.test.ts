import { expect, test } from "vitest";
import type { Issue } from "../issue.ts";
import type { TextEdit } from "./fix.ts";
import { applyEdits, applyFixes } from "./text-edits.ts";

function issue(rule: string, ...edits: TextEdit[]): Issue {
  const fix = { title: rule, patch: [], edits };
  return { rule, severity: "warning", pointer: "", message: rule, fix };
}

test("edits apply in whatever order they come", () => {
  const edits = [
    { offset: 4, length: 1, text: "E" },
    { offset: 0, length: 1, text: "A" },
    { offset: 2, length: 0, text: "-" },
  ];
  expect(applyEdits("abcde", edits)).toBe("Ab-cdE");
});

test("fixes that overlap an earlier one wait for the next round", () => {
  const first = issue("first", { offset: 0, length: 2, text: "x" });
  const overlapping = issue("second", { offset: 1, length: 1, text: "y" });
  const apart = issue("third", { offset: 4, length: 1, text: "z" });
  const result = applyFixes("abcde", [first, overlapping, apart]);
  expect(result.text).toBe("xcdz");
  expect(result.applied).toEqual([first, apart]);
});

test("a fix applies whole or not at all", () => {
  const first = issue("first", { offset: 0, length: 1, text: "x" });
  const half = issue(
    "second",
    { offset: 0, length: 1, text: "y" },
    { offset: 3, length: 1, text: "y" },
  );
  expect(applyFixes("abcd", [first, half]).text).toBe("xbcd");
});
