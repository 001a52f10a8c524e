import type { TextDocument, TextLimits } from "../document.ts";
import { JsonDocument } from "./json-document.ts";
import { type Fault, type ReadText, readText } from "./reader.ts";
import { decodeUtf8 } from "./utf8.ts";

export interface ParseTextOptions extends TextLimits {
  /** Name of the document in its issues, usually a path. */
  readonly source?: string | undefined;
}

/** See {@link TextLimits}. */
export const defaultMaxBytes: number = 64 * 1024 * 1024;
export const defaultMaxDepth: number = 64;

/**
 * Reads JSON text, or its UTF-8 bytes. Never throws for what is in the text: what is wrong becomes the
 * document's issues, and its value is as much as could be read.
 */
export function parseJson(
  input: string | Uint8Array,
  options: ParseTextOptions = {},
): TextDocument {
  const { maxBytes = defaultMaxBytes, maxDepth = defaultMaxDepth, source } = options;
  const size = typeof input === "string" ? input.length : input.byteLength;
  if (size > maxBytes) {
    const message = `the document has ${size} bytes, and the limit is ${maxBytes}`;
    const nothing = withFault(readText("", 0), { kind: "too-large", start: 0, end: 0, message });
    return new JsonDocument("", { ...nothing, value: undefined }, source);
  }
  if (typeof input === "string") return new JsonDocument(input, readText(input, maxDepth), source);
  const { text, fault } = decodeUtf8(input);
  const read = readText(text, maxDepth);
  if (!fault) return new JsonDocument(text, read, source);
  const { byte, offset } = fault;
  const found = input[byte]?.toString(16).padStart(2, "0");
  const message = `the byte ${found} (number ${byte}) is no UTF-8`;
  const bad: Fault = { kind: "syntax", start: offset, end: offset + 1, message };
  return new JsonDocument(text, withFault(read, bad), source);
}

function withFault(read: ReadText, fault: Fault): ReadText {
  return { ...read, faults: [...read.faults.filter(({ start }) => start !== fault.start), fault] };
}
