import { type Issue, issueText } from "./issue.ts";

/** The outcome of a check. A document with warnings only is valid. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly [Issue, ...Issue[]] };

/** A document is not valid. Its message is complete for a person; programs read `issues`. */
export class ValidationError extends Error {
  static {
    Object.defineProperty(ValidationError.prototype, "name", { value: "ValidationError" });
  }

  readonly code = "INVALID_DOCUMENT";
  readonly source: string | undefined;
  /** All that was found, errors and warnings, in the order of the document. */
  readonly issues: readonly [Issue, ...Issue[]];

  constructor(issues: readonly [Issue, ...Issue[]], options?: ErrorOptions) {
    const errors = issues.filter(({ severity }) => severity === "error");
    const first = errors[0] ?? issues[0];
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    super(issueText(first) + more, options);
    this.source = first.source;
    this.issues = issues;
  }

  /** True for errors of another copy of this package in the same process too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return (
      value instanceof Error &&
      value.name === "ValidationError" &&
      "code" in value &&
      value.code === "INVALID_DOCUMENT"
    );
  }
}
