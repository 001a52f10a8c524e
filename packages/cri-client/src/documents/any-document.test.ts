// Whatever stands in a document or comes over the wire is checked without a crash.
import { fieldsOf, type MessageCodec, type MessageField } from "@ocikit/diagnostics/proto";
import type { MessageType } from "@ocikit/rpc";
import fc, { type Arbitrary } from "fast-check";
import { describe, expect, test } from "vitest";
import { messageTable } from "../generated/message-table.ts";
import * as messages from "../generated/messages.ts";
import { documentsOf } from "./index.ts";

const roots = [
  "PodSandboxConfig",
  "ContainerConfig",
  ...Object.keys(messageTable.messages).filter((name) => name.endsWith("Request")),
] as const;

type Codec = MessageCodec<object> & MessageType<object>;

function codecOf(name: string): Codec {
  return Reflect.get(messages, name) as Codec; // as: every message of the table is one of the module's codecs
}

/** Words that rules look at, and others. */
const word = fc.oneof(
  fc.constantFrom("", "/", "/data", "../x", "a.b/c", "ALL", "CAP_SYS_ADMIN", "SIGTERM", "0-3", "é"),
  fc.constantFrom("localhost/x", "net.ipv4.ip_forward", "kernel.shmmax", "runtime/default", "::1"),
  fc.string({ maxLength: 12 }),
);
const number = fc.oneof(
  fc.constantFrom(0, 1, -1, 65_536, 2 ** 31 - 1),
  fc.integer({ min: -5, max: 2000 }),
);

/** Numbers that a scalar of protobuf can have. */
function anyNumber(type: string): Arbitrary<number | bigint> {
  const bits = BigInt(type.endsWith("64") ? 64 : 32);
  const signed = !type.startsWith("uint");
  const min = signed ? -(2n ** (bits - 1n)) : 0n;
  const max = 2n ** (signed ? bits - 1n : bits) - 1n;
  const near = number.map(BigInt).filter((one) => one >= min);
  const all = fc.oneof(near, fc.constantFrom(min, max), fc.bigInt({ min, max }));
  return bits === 64n ? all : all.map(Number);
}

/** A message as ts-proto has it, with any part of it there; enums may have numbers that nobody defined. */
function anyMessage(name: string, depth = 0): Arbitrary<Record<string, unknown>> {
  const fields: Record<string, Arbitrary<unknown>> = {};
  for (const field of fieldsOf(messageTable, name).all)
    fields[field.jsonName] = anyField(field, depth);
  return fc.record(fields, { requiredKeys: [] });
}

function anyField(field: MessageField, depth: number): Arbitrary<unknown> {
  const one = anyValue(field, depth);
  if (field.label === "repeated") return fc.array(one, { maxLength: 2 });
  if (field.label === "map") return fc.dictionary(word, one, { maxKeys: 2 });
  return one;
}

function anyValue({ kind, type }: MessageField, depth: number): Arbitrary<unknown> {
  if (kind === "message") return depth > 4 ? fc.constant({}) : anyMessage(type, depth + 1);
  if (kind === "enum") return fc.integer({ min: -1, max: 6 });
  if (type === "string") return word;
  if (type === "bool") return fc.boolean();
  if (type === "bytes") return fc.uint8Array({ maxLength: 4 });
  return anyNumber(type);
}

describe.each(roots)("%s", (name) => {
  test("of any content is checked", () => {
    const codec = codecOf(name);
    const schema = documentsOf(codec);
    fc.assert(
      fc.property(anyMessage(name), (init) => {
        const message = codec.decode(codec.encode(codec.fromPartial(init)).finish());
        const result = schema.checkMessage(message);
        if (!result.ok) expect(result.issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(["PodSandboxConfig", "ContainerConfig"])("a text for a %s", (name) => {
  test("may hold anything where anything stands", () => {
    const schema = documentsOf(codecOf(name));
    const leaf = fc.oneof(word, number, fc.constant(null), fc.boolean());
    const names = fieldsOf(messageTable, name).all.map(({ jsonName }) => jsonName);
    const inner = ["metadata", "name", "resources", "securityContext", "namespaceOptions", "mode"];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names, ...inner), tie("value"), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(value, (document) => {
        const result = schema.checkText(JSON.stringify(document), { source: "x.json" });
        if (!result.ok) expect(result.issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
