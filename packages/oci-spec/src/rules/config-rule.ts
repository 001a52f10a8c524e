import type { Rule } from "@ocikit/diagnostics";
import type { Config } from "../generated/types.ts";
import type { Platform, Target } from "../target.ts";

/** A rule about `config.json`. */
export type ConfigRule = Rule<Config, Target>;

/** The same rules, for configs of some platforms only. */
export function onPlatforms(
  platforms: readonly Platform[],
  rules: readonly ConfigRule[],
): readonly ConfigRule[] {
  const when = ({ platform = "linux" }: Target): boolean => platforms.includes(platform);
  return rules.map((rule) => ({ ...rule, when }));
}

/** The same rules, for configs of Linux containers only. */
export function onLinux(rules: readonly ConfigRule[]): readonly ConfigRule[] {
  return onPlatforms(["linux"], rules);
}
