import { defineSchema, type Schema } from "@ocikit/diagnostics";
import { shapes } from "./generated/config-shapes.ts";
import type { Config } from "./generated/types.ts";
import { validate } from "./generated/validate-config.ts";
import { sayings } from "./sayings.ts";

/**
 * What the schema and the text alone say of a `config.json`: the `Config` of the main module without its
 * rules, at half the size. For programs that only have to say what is wrong once `isConfig` of
 * `@ocikit/oci-spec/lean` says no.
 */
export const configSchema: Schema<Config> = defineSchema<Config>({
  name: "Config",
  validate,
  shapes,
  sayings,
  rules: [],
  target: undefined,
});

export { issueText, parseJson } from "@ocikit/diagnostics";
export { defaultConfig, rootlessConfig } from "./default-config.ts";
