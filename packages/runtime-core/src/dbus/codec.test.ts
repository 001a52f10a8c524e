import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError, Reader } from "./decode.ts";
import { encodeValue, Writer } from "./encode.ts";
import { decodeMessage, encodeMessage, messageBytes, messageMaxBytes } from "./message.ts";
import { type DbusType, type DbusValue, parseSignature, SignatureError } from "./signature.ts";

function encode(signature: string, value: DbusValue, before = 0): Uint8Array {
  const to = new Writer();
  for (let i = 0; i < before; i++) to.byte(0xee);
  encodeValue(to, parseSignature(signature)[0] as DbusType, value);
  return to.bytes().slice(before);
}

const decode = (signature: string, bytes: Uint8Array): DbusValue =>
  new Reader(bytes).value(parseSignature(signature)[0] as DbusType);

describe("a signature", () => {
  test.for(["", "s", "a(ss)", "a{sv}", "aaay", "(i(tx)a{s(du)})v", "sba(sv)"])(
    "%o has complete types only",
    (signature) => expect(() => parseSignature(signature)).not.toThrow(),
  );

  test.for([
    "a",
    "(",
    "()",
    "(s",
    "s)",
    "{sv}",
    "a{s}",
    "a{vs}",
    "a{svs}",
    "z",
    `${"a".repeat(40)}s`,
  ])("%o is none", (signature) => expect(() => parseSignature(signature)).toThrow(SignatureError));

  test("has 255 letters at the most", () => {
    expect(parseSignature("s".repeat(255))).toHaveLength(255);
    expect(() => parseSignature("s".repeat(256))).toThrow(SignatureError);
  });
});

describe("a value", () => {
  test("is written little-endian, each at a multiple of its size", () => {
    expect(encode("u", 0x01020304)).toEqual(Uint8Array.of(4, 3, 2, 1));
    expect(encode("q", 5, 1)).toEqual(Uint8Array.of(0, 5, 0));
    expect(encode("t", 1n, 4)).toEqual(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0));
    expect(encode("s", "ä")).toEqual(Uint8Array.of(2, 0, 0, 0, 0xc3, 0xa4, 0));
    expect(encode("g", "as")).toEqual(Uint8Array.of(2, 0x61, 0x73, 0));
    expect(encode("v", { signature: "b", value: true })).toEqual(
      Uint8Array.of(1, 0x62, 0, 0, 1, 0, 0, 0),
    );
  });

  test("of an array does not count what stands before its first element", () => {
    const array = encode("at", [7n]);
    expect(array).toEqual(Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0));
    expect(encode("a(ss)", [])).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0));
  });

  test("that is not of its type is a fault of ours", () => {
    for (const [signature, value] of [
      ["s", 1],
      ["t", 1],
      ["u", "1"],
      ["b", 1],
      ["(ss)", ["one"]],
      ["v", "text"],
      ["v", { signature: "ss", value: "x" }],
      ["s", "with\0nul"],
    ] as const) {
      expect(() => encode(signature, value), signature).toThrow(TypeError);
    }
  });
});

const anyBigint = (signed: boolean): fc.Arbitrary<bigint> =>
  signed
    ? fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })
    : fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", "?"));

/** A type and a value of it. */
type Typed = readonly [signature: string, value: DbusValue];

const plain: fc.Arbitrary<Typed> = fc.oneof(
  fc.tuple(fc.constant("y"), fc.nat(255)),
  fc.tuple(fc.constant("b"), fc.boolean()),
  fc.tuple(fc.constant("n"), fc.integer({ min: -32768, max: 32767 })),
  fc.tuple(fc.constant("q"), fc.nat(65535)),
  fc.tuple(fc.constant("i"), fc.integer()),
  fc.tuple(fc.constant("u"), fc.nat(0xffffffff)),
  fc.tuple(fc.constant("x"), anyBigint(true)),
  fc.tuple(fc.constant("t"), anyBigint(false)),
  fc.tuple(fc.constant("d"), fc.double({ noNaN: true })),
  fc.tuple(fc.constant("s"), text),
  fc.tuple(fc.constant("ay"), fc.uint8Array({ maxLength: 20 })),
);

/** Values of values. */
const around = (inner: fc.Arbitrary<Typed>): fc.Arbitrary<Typed> =>
  fc.oneof(
    inner,
    inner.map(([signature, value]): Typed => ["v", { signature, value }]),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((all): Typed => {
      const signatures = all.map(([signature]) => signature);
      return [`(${signatures.join("")})`, all.map(([, value]) => value)];
    }),
    fc
      .tuple(inner, fc.nat(3))
      .filter(([[signature]]) => signature !== "y")
      .map(([[signature, value], count]): Typed => [`a${signature}`, Array(count).fill(value)]),
  );

const typed = around(around(around(plain)));

describe("the codec", () => {
  test("reads what it wrote", () => {
    fc.assert(
      fc.property(typed, fc.nat(0xffffffff), ([signature, value], serial) => {
        const message = { kind: 4, serial, path: "/a", member: "M", signature, body: [value] };
        const bytes = encodeMessage(message);
        expect(messageBytes(bytes)).toBe(bytes.length);
        expect(decodeMessage(bytes)).toEqual(message);
      }),
      { numRuns: 500 },
    );
  });

  test("answers bytes that are no message with an error of its own, whatever they are", () => {
    const whole = encodeMessage({
      kind: 2,
      serial: 1,
      replySerial: 7,
      signature: "a(sv)s",
      body: [[["A", { signature: "as", value: ["x"] }]], "text"],
    });
    const attempt = (bytes: Uint8Array): void => {
      try {
        messageBytes(bytes);
        decodeMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, size) => {
        const broken = whole.slice();
        broken[at] = byte;
        attempt(broken);
        attempt(broken.subarray(0, size));
      }),
      { numRuns: 1000 },
    );
  });

  test("takes no message larger than its bound, before a byte of it is read", () => {
    const prefix = new Uint8Array(16);
    prefix.set([0x6c, 1, 0, 1]);
    new DataView(prefix.buffer).setUint32(4, messageMaxBytes, true);
    expect(() => messageBytes(prefix)).toThrow(/has \d+ bytes/);
  });

  test("follows variants in variants only so far", () => {
    const deep = Uint8Array.from(Array(200).fill([1, 0x76, 0]).flat());
    expect(() => decode("v", deep)).toThrow(/nested too deeply/);
  });

  test("takes of bytes what is UTF-8, and answers the rest with an error of its own", () => {
    const lead = fc.constantFrom(0x41, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5);
    const next = fc.constantFrom(0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0);
    const some = fc.array(fc.tuple(lead, fc.array(next, { maxLength: 3 })), { maxLength: 3 });
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(some, (parts) => {
        const bytes = Uint8Array.from(parts.flat(2));
        let expected: string | undefined;
        try {
          expected = strict.decode(bytes);
        } catch {
          expected = undefined;
        }
        const message = Uint8Array.of(bytes.length, 0, 0, 0, ...bytes, 0);
        if (expected === undefined) expect(() => decode("s", message)).toThrow(DecodeError);
        else expect(decode("s", message)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test("refuses text that is not UTF-8", () => {
    for (const bad of [[0xff], [0xc3], [0xc3, 0x28], [0xed, 0xf5, 0x80], [0x80]].concat([
      // Beyond the last character, written with more bytes than it needs, half of a pair.
      [0xf4, 0xbf, 0xbf, 0xbf],
      [0xe0, 0x80, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xed, 0xa0, 0x80],
    ])) {
      expect(() => decode("s", Uint8Array.of(bad.length, 0, 0, 0, ...bad, 0))).toThrow(DecodeError);
    }
  });
});
