import type { Issue, Severity } from "../issue.ts";

/** What a check of one document gave. */
export interface DocumentReport {
  /** Name of the document, usually a path. */
  readonly source: string;
  /** Its text, for reports that show the lines in question. */
  readonly text?: string | undefined;
  readonly issues: readonly Issue[];
  /** Why it could not be checked; then there are no issues. */
  readonly failure?: string | undefined;
}

/** The program that checked. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly url: string;
}

/** What a report says of a rule beside its issues. */
export interface RuleInfo {
  readonly id: string;
  readonly severity: Severity;
  readonly title?: string | undefined;
  readonly explanation?: string | undefined;
  readonly spec?: string | undefined;
}

/** A whole run, for reports that are one document. */
export interface RunReport {
  readonly tool: Tool;
  readonly rules: readonly RuleInfo[];
  readonly documents: readonly DocumentReport[];
}

/** How much was found. */
export interface Summary {
  readonly documents: number;
  /** Documents with an error. */
  readonly invalid: number;
  /** Documents that could not be checked. */
  readonly failed: number;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
}

export const emptySummary: Summary = {
  documents: 0,
  invalid: 0,
  failed: 0,
  errors: 0,
  warnings: 0,
  infos: 0,
};

/** The summary with one more document in it. */
export function addToSummary(summary: Summary, { issues, failure }: DocumentReport): Summary {
  const count = (weight: Severity): number =>
    issues.filter(({ severity }) => severity === weight).length;
  const errors = count("error");
  return {
    documents: summary.documents + 1,
    invalid: summary.invalid + (errors > 0 ? 1 : 0),
    failed: summary.failed + (failure === undefined ? 0 : 1),
    errors: summary.errors + errors,
    warnings: summary.warnings + count("warning"),
    infos: summary.infos + count("info"),
  };
}

/** The summary of all documents. */
export function summarize(documents: readonly DocumentReport[]): Summary {
  return documents.reduce(addToSummary, emptySummary);
}
