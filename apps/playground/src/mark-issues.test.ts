import type { Issue, Severity } from "@ocikit/diagnostics";
import { expect, test } from "vitest";
import { markIssues } from "./mark-issues.ts";

function issue(from: number, to: number, severity: Severity): Issue {
  const at = (offset: number) => ({ offset, line: 1, column: offset + 1 });
  return { rule: "a/b", severity, pointer: "", message: "m", position: at(from), end: at(to) };
}

test("a text is cut where issues begin and end, and nothing of it is lost", () => {
  const marked = markIssues("0123456789", [issue(2, 5, "warning"), issue(4, 8, "error")]);
  expect(marked.map(({ text, severity }) => [text, severity])).toEqual([
    ["01", undefined],
    ["23", "warning"],
    ["4", "error"],
    ["567", "error"],
    ["89", undefined],
  ]);
});

test("what is missing is marked where it would be", () => {
  expect(markIssues("{}", [issue(0, 0, "error")])[0]).toEqual({ text: "{", severity: "error" });
  expect(markIssues("", [issue(0, 0, "error")])).toEqual([]);
});
