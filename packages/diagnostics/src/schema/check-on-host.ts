import { toIssue } from "../finding.ts";
import type { Result } from "../result.ts";
import type { HostRule } from "../rule.ts";
import { runHostRules } from "../run-rules.ts";
import { settle } from "./define-schema.ts";
import type { CheckOptions, Inspected, Schema } from "./schema.ts";

export interface CheckOnHostOptions<Target> extends CheckOptions<Target> {
  readonly signal?: AbortSignal;
}

/**
 * Checks a document and, beyond what {@link Schema.check} does, whether it fits a machine, which the
 * rules see through `host`. Rejects when a rule cannot look, and with the reason of an aborted signal.
 */
export async function checkOnHost<T, Target, Host>(
  schema: Schema<T, Target>,
  rules: readonly HostRule<T, Target, Host>[],
  input: Inspected,
  host: Host,
  options: CheckOnHostOptions<Target> = {},
): Promise<Result<T>> {
  const inspection = schema.inspect(input, options);
  const { value, unreadable, target } = inspection;
  if (unreadable.has("")) return settle(inspection, options);
  const findings = await runHostRules(
    rules,
    // Behind the guard of `unreadable`, the value is a T wherever a rule can look.
    value as T,
    target,
    unreadable,
    host,
    options.signal,
  );
  const found = findings.map((finding) => toIssue(finding, input.document, options.source));
  return settle({ ...inspection, issues: [...inspection.issues, ...found] }, options);
}
