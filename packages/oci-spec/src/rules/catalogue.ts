import type { RuleDoc, RuleDocs, Severity } from "@ocikit/diagnostics";
import { Config } from "../config.ts";
import { configHostDocs } from "../host-rules/docs.ts";
import { configHostRules } from "../host-rules/index.ts";
import { portabilityDocs, portabilityRules } from "../portability/rules.ts";
import { configDocs } from "./docs.ts";
import { stateDocs, stateRules } from "./state.ts";

/** A rule as a person reads about it. */
export interface DocumentedRule extends RuleDoc {
  readonly id: string;
  readonly severity: Severity;
  readonly spec: string | undefined;
  /** Whether it has to look at a machine, so that it runs only when asked for. */
  readonly host: boolean;
}

/**
 * Every rule about `config.json`, with its explanation and examples, in the order of its topics; then those
 * about other runtimes and kernels, those that look at a machine, and those about states.
 */
export const catalogue: readonly DocumentedRule[] = [
  ...documented(Config.rules, configDocs, false),
  ...documented(portabilityRules, portabilityDocs, false),
  ...documented(configHostRules, configHostDocs, true),
  ...documented(stateRules, stateDocs, false),
];

/** The rule of an id; undefined when there is none. */
export function ruleById(id: string): DocumentedRule | undefined {
  return catalogue.find((rule) => rule.id === id);
}

/** A rule that only goes on with another's id on the machine has no docs of its own, and is passed over. */
function documented(
  rules: readonly { id: string; severity: Severity; spec?: string }[],
  docs: RuleDocs,
  host: boolean,
): DocumentedRule[] {
  return rules.flatMap(({ id, severity, spec }) => {
    const doc = docs[id];
    return doc ? [{ id, severity, spec, host, ...doc }] : [];
  });
}

export { exampleBase } from "./example-base.ts";
