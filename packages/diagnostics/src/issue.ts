import type { Fix } from "./fix/fix.ts";
import type { Position } from "./position.ts";

/** How much an issue weighs: only an error makes a document invalid. */
export type Severity = "error" | "warning" | "info";

/** One thing to say about a document. Plain data: it can be written as JSON and sent elsewhere. */
export interface Issue {
  /** Id of the rule that speaks, `topic/name`; stable, and what programs match on. */
  readonly rule: string;
  readonly severity: Severity;
  /** RFC 6901 pointer to the value; for something that is missing, to the object it is missing from. */
  readonly pointer: string;
  /** Complete without its position, lower case, no full stop. */
  readonly message: string;
  /** Name of the document as the caller gave it, usually a path. */
  readonly source?: string;
  /** Where it stands; always there when the document came as text. */
  readonly position?: Position;
  /** The first place after it. */
  readonly end?: Position;
  /** Other places that belong to it. */
  readonly related?: readonly RelatedPlace[];
  /** A change that is safe to make without asking. */
  readonly fix?: Fix;
  /** URL of the clause that demands it. */
  readonly spec?: string;
}

/** Another place that explains an issue, for example where a name stood first. */
export interface RelatedPlace {
  readonly message: string;
  readonly position: Position;
}

const weights: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** In the order of the document, then by weight; without positions, by weight alone. */
export function compareIssues(left: Issue, right: Issue): number {
  return (
    (left.position?.offset ?? 0) - (right.position?.offset ?? 0) ||
    weights[left.severity] - weights[right.severity]
  );
}

/** `source:line:column: pointer: message`, with what there is of it. */
export function issueText(issue: Issue): string {
  const parts: string[] = [];
  if (issue.source !== undefined) parts.push(issue.source);
  if (issue.position) parts.push(String(issue.position.line), String(issue.position.column));
  const place = parts.join(":");
  return [place, issue.pointer, issue.message].filter((part) => part !== "").join(": ");
}

/** Issues that are named in one text; a document with more has been understood by then. */
const maxNamed = 5;

/** The errors among issues in one line: the first five, and how many more there are. */
export function errorsText(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === "error");
  const named = errors.slice(0, maxNamed).map(issueText);
  const more = errors.length > maxNamed ? [`and ${errors.length - maxNamed} more`] : [];
  return [...named, ...more].join("; ");
}
