import {
  fromBase64,
  fromJson,
  type MessageTable,
  toBase64,
  toJson,
} from "@ocikit/diagnostics/proto";
import { messageTable } from "../generated/message-table.ts";
import { codecOf } from "./codecs.ts";

/** Type URLs of documents of the runtime-spec begin so; their payloads are JSON. */
export const specPrefix = "types.containerd.io/opencontainers/runtime-spec/";

/** The full name of the message a type URL means: what stands behind the last slash. */
export function messageOfUrl(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}

interface Packed {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/**
 * An `Any` with the fields of what it holds, or the document under `value`. One whose type is unknown, or whose bytes are
 * not of its type, has its bytes under `value`.
 */
function anyToJson(message: unknown): unknown {
  const { typeUrl, value } = message as Packed;
  const bytes = { "@type": typeUrl, value: toBase64(value) };
  try {
    if (typeUrl.startsWith(specPrefix)) {
      return { "@type": typeUrl, value: JSON.parse(Buffer.from(value).toString()) };
    }
    const name = messageOfUrl(typeUrl);
    const codec = codecOf(name);
    const short = messageTable.types[name];
    if (codec === undefined || short === undefined) return bytes;
    const held = codec.decode(value) as object; // as: what codecs decode are messages
    return { "@type": typeUrl, ...toJson(table, short, held) };
  } catch {
    return bytes;
  }
}

function anyFromJson(json: unknown): Packed {
  const { "@type": typeUrl, ...rest } = json as Record<string, unknown>;
  if (typeof typeUrl !== "string") throw new TypeError("an Any without @type");
  if (typeUrl.startsWith(specPrefix)) {
    return { typeUrl, value: new Uint8Array(Buffer.from(JSON.stringify(rest.value ?? {}))) };
  }
  const name = messageOfUrl(typeUrl);
  const codec = codecOf(name);
  const short = messageTable.types[name];
  if (codec === undefined || short === undefined || isBytes(short, rest)) {
    return { typeUrl, value: fromBase64(String(rest.value ?? "")) };
  }
  return { typeUrl, value: codec.encode(codec.fromPartial(fromJson(table, short, rest))).finish() };
}

/** Whether what stands beside `@type` is bytes, and not a field of a message that calls one so. */
export function isBytes(short: string, rest: Readonly<Record<string, unknown>>): boolean {
  const [only, ...more] = Object.keys(rest);
  const field = messageTable.messages[short]?.value;
  return (
    only === "value" && more.length === 0 && field === undefined && typeof rest.value === "string"
  );
}

/** What is known of the protocol's messages for their JSON form. */
export const table: MessageTable = {
  ...messageTable,
  forms: { "google.protobuf.Any": { toJson: anyToJson, fromJson: anyFromJson } },
};

/** A message in the JSON form of proto3, by its full name. Throws a TypeError for a name that is none. */
export function messageToJson(name: string, message: unknown): Record<string, unknown> {
  const short = messageTable.types[name];
  if (short === undefined) {
    if (name === "google.protobuf.Any") return anyToJson(message) as Record<string, unknown>;
    if (name === "google.protobuf.Empty") return {};
    throw new TypeError(`no message is called ${name}`);
  }
  return toJson(table, short, message as object); // as: messages are objects
}
