import { join, resolve } from "node:path";
import { issueText, parseJson, type TextDocument } from "@ocikit/diagnostics";
import { type CommandIo, readBounded, systemErrorText, UsageError } from "@ocikit/diagnostics/node";
import { Config } from "../../config.ts";

/** Far above any real config. */
const maxBytes = 64 * 1024 * 1024;

/** A config that satisfies the schema, with its text. */
export interface ReadConfig {
  readonly source: string;
  readonly document: TextDocument;
  readonly config: Config;
}

/**
 * Reads a config.json, the one of a bundle, or - for standard input. Fails with a UsageError that tells
 * what is wrong with it, the schema included; rules are not asked.
 */
export async function readConfig(name: string, io: CommandIo): Promise<ReadConfig> {
  const { source, bytes } = await readBytes(name, io);
  const document = parseJson(bytes, { source });
  const result = Config.checkDocument(document, { source, rules: false });
  if (result.ok) return { source, document, config: result.value };
  const errors = result.issues.filter(({ severity }) => severity === "error");
  throw new UsageError(errors.map(issueText).join("\noci-spec: "));
}

async function readBytes(
  name: string,
  io: CommandIo,
): Promise<{ readonly source: string; readonly bytes: Uint8Array }> {
  try {
    if (name === "-") return { source: "<stdin>", bytes: await io.stdin(maxBytes) };
    return { source: name, bytes: await readBounded(resolve(io.cwd, name), maxBytes) };
  } catch (error) {
    if (!(error instanceof Error) || error.message !== "it is a directory")
      throw unread(name, error);
  }
  const source = join(name, "config.json");
  try {
    return { source, bytes: await readBounded(resolve(io.cwd, source), maxBytes) };
  } catch (error) {
    throw unread(source, error);
  }
}

function unread(name: string, error: unknown): UsageError {
  return new UsageError(`read ${name}: ${systemErrorText(error)}`, { cause: error });
}
