import { stringifyJson } from "@ocikit/diagnostics";
import { type MessageCodec, toJson } from "@ocikit/diagnostics/proto";
import { stringify as stringifyYaml } from "yaml";
import { messageTable } from "../generated/message-table.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";

type OutputFormat = "table" | "json" | "yaml";

/** Reads what `-o` says; `usual` is what the command prints otherwise. */
export function outputFormat(text: string | undefined, usual: OutputFormat): OutputFormat {
  if (text === undefined) return usual;
  if (text === "json" || text === "yaml" || text === "table") return text;
  throw new CliError(`-o takes table, json or yaml, not ${JSON.stringify(text)}`, 2);
}

/** A message in the form its protocol writes it in JSON, every field there. */
export function messageJson<T extends object>(
  codec: MessageCodec<T>,
  message: T,
): Record<string, unknown> {
  const name = messageTable.types[codec.$type];
  if (name === undefined) throw new TypeError(`${codec.$type} is no message of CRI`);
  return toJson(messageTable, name, message, { defaults: true });
}

/** Prints data for programs. */
export function printData(io: CliIo, format: "json" | "yaml", data: unknown): void {
  io.stdout.write(format === "json" ? `${stringifyJson(data, "  ")}\n` : stringifyYaml(data));
}

/** The `info` of a verbose answer: values that are JSON become what they say. */
export function parseInfo(info: Readonly<Record<string, string>>): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const [key, text] of Object.entries(info)) {
    const value = parseJson(text);
    // Runtimes that have one thing to say say all of it under this name.
    if (key === "info" && typeof value === "object" && value !== null)
      entries.push(...Object.entries(value));
    else entries.push([key, value]);
  }
  // Not by assignment: a key may be called __proto__.
  return Object.fromEntries(entries);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
