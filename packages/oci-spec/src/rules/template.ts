import type { Config } from "../generated/types.ts";

/**
 * Whether a config is what an engine starts from, rather than what a runtime is given: it has
 * capabilities, and neither a program nor an environment.
 *
 * Decision: containerd (`ctr oci spec`) and docker have such templates, and fill in what is missing for
 * each container. What every container needs is only an info in them.
 */
export function isTemplate({ process }: Config): boolean {
  if (process?.capabilities === undefined) return false;
  return process.args === undefined && !process.env?.length;
}

/** The weight of something without which a container cannot start. */
export function missingIn(config: Config): { readonly severity?: "info" } {
  return isTemplate(config) ? { severity: "info" } : {};
}
