import type { HostRule } from "@ocikit/diagnostics";
import type { Config } from "../generated/types.ts";
import type { Host } from "../host.ts";
import { isFor } from "../rules/config-rule.ts";
import type { Platform, Target } from "../target.ts";

/** A rule about `config.json` and the machine it is for. */
export type ConfigHostRule = HostRule<Config, Target, Host>;

/** The same rules, for configs of some platforms only. */
export function hostRulesOn(
  platforms: readonly Platform[],
  rules: readonly ConfigHostRule[],
): readonly ConfigHostRule[] {
  const when = isFor(platforms);
  return rules.map((rule) => ({ ...rule, when }));
}
