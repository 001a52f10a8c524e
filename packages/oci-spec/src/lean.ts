import { validate } from "./generated/is-config.ts";
import type { Config } from "./generated/types.ts";

export { parseExact, stringifyJson } from "@ocikit/diagnostics/exact";

/**
 * Whether a value satisfies the schema of `config.json`, and nothing more: no issues, no rules, a few
 * kilobytes. For programs whose start-up time counts; they load {@link Config} once it says no.
 */
export function isConfig(value: unknown): value is Config {
  return validate(value);
}

export type { Config } from "./generated/types.ts";
