import { posix } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanPath, isBelow } from "./path.ts";

test("a path is cleaned as if it were taken from the root", () => {
  const part = fc.constantFrom("", ".", "..", "a", ".b", "..c", "...");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.boolean(), (parts, absolute) => {
      const path = `${absolute ? "/" : ""}${parts.join("/")}`;
      expect(cleanPath(path)).toBe(posix.resolve("/", path));
    }),
  );
});

test("a text that is too long for a path is left as it is", () => {
  const long = `/${"../".repeat(2000)}`;
  expect(cleanPath(long)).toBe(long);
});

test("below a path is the path itself and what begins with it and a slash", () => {
  expect(isBelow("/a", "/a")).toBe(true);
  expect(isBelow("/a/b", "/a")).toBe(true);
  expect(isBelow("/ab", "/a")).toBe(false);
  expect(isBelow("/a", "/")).toBe(true);
});
