import { issueText } from "@ocikit/diagnostics";
import { fromJson } from "@ocikit/diagnostics/proto";
import { codecOf } from "../documents/codecs.ts";
import { documentsNamed } from "../documents/message-documents.ts";
import { table } from "../documents/table.ts";
import { UsageError } from "./usage.ts";

/**
 * Reads a message from its JSON form. What the protocol does not allow is refused with its place, unless it is forced:
 * who writes a shim wants to see what it says to that.
 */
export function readMessage(name: string, text: string, force = false): unknown {
  const documents = documentsNamed(name);
  if (documents !== undefined && !force) {
    const result = documents.checkText(text, { unknownFields: "error" });
    if (result.ok) return result.value;
    const errors = result.issues.filter(({ severity }) => severity === "error");
    throw new UsageError(errors.map(issueText).join("\nshimctl: "));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`the request is no JSON: ${error instanceof Error ? error.message : ""}`);
  }
  if (typeof json !== "object" || json === null) throw new UsageError("the request is no object");
  const form = table.forms?.[name];
  if (form !== undefined) return form.fromJson(json);
  const short = table.types[name];
  if (short === undefined) return {};
  return codecOf(name)?.fromPartial(fromJson(table, short, json));
}
