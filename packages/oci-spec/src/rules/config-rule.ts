import type { Rule } from "@ocikit/diagnostics";
import type { Config } from "../generated/types.ts";
import type { Platform, Target } from "../target.ts";

/** A rule about `config.json`. */
export type ConfigRule = Rule<Config, Target>;

/** All platforms but Windows. */
export const posix: readonly Platform[] = ["linux", "freebsd", "solaris", "zos"];

/** Whether a rule for some platforms has anything to say. */
export function isFor(platforms: readonly Platform[]): (target: Target) => boolean {
  return ({ platform = "linux" }) => platforms.includes(platform);
}

/** The same rules, for configs of some platforms only. */
export function onPlatforms(
  platforms: readonly Platform[],
  rules: readonly ConfigRule[],
): readonly ConfigRule[] {
  const when = isFor(platforms);
  return rules.map((rule) => ({ ...rule, when }));
}

/** The same rules, for configs of Linux containers only. */
export function onLinux(rules: readonly ConfigRule[]): readonly ConfigRule[] {
  return onPlatforms(["linux"], rules);
}
