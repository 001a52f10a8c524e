import type { Part, TextDocument } from "./document.ts";
import type { Operation } from "./fix/fix.ts";
import type { Issue, Severity } from "./issue.ts";
import { parentPointer } from "./pointer.ts";

/** What a layer of a check found, before it is known where that stands in a text. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly pointer: string;
  readonly message: string;
  readonly part?: Part | undefined;
  readonly fix?: { readonly title: string; readonly patch: readonly Operation[] } | undefined;
  readonly spec?: string | undefined;
}

/** The finding as an issue, with its place and the edits of its fix when there is a text. */
export function toIssue(
  finding: Finding,
  document: TextDocument | undefined,
  source: string | undefined,
): Issue {
  const { rule, severity, pointer, message, part, fix, spec } = finding;
  const span = document && markNearest(document, pointer, part);
  const edits = fix && document?.edits(fix.patch);
  return {
    rule,
    severity,
    pointer,
    message,
    ...(source !== undefined && { source }),
    ...(document &&
      span && { position: document.position(span.start), end: document.position(span.end) }),
    ...(fix && { fix: { ...fix, ...(edits && { edits }) } }),
    ...(spec !== undefined && { spec }),
  };
}

/** The place of a pointer or, when nothing stands there, of what is around it. */
function markNearest(document: TextDocument, pointer: string, part: Part | undefined) {
  let at: string | undefined = pointer;
  let wanted = part;
  while (at !== undefined) {
    const span = document.mark(at, wanted);
    if (span) return span;
    at = parentPointer(at);
    wanted = undefined;
  }
  return { start: 0, end: 0 };
}
