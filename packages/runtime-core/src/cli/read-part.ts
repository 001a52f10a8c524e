import type { Config } from "@ocikit/oci-spec";
import { isConfig, parseExact } from "@ocikit/oci-spec/lean";
import { atPlace } from "../container/bundle.ts";
import { foldNames } from "../container/fold-names.ts";
import { RuntimeError } from "../error.ts";

/** Parts of a config that come as documents of their own. */
export type ConfigPart = "process" | "linux.resources" | "mounts";

function around(part: ConfigPart, value: unknown): object {
  const inner =
    part === "linux.resources" ? { linux: { resources: foldNames(value) } } : { [part]: value };
  return { ociVersion: "1.0.0", ...inner };
}

/** The first fault of a document, with its place in it. */
async function refuse(
  text: string,
  source: string,
  part: ConfigPart,
  config: object | undefined,
): Promise<string> {
  const { configSchema, issueText, parseJson } = await import("@ocikit/oci-spec/config-schema");
  const [broken] = parseJson(text, { source }).issues;
  if (config === undefined) return broken ? issueText(broken) : `${source}: not JSON`;
  const result = configSchema.check(config, { source, unknownFields: "allow" });
  const [first] = result.ok ? [] : result.issues;
  if (first === undefined) return `${source}: not a ${part}`;
  const pointer = first.pointer.slice(`/${part.replace(".", "/")}`.length);
  return (await atPlace({ source, text }, pointer, first.message)).message;
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
    const message = await refuse(text, source, part, undefined);
    throw new RuntimeError("INVALID_CONFIG", message, { cause });
  }
  const config = around(part, value);
  if (isConfig(config)) return config;
  throw new RuntimeError("INVALID_CONFIG", await refuse(text, source, part, config));
}
