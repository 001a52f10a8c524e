import { applyFixes, type Issue } from "@ocikit/diagnostics";
import { exampleDocument } from "@ocikit/diagnostics/testing";
import { Config } from "../src/config.ts";
import { exampleBase } from "../src/rules/example-base.ts";
import type { Target } from "../src/target.ts";

/** All that is said about the base of the examples with a JSON merge patch. */
export function allIssues(patch: unknown, target?: Target): readonly Issue[] {
  const { text } = exampleDocument({ patch }, exampleBase);
  const result = Config.checkText(text, { target });
  return result.ok ? result.warnings : result.issues;
}

/** What one rule says about it, as `severity pointer: message`. */
export function issuesOf(rule: string, patch: unknown, target?: Target): string[] {
  return allIssues(patch, target)
    .filter((issue) => issue.rule === rule)
    .map(({ severity, pointer, message }) => `${severity} ${pointer}: ${message}`);
}

/** The document after all fixes of one rule. */
export function fixedBy(rule: string, patch: unknown): Config {
  const { text } = exampleDocument({ patch }, exampleBase);
  const issues = allIssues(patch).filter((issue) => issue.rule === rule);
  return JSON.parse(applyFixes(text, issues).text) as Config;
}
