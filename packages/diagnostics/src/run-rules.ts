import type { Finding } from "./finding.ts";
import { guard, isUnreadable, whileReadable } from "./guard.ts";
import { toPointer } from "./pointer.ts";
import type { HostRule, Report, Rule } from "./rule.ts";

/** Runs rules over a value of which `unreadable` names the places that are not as the schema promises. */
export function runRules<T, Target>(
  rules: readonly Rule<T, Target>[],
  value: T,
  target: Target,
  unreadable: ReadonlySet<string>,
): Finding[] {
  const findings: Finding[] = [];
  // A schema alone makes no view of the document: where the runtime reads one there are no proxies.
  if (rules.length === 0) return findings;
  const seen = guarded(value, unreadable);
  for (const rule of rules) {
    if (!rule.check || rule.when?.(target) === false) continue;
    const report = reporter(rule, findings);
    if (unreadable.size === 0) rule.check(seen, report, target);
    else whileReadable(() => rule.check?.(seen, report, target));
  }
  return findings;
}

/** Runs rules that look at a machine, one after the other; a rule that fails fails the run. */
export async function runHostRules<T, Target, Host>(
  rules: readonly HostRule<T, Target, Host>[],
  value: T,
  target: Target,
  unreadable: ReadonlySet<string>,
  host: Host,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = guarded(value, unreadable);
  for (const rule of rules) {
    signal?.throwIfAborted();
    if (rule.when?.(target) === false) continue;
    try {
      await rule.check(seen, reporter(rule, findings), target, host);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  return findings;
}

function guarded<T>(value: T, unreadable: ReadonlySet<string>): T {
  if (typeof value !== "object" || value === null) return value;
  return guard(value, unreadable);
}

function reporter(
  rule: Pick<Rule<never>, "id" | "severity" | "spec">,
  findings: Finding[],
): Report {
  return (pointer, message, details) => {
    findings.push({
      rule: rule.id,
      severity: details?.severity ?? rule.severity,
      pointer: toPointer(pointer),
      message,
      part: details?.part,
      fix: details?.fix,
      spec: rule.spec,
    });
  };
}
