import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { BinaryReader, BinaryWriter, noBytes } from "./index.ts";

/** One field as both writers take it. */
type Value =
  | {
      readonly type: "uint32" | "int32" | "sint32" | "fixed32" | "sfixed32";
      readonly value: number;
    }
  | { readonly type: "float" | "double"; readonly value: number }
  | {
      readonly type: "uint64" | "int64" | "sint64" | "fixed64" | "sfixed64";
      readonly value: bigint;
    }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "bytes"; readonly value: Uint8Array };

const of = <Type extends Value["type"], T>(
  type: Type,
  values: fc.Arbitrary<T>,
): fc.Arbitrary<{ readonly type: Type; readonly value: T }> =>
  values.map((value) => ({ type, value }));

const uint32 = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 0xffffffff }));
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 1n << 40n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);
const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const text = fc.oneof(
  fc.string({ maxLength: 100 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.nat(400).map((length) => "é".repeat(length)),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  of("uint32", uint32),
  of("int32", int32),
  of("sint32", int32),
  of("fixed32", uint32),
  of("sfixed32", int32),
  of("float", fc.float({ noNaN: true })),
  of("double", fc.double({ noNaN: true })),
  of("uint64", uint64),
  of("int64", int64),
  of("sint64", int64),
  of("fixed64", uint64),
  of("sfixed64", int64),
  of("bool", fc.boolean()),
  of("string", text),
  of("bytes", fc.uint8Array({ maxLength: 300 })),
);

function writeOurs(writer: BinaryWriter, { type, value }: Value): void {
  // as: the value is of its type; the compiler does not follow the pair.
  (writer[type] as (value: unknown) => BinaryWriter).call(writer, value);
}

function writeOracle(writer: protobuf.Writer, { type, value }: Value): void {
  const given = typeof value === "bigint" ? toLong(value, type.startsWith("u")) : value;
  (writer[type] as (value: unknown) => protobuf.Writer).call(writer, given);
}

/** The low and high half: what protobufjs takes where there is no 64-bit number. */
function toLong(value: bigint, unsigned: boolean): object {
  const bits = BigInt.asUintN(64, value);
  const low = Number(BigInt.asIntN(32, bits));
  return { low, high: Number(BigInt.asIntN(32, bits >> 32n)), unsigned };
}

describe("BinaryWriter", () => {
  test("writes every type byte for byte as protobufjs does", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const ours = new BinaryWriter();
        const oracle = protobuf.Writer.create();
        for (const one of values) {
          writeOurs(ours, one);
          writeOracle(oracle, one);
        }
        expect(Buffer.from(ours.finish()).equals(oracle.finish())).toBe(true);
      }),
    );
  });

  test("puts the length in front of a message however long it gets, and however deep", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { minLength: 1, maxLength: 5 }), (sizes) => {
        const ours = new BinaryWriter().uint32(7);
        const oracle = protobuf.Writer.create().uint32(7);
        for (const size of sizes) {
          ours.tag(1, 2).fork().bytes(new Uint8Array(size).fill(size));
          oracle.uint32(10).fork().bytes(new Uint8Array(size).fill(size));
        }
        for (const _ of sizes) {
          ours.join();
          oracle.ldelim();
        }
        expect(Buffer.from(ours.finish()).equals(oracle.finish())).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("gives each message bytes that nobody writes to afterwards", () => {
    const messages: Uint8Array[] = [];
    for (let turn = 0; turn < 3000; turn++) {
      const left = new BinaryWriter().uint32(turn);
      const right = new BinaryWriter().string(`m${turn}`);
      messages.push(right.finish(), left.finish());
      // A writer may go on after finish, and one may never be finished.
      expect(left.uint32(1).finish()).toEqual(Uint8Array.of(1));
      new BinaryWriter().string("abandoned");
    }
    for (let turn = 0; turn < 3000; turn++) {
      expect(new BinaryReader(messages[2 * turn] ?? noBytes).string()).toBe(`m${turn}`);
      expect(new BinaryReader(messages[2 * turn + 1] ?? noBytes).uint32()).toBe(turn);
    }
  });

  test("refuses numbers that are not of the type", () => {
    const writer = new BinaryWriter();
    for (const [type, bad] of [
      ["uint32", -1],
      ["uint32", 1.5],
      ["uint32", 2 ** 32],
      ["int32", 2 ** 31],
      ["sint32", Number.NaN],
      ["fixed32", -1],
      ["sfixed32", 2 ** 31],
    ] as const) {
      expect(() => writer[type](bad), `${type} ${bad}`).toThrow(RangeError);
    }
    for (const [type, bad] of [
      ["uint64", -1n],
      ["uint64", 1n << 64n],
      ["int64", 1n << 63n],
      ["sint64", -(1n << 63n) - 1n],
      ["fixed64", -1n],
      ["sfixed64", 1n << 63n],
      ["int64", "many"],
    ] as const) {
      expect(() => writer[type](bad), `${type} ${bad}`).toThrow(RangeError);
    }
    expect(() => writer.join()).toThrow("join without fork");
  });
});

describe("BinaryReader", () => {
  test("reads every type that the writer wrote", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const writer = new BinaryWriter();
        for (const one of values) writeOurs(writer, one);
        const reader = new BinaryReader(writer.finish());
        for (const { type, value } of values) expect(reader[type]()).toEqual(value);
        expect(reader.pos).toBe(reader.len);
      }),
    );
  });

  test("passes over fields of every kind, groups in groups too", () => {
    const group = Uint8Array.of(0x0b, 0x08, 1, 0x13, 0x14, 0x0c);
    const bytes = new BinaryWriter().uint32(300).fixed64(1n).bytes(Uint8Array.of(1, 2)).fixed32(1);
    const reader = new BinaryReader(bytes.raw(group).uint32(9).finish());
    for (const wireType of [0, 1, 2, 5]) reader.skip(wireType);
    expect(reader.tag()).toEqual([1, 3]);
    reader.skip(3, 1);
    expect(reader.uint32()).toBe(9);
  });

  test("never reads beyond its end, whatever it is given", () => {
    const types = [
      "uint32",
      "int32",
      "sint32",
      "uint64",
      "int64",
      "sint64",
      "bool",
      "string",
      "bytes",
      "double",
      "float",
      "fixed64",
    ] as const;
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }),
        fc.array(fc.constantFrom(...types, 0, 1, 2, 3, 4, 5, 6, 7), { maxLength: 10 }),
        (bytes, steps) => {
          const reader = new BinaryReader(bytes);
          try {
            for (const step of steps) {
              if (typeof step === "number") reader.skip(step);
              else reader[step]();
              expect(reader.pos).toBeLessThanOrEqual(bytes.length);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("refuses groups nested deeper than any message", () => {
    const reader = new BinaryReader(new Uint8Array(10_000).fill(0x0b));
    expect(() => reader.skip(3)).toThrow("nested too deep");
  });

  test("drops what a 32-bit number has above, as every reader does", () => {
    const negative = new BinaryWriter().int32(-2).finish();
    expect(negative.length).toBe(10);
    expect(new BinaryReader(negative).int32()).toBe(-2);
    expect(new BinaryReader(negative).uint32()).toBe(0xfffffffe);
  });
});
