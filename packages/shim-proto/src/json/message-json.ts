import { RpcError } from "@ocikit/rpc";
import { enums, shapes } from "../generated/shapes.ts";
import type { JsonDocument, JsonValue } from "../payload.ts";
import { codecOf } from "./codecs.ts";
import { fromTimestampText, toTimestampText } from "./timestamp-text.ts";

type Plain = Readonly<Record<string, unknown>>;

const anyName = "google.protobuf.Any";
const timestampName = "google.protobuf.Timestamp";
const specPrefix = "types.containerd.io/opencontainers/runtime-spec/";
const wide = new Set(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);

/** The name a field has in TypeScript and JSON, of either form of its name. */
export function jsonNameOf(name: string): string {
  return name.replace(/_+(.)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * A message in the JSON form of proto3: 64-bit numbers and bytes as text, enums by name, times in RFC 3339, an `Any` with
 * the fields of what it holds. What has its zero value is left out.
 */
export function messageToJson(type: string, message: unknown): JsonValue {
  if (type === timestampName)
    return toTimestampText(message as Parameters<typeof toTimestampText>[0]);
  if (type === anyName) return anyToJson(message as { typeUrl: string; value: Uint8Array });
  const result: Record<string, JsonValue> = {};
  for (const [name, shape] of Object.entries(shapeOf(type))) {
    const value = (message as Plain)[name];
    if (!isZero(value) && !(shape.startsWith("map ") && isEmpty(value)))
      result[name] = valueToJson(shape, value);
  }
  return result;
}

function valueToJson(shape: string, value: unknown): JsonValue {
  if (shape.startsWith("[]")) {
    return (value as readonly unknown[]).map((item) => valueToJson(shape.slice(2), item));
  }
  if (shape.startsWith("map ")) {
    const [, , of = ""] = shape.split(" ");
    const entries = Object.entries(value as Plain);
    return Object.fromEntries(entries.map(([key, item]) => [key, valueToJson(of, item)]));
  }
  if (shape.startsWith("enum ")) {
    const names = enums[shape.slice("enum ".length)] ?? {};
    const found = Object.entries(names).find(([, number]) => number === value);
    return found?.[0] ?? Number(value);
  }
  if (shape === "bytes") return Buffer.from(value as Uint8Array).toString("base64");
  if (wide.has(shape)) return String(value);
  if (shape === "double" || shape === "float") {
    return Number.isFinite(value) ? (value as number) : String(value);
  }
  if (shape.includes(".")) return messageToJson(shape, value);
  return value as JsonValue; // as: text, a truth value or a 32-bit number is JSON as it is
}

function anyToJson({ typeUrl, value }: { typeUrl: string; value: Uint8Array }): JsonDocument {
  if (typeUrl.startsWith(specPrefix)) {
    return { "@type": typeUrl, value: JSON.parse(Buffer.from(value).toString()) as JsonValue };
  }
  const name = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const codec = codecOf(name);
  if (codec === undefined)
    return { "@type": typeUrl, value: Buffer.from(value).toString("base64") };
  return { "@type": typeUrl, ...(messageToJson(name, codec.decode(value)) as JsonDocument) };
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === "" || value === 0 || value === 0n || value === false)
    return true;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  return false;
}

function isEmpty(value: unknown): boolean {
  return Object.keys(value as Plain).length === 0;
}

/**
 * A message from the JSON form of proto3; fields may have either form of their names. Fails with INVALID_ARGUMENT, and
 * the place, for what does not fit.
 */
export function messageFromJson(type: string, json: unknown, at = ""): unknown {
  if (type === timestampName) {
    const timestamp = typeof json === "string" ? fromTimestampText(json) : undefined;
    if (timestamp === undefined) throw misfit(at, "a time as RFC 3339 writes it");
    return timestamp;
  }
  const object = toObject(json, at);
  if (type === anyName) return anyFromJson(object, at);
  const shape = shapeOf(type);
  const result: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(object)) {
    const name = jsonNameOf(given);
    const of = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (of === undefined) throw misfit(`${at}/${given}`, `no field of ${type}`);
    if (value !== null) result[name] = valueFromJson(of, value, `${at}/${given}`);
  }
  const codec = codecOf(type);
  if (codec === undefined) throw misfit(at, `${type} has no codec`);
  return codec.fromPartial(result);
}

function valueFromJson(shape: string, json: unknown, at: string): unknown {
  if (shape.startsWith("[]")) {
    if (!Array.isArray(json)) throw misfit(at, "a list");
    return json.map((item, index) => valueFromJson(shape.slice(2), item, `${at}/${index}`));
  }
  if (shape.startsWith("map ")) {
    const [, , of = ""] = shape.split(" ");
    const entries = Object.entries(toObject(json, at));
    return Object.fromEntries(
      entries.map(([key, item]) => [key, valueFromJson(of, item, `${at}/${key}`)]),
    );
  }
  if (shape.startsWith("enum ")) return enumFromJson(shape.slice("enum ".length), json, at);
  if (shape.includes(".")) return messageFromJson(shape, json, at);
  return scalarFromJson(shape, json, at);
}

function enumFromJson(name: string, json: unknown, at: string): number {
  const values = enums[name] ?? {};
  if (typeof json === "number" && Number.isInteger(json)) return json;
  const found = typeof json === "string" && Object.hasOwn(values, json) ? values[json] : undefined;
  if (found === undefined) throw misfit(at, `one of ${Object.keys(values).join(", ")}`);
  return found;
}

function scalarFromJson(shape: string, json: unknown, at: string): unknown {
  switch (shape) {
    case "string":
      if (typeof json === "string") return json;
      throw misfit(at, "text");
    case "bool":
      if (typeof json === "boolean") return json;
      throw misfit(at, "true or false");
    case "bytes":
      if (typeof json === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(json)) {
        return new Uint8Array(Buffer.from(json, "base64"));
      }
      throw misfit(at, "bytes in base64");
    case "double":
    case "float": {
      const number = typeof json === "string" && json.trim() !== "" ? Number(json) : json;
      if (typeof number === "number" && (!Number.isNaN(number) || json === "NaN")) return number;
      throw misfit(at, "a number");
    }
  }
  if (wide.has(shape)) return wideFromJson(shape, json, at);
  const number = typeof json === "string" && /^-?\d+$/.test(json) ? Number(json) : json;
  const [low, high] =
    shape.startsWith("u") || shape === "fixed32" ? [0, 2 ** 32] : [-(2 ** 31), 2 ** 31];
  if (typeof number === "number" && Number.isInteger(number) && number >= low && number < high) {
    return number;
  }
  throw misfit(at, `a whole number from ${low} to ${high - 1}`);
}

function wideFromJson(shape: string, json: unknown, at: string): bigint {
  const whole =
    typeof json === "bigint" || (typeof json === "number" && Number.isSafeInteger(json));
  if (whole || (typeof json === "string" && /^-?\d+$/.test(json))) {
    const value = BigInt(json as bigint | number | string); // as: one of the three, by the line above
    const unsigned = shape.startsWith("u") || shape === "fixed64";
    if ((unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) === value) return value;
  }
  throw misfit(at, `a whole number of 64 bits (as text where JSON can't say it)`);
}

function anyFromJson(object: Plain, at: string): { typeUrl: string; value: Uint8Array } {
  const { "@type": typeUrl, ...rest } = object;
  if (typeof typeUrl !== "string") throw misfit(`${at}/@type`, "a type URL");
  if (typeUrl.startsWith(specPrefix)) {
    return { typeUrl, value: new Uint8Array(Buffer.from(JSON.stringify(rest.value ?? {}))) };
  }
  const name = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const codec = codecOf(name);
  if (codec !== undefined) {
    return { typeUrl, value: codec.encode(messageFromJson(name, rest, at)).finish() };
  }
  return { typeUrl, value: scalarFromJson("bytes", rest.value ?? "", `${at}/value`) as Uint8Array };
}

function toObject(json: unknown, at: string): Plain {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Plain;
  throw misfit(at, "an object");
}

function shapeOf(type: string): Readonly<Record<string, string>> {
  const shape = Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) throw new RpcError("INVALID_ARGUMENT", `no message ${type}`);
  return shape;
}

function misfit(at: string, wanted: string): RpcError {
  return new RpcError(
    "INVALID_ARGUMENT",
    `${at === "" ? "/" : at}: ${wanted.startsWith("no field") ? wanted : `must be ${wanted}`}`,
  );
}
