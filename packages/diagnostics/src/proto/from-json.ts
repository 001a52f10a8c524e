import { fieldsOf, type MessageField, type MessageTable } from "./message-table.ts";
import { fromBase64, wellKnownForms } from "./well-known.ts";

/**
 * What `fromPartial` of a message's generated code completes, from the message's canonical JSON form: enums as numbers,
 * 64-bit integers as bigints, bytes as bytes. The form must be valid; what it is not is left as it is.
 */
export function fromJson(
  table: MessageTable,
  message: string,
  value: object,
): Record<string, unknown> {
  const fields = fieldsOf(table, message);
  const partial: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const field = fields.find(name);
    if (field !== undefined && member !== null)
      partial[field.jsonName] = fieldFromJson(table, field, member);
  }
  return partial;
}

function fieldFromJson(table: MessageTable, field: MessageField, member: unknown): unknown {
  const one = (value: unknown): unknown => singleFromJson(table, field, value);
  switch (field.label) {
    case "repeated":
      return (member as unknown[]).map(one);
    case "map":
      return Object.fromEntries(
        Object.entries(member as object).map(([key, value]) => [key, one(value)]),
      );
    case "one":
      return one(member);
  }
}

function singleFromJson(
  table: MessageTable,
  { kind, type }: MessageField,
  value: unknown,
): unknown {
  if (kind === "message") return fromJson(table, type, value as object);
  if (kind === "enum") return table.enums[type]?.[String(value)] ?? value;
  if (type === "bytes") return fromBase64(String(value));
  if (type === "text") return new TextEncoder().encode(String(value));
  if (type === "int64" || type === "uint64") return BigInt(value as string | number | bigint);
  if (type === "double" || type === "float") return Number(value);
  return (table.forms?.[type] ?? wellKnownForms[type])?.fromJson(value) ?? value;
}
