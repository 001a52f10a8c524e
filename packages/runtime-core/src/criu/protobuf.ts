import { utf8Room, writeUtf8 } from "../plan/utf8.ts";

/** A field of a protobuf message: its number and what it holds. What is undefined is not written. */
export type ProtoField = readonly [
  number: number,
  value: boolean | number | string | Uint8Array | undefined,
];

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * utf8Room);
  const end = writeUtf8(bytes, 0, text);
  if (end < 0) throw new TypeError("a text with a NUL");
  return bytes.subarray(0, end);
}

const wire = { varint: 0, bytes: 2 } as const;

/** Writes a protobuf message: numbers not below zero, texts, and messages as the bytes of their own. */
export function encodeProto(fields: readonly ProtoField[]): Uint8Array {
  const parts: (readonly number[] | Uint8Array)[] = [];
  for (const [number, value] of fields) {
    if (value === undefined) continue;
    const kind = typeof value === "boolean" || typeof value === "number" ? wire.varint : wire.bytes;
    parts.push(varint(number * 8 + kind));
    if (typeof value === "boolean" || typeof value === "number") parts.push(varint(Number(value)));
    else {
      const bytes = typeof value === "string" ? utf8(value) : value;
      parts.push(varint(bytes.length), bytes);
    }
  }
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
