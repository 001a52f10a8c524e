import type { RuleDoc, Severity } from "@ocikit/diagnostics";
import { Config } from "../config.ts";
import { configDocs } from "./docs.ts";

/** A rule as a person reads about it. */
export interface DocumentedRule extends RuleDoc {
  readonly id: string;
  readonly severity: Severity;
  readonly spec: string | undefined;
  /** Whether it has to look at a machine, so that it runs only when asked for. */
  readonly host: boolean;
}

/** Every rule about `config.json`, with its explanation and examples, in the order of its topics. */
export const catalogue: readonly DocumentedRule[] = Config.rules.flatMap(
  ({ id, severity, spec }) => {
    const doc = configDocs[id];
    return doc ? [{ id, severity, spec, host: false, ...doc }] : [];
  },
);

/** The rule of an id; undefined when there is none. */
export function ruleById(id: string): DocumentedRule | undefined {
  return catalogue.find((rule) => rule.id === id);
}

export { exampleBase } from "./example-base.ts";
