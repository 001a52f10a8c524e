import { fieldsOf, type MessageField, type MessageTable } from "./message-table.ts";
import { toBase64, wellKnownForms } from "./well-known.ts";

export interface ToJsonOptions {
  /** Fields that have their default too; otherwise only what says something. */
  readonly defaults?: boolean;
  /** Names as in the .proto file; JSON names otherwise. */
  readonly protoNames?: boolean;
  /** 64-bit integers as numbers or bigints; as text otherwise, which is what the JSON form says. */
  readonly wideIntegers?: boolean;
}

/**
 * The JSON form of a message, as a plain value. The message is one that ts-proto's code made: fields by their JSON names,
 * 64-bit integers as bigints, enums as numbers.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function toJson(
  table: MessageTable,
  message: string,
  value: object,
  options: ToJsonOptions = {},
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const field of fieldsOf(table, message).all) {
    const member: unknown = Reflect.get(value, field.jsonName);
    if (!options.defaults && isDefault(field, member)) continue;
    if (member === undefined && field.kind === "message" && field.label === "one") {
      json[nameOf(field, options)] = null;
      continue;
    }
    json[nameOf(field, options)] = memberToJson(table, field, member, options);
  }
  return json;
}

function nameOf(field: MessageField, { protoNames = false }: ToJsonOptions): string {
  return protoNames ? field.protoName : field.jsonName;
}

function isDefault({ label }: MessageField, member: unknown): boolean {
  if (member === undefined || member === null) return true;
  if (label === "repeated") return (member as unknown[]).length === 0;
  if (label === "map") return Object.keys(member).length === 0;
  if (member instanceof Uint8Array) return member.length === 0;
  return member === "" || member === 0 || member === 0n || member === false;
}

function memberToJson(
  table: MessageTable,
  field: MessageField,
  member: unknown,
  options: ToJsonOptions,
): unknown {
  const one = (value: unknown): unknown => singleToJson(table, field, value, options);
  switch (field.label) {
    case "repeated":
      return ((member ?? []) as unknown[]).map(one);
    case "map":
      return Object.fromEntries(
        Object.entries(member ?? {}).map(([key, value]) => [key, one(value)]),
      );
    case "one":
      return one(member);
  }
}

function singleToJson(
  table: MessageTable,
  { kind, type }: MessageField,
  value: unknown,
  options: ToJsonOptions,
): unknown {
  if (kind === "message") return toJson(table, type, value as object, options);
  if (kind === "enum") {
    const names = Object.entries(table.enums[type] ?? {});
    // A number that this side does not know yet is still worth showing.
    return names.find(([, number]) => number === value)?.[0] ?? value;
  }
  if (type === "bytes") return toBase64(value as Uint8Array);
  // What is no UTF-8 is lost, as it is in Go's form of such a field.
  if (type === "text") return new TextDecoder().decode(value as Uint8Array);
  if (type === "int64" || type === "uint64") {
    if (!options.wideIntegers) return String(value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return (table.forms?.[type] ?? wellKnownForms[type])?.toJson(value) ?? value;
}
