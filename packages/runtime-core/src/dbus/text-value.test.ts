import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTextValue, TextValueError } from "./text-value.ts";

describe("a value as text", () => {
  test.for([
    ["true", "b", true],
    ["false", "b", false],
    ["5", "i", 5],
    ["-5", "i", -5],
    ["0x10", "i", 16],
    ["2.5", "d", 2.5],
    ["uint64 123456789", "t", 123456789n],
    ["uint32 4294967295", "u", 4294967295],
    ["int64 -1", "x", -1n],
    ["byte 255", "y", 255],
    ["double 3", "d", 3],
    ["'inactive-or-failed'", "s", "inactive-or-failed"],
    ['"it\'s"', "s", "it's"],
    ["'a\\'b\\n'", "s", "a'b\n"],
    ["['a', 'b']", "as", ["a", "b"]],
    ["@as []", "as", []],
    ["[byte 1, 2]", "ay", Uint8Array.of(1, 2)],
    ["@ay [1, 255]", "ay", Uint8Array.of(1, 255)],
    ["[('/dev/null', 'rw')]", "a(ss)", [["/dev/null", "rw"]]],
    [" uint64\t7 ", "t", 7n],
  ] as const)("%s is of type %s", ([text, signature, value]) => {
    expect(parseTextValue(text)).toEqual({ signature, value });
  });

  test.for([
    "",
    "text",
    "5 6",
    "[]",
    "['a', 5]",
    "uint64",
    "uint64 -1",
    "byte 256",
    "uint32 1.5",
    "@as 'a'",
    "('a'",
    "'a",
    "[1,",
    "uint64 'a'",
    "string 5",
    "boolean 1",
    "[[[[[[[[[[[[1]]]]]]]]]]]]",
  ])("%o is none", (text) => {
    expect(() => parseTextValue(text)).toThrow(TextValueError);
  });

  test("is read or refused, whatever it is", () => {
    const letters = fc.constantFrom(..."[](),'\"@asuint6432 byte-0.x\\");
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 40 }), (text) => {
        try {
          parseTextValue(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TextValueError);
        }
      }),
    );
  });
});
