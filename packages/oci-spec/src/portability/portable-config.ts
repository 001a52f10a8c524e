import { defineSchema, type Schema } from "@ocikit/diagnostics";
import type { Config } from "../config.ts";
import { shapes } from "../generated/config-shapes.ts";
import { validate } from "../generated/validate-config.ts";
import { configRules } from "../rules/index.ts";
import { sayings } from "../sayings.ts";
import { assumeTarget } from "../target.ts";
import { portabilityRules } from "./rules.ts";
import type { PortabilityTarget } from "./target.ts";

/**
 * Checks `config.json` as `Config` does, and whether the runtimes and the kernel that `target` names take
 * it as it is meant: what they would refuse, ignore or do otherwise.
 *
 * @example
 * PortableConfig.checkText(text, { target: { runtimes: ["runc@1.1", "crun@1.28"], kernel: "5.10" } });
 */
export const PortableConfig: Schema<Config, PortabilityTarget> = defineSchema<
  Config,
  PortabilityTarget
>({
  name: "Config",
  validate,
  shapes,
  sayings,
  rules: [...configRules, ...portabilityRules],
  target: {},
  assume: (config, target) => ({ ...target, ...assumeTarget(config, target) }),
});
