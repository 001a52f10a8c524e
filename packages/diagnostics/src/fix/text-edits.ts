import type { Issue } from "../issue.ts";
import type { TextEdit } from "./fix.ts";

/** The text after edits that do not overlap, in whatever order they come. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let at = 0;
  for (const { offset, length, text: put } of [...edits].sort((a, b) => a.offset - b.offset)) {
    result += text.slice(at, offset) + put;
    at = offset + length;
  }
  return result + text.slice(at);
}

/** What came of applying fixes to a text. */
export interface FixedText {
  readonly text: string;
  /** The issues whose fixes are in it; the others overlap one of these and can be fixed afterwards. */
  readonly applied: readonly Issue[];
}

/** Applies the fixes of issues that come from one check of `text`, each whole or not at all. */
export function applyFixes(text: string, issues: readonly Issue[]): FixedText {
  const taken: TextEdit[] = [];
  const applied: Issue[] = [];
  for (const issue of issues) {
    const edits = issue.fix?.edits;
    if (!edits || edits.length === 0) continue;
    if (edits.some((edit) => taken.some((other) => overlap(edit, other)))) continue;
    taken.push(...edits);
    applied.push(issue);
  }
  return { text: applyEdits(text, taken), applied };
}

/** Edits that touch count as overlapping: two insertions at one place have no order. */
function overlap(left: TextEdit, right: TextEdit): boolean {
  return left.offset <= right.offset + right.length && right.offset <= left.offset + left.length;
}
