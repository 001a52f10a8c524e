import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, hasEscapes, textOf } from "./byte-text.ts";

test("UTF-8 reads as text, also beyond U+FFFF", () => {
  const text = "naïve/文/🦭";
  expect(textOf(new TextEncoder().encode(text))).toBe(text);
  expect(hasEscapes(text)).toBe(false);
});

test("any bytes come back as they were", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(bytesOf(textOf(bytes))).toEqual(bytes);
    }),
  );
});

test("a stray byte leaves the characters around it readable", () => {
  const text = textOf(Uint8Array.of(0x61, 0xff, 0xc3, 0xa9));
  expect(text).toBe("a\udcffé");
  expect(hasEscapes(text)).toBe(true);
});
