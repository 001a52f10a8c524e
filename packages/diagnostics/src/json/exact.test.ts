import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExact } from "./exact.ts";
import { readText } from "./reader.ts";
import { stringifyJson } from "./stringify.ts";

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.constantFrom("\ue000", "\\ue000", "\ue0001", '"', "12345678901234567890"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value")),
    fc.dictionary(fc.string(), tie("value")),
  ),
})).value;

describe("parseExact", () => {
  test("gives what the reader with positions gives", () => {
    fc.assert(
      fc.property(value, fc.constantFrom("", "  "), (json, indent) => {
        const text = stringifyJson(json, indent);
        expect(parseExact(text)).toEqual(readText(text, 64).value);
      }),
      { numRuns: 5000 },
    );
  });

  test("refuses what JSON.parse refuses", () => {
    for (const text of [
      "",
      "{",
      "01",
      "[1,]",
      "-",
      '{"a":1234567890123456789',
      "1234567890123456789x",
    ]) {
      expect(() => parseExact(text), text).toThrow(SyntaxError);
    }
  });

  test("takes no text for an integer, however it is written", () => {
    const text = String.raw`["\ue0001", "\uE0002", "12345678901234567890", 12345678901234567890]`;
    expect(parseExact(text)).toEqual([
      "\ue0001",
      "\ue0002",
      "12345678901234567890",
      12345678901234567890n,
    ]);
  });
});

describe("stringifyJson", () => {
  test("writes what JSON.stringify writes, and bigints as integers", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("", " ", "\t"), (json, indent) => {
        expect(stringifyJson(json, indent)).toBe(JSON.stringify(json, null, indent));
      }),
    );
    expect(stringifyJson({ a: 2n ** 64n - 1n })).toBe('{"a":18446744073709551615}');
  });

  test("leaves out what is undefined, as JSON.stringify does", () => {
    expect(stringifyJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });
});
