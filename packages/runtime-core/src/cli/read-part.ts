import type { Config } from "@ocikit/oci-spec";
import { isConfig, parseExact } from "@ocikit/oci-spec/lean";
import { foldNames } from "../container/fold-names.ts";
import { RuntimeError } from "../error.ts";

/** Parts of a config that come as documents of their own. */
export type ConfigPart = "process" | "linux.resources";

function around(part: ConfigPart, value: unknown): object {
  const inner =
    part === "process" ? { process: value } : { linux: { resources: foldNames(value) } };
  return { ociVersion: "1.0.0", ...inner };
}

/**
 * Reads a document that is one part of a config, which is checked as if it stood in one.
 *
 * @throws RuntimeError `INVALID_CONFIG` with the first fault
 */
export async function readPart(text: string, source: string, part: ConfigPart): Promise<Config> {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (cause) {
    throw new RuntimeError("INVALID_CONFIG", `${source}: ${(cause as Error).message}`, { cause });
  }
  const config = around(part, value);
  if (isConfig(config)) return config;
  const { configSchema, issueText } = await import("@ocikit/oci-spec/config-schema");
  const result = configSchema.check(config, { source, unknownFields: "allow" });
  const [first] = result.ok ? [] : result.issues;
  throw new RuntimeError("INVALID_CONFIG", first ? issueText(first) : `${source}: not a ${part}`);
}
