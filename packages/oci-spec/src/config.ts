import { defineSchema, type Schema } from "@ocikit/diagnostics";
import { shapes } from "./generated/config-shapes.ts";
import type { Config as ConfigDocument } from "./generated/types.ts";
import { validate } from "./generated/validate-config.ts";
import { configRules } from "./rules/index.ts";
import { sayings } from "./sayings.ts";
import { assumeTarget, type Target } from "./target.ts";

/** The configuration of a container: `config.json` of a bundle. */
export interface Config extends ConfigDocument {}

/**
 * Checks `config.json`: its text, the schema of runtime-spec 1.3.0, and the rules of its prose, all
 * problems at once and each with its place.
 *
 * @example
 * const result = Config.checkText(text, { source: "bundle/config.json" });
 * if (!result.ok) for (const issue of result.issues) console.error(issueText(issue));
 */
export const Config: Schema<Config, Target> = defineSchema<Config, Target>({
  name: "Config",
  validate,
  shapes,
  sayings,
  rules: configRules,
  target: {},
  assume: assumeTarget,
});
