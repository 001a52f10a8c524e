import { DecodeError, Reader, typesOf } from "./decode.ts";
import { encodeValue, Writer } from "./encode.ts";
import { type DbusType, type DbusValue, parseSignature } from "./signature.ts";

/** Kinds of messages (Message Protocol: Message Format). */
export const messageKind = { call: 1, answer: 2, error: 3, signal: 4 } as const;

/** A message as far as we have a use for it. */
export interface DbusMessage {
  /** One of `messageKind`; others are to be ignored. */
  readonly kind: number;
  readonly serial: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  /** The call that this answers. */
  readonly replySerial?: number;
  readonly destination?: string;
  readonly signature?: string;
  readonly body: readonly DbusValue[];
}

const little = 0x6c;
const version = 1;

/** Codes and types of the header's fields that we read and write. */
const fields = [
  ["path", 1, "o"],
  ["interface", 2, "s"],
  ["member", 3, "s"],
  ["errorName", 4, "s"],
  ["replySerial", 5, "u"],
  ["destination", 6, "s"],
  ["signature", 8, "g"],
] as const;

const headerFields: DbusType = {
  kind: "array",
  element: { kind: "struct", fields: [{ kind: "basic", code: "y" }, { kind: "variant" }] },
};

/** The part of a message from which its size can be told. */
export const prefixBytes = 16;

/** What we take in one message; the answers that we wait for have a few hundred bytes. */
export const messageMaxBytes: number = 1 << 20;

/** Writes a message, little-endian. */
export function encodeMessage(message: DbusMessage): Uint8Array {
  const body = new Writer();
  const types = parseSignature(message.signature ?? "");
  for (const [index, type] of types.entries()) {
    encodeValue(body, type, message.body[index] as DbusValue);
  }
  const to = new Writer();
  to.byte(little);
  to.byte(message.kind);
  to.byte(0);
  to.byte(version);
  to.u32(body.size);
  to.u32(message.serial);
  const present = fields.flatMap(([name, code, signature]): DbusValue[] => {
    const value = message[name];
    return value === undefined ? [] : [[code, { signature, value }]];
  });
  encodeValue(to, headerFields, present);
  to.align(8);
  to.raw(body.bytes());
  return to.bytes();
}

function checkPrefix(prefix: Reader): { readonly body: number; readonly fields: number } {
  if (prefix.byte() !== little) throw new DecodeError("a D-Bus message is not little-endian");
  prefix.byte();
  prefix.byte();
  if (prefix.byte() !== version) throw new DecodeError("a D-Bus message has an unknown version");
  const body = prefix.u32();
  prefix.u32();
  return { body, fields: prefix.u32() };
}

/**
 * How many bytes a message has whose first `prefixBytes` are given.
 *
 * @throws DecodeError also when it has more than `messageMaxBytes`
 */
export function messageBytes(prefix: Uint8Array): number {
  const { body, fields: size } = checkPrefix(new Reader(prefix));
  const total = Math.ceil((prefixBytes + size) / 8) * 8 + body;
  if (total > messageMaxBytes) throw new DecodeError(`a D-Bus message has ${total} bytes`);
  return total;
}

/**
 * Reads a whole message.
 *
 * @throws DecodeError
 */
export function decodeMessage(bytes: Uint8Array): DbusMessage {
  checkPrefix(new Reader(bytes));
  const kind = bytes[1] as number;
  const from = new Reader(bytes, 8);
  const serial = from.u32();
  const found: Record<string, DbusValue> = {};
  for (const entry of from.value(headerFields) as readonly (readonly DbusValue[])[]) {
    const [code, variant] = entry as [number, { signature: string; value: DbusValue }];
    const field = fields.find(([, known]) => known === code);
    if (field === undefined) continue;
    if (variant.signature !== field[2]) {
      throw new DecodeError(`the header of a D-Bus message has a ${field[0]} of another type`);
    }
    found[field[0]] = variant.value;
  }
  from.align(8);
  const types = typesOf((found.signature as string | undefined) ?? "");
  return { ...found, kind, serial, body: types.map((type) => from.value(type)) };
}
