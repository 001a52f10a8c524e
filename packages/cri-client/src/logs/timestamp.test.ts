import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTimestamp, parseTimestamp, toTimeNs } from "./timestamp.ts";

test("fractions of one to nine digits and offsets are read", () => {
  expect(parseTimestamp("1970-01-01T00:00:01Z")).toBe(1_000_000_000n);
  expect(parseTimestamp("1970-01-01T00:00:01.5Z")).toBe(1_500_000_000n);
  expect(parseTimestamp("1970-01-01T02:00:00.000000001+02:00")).toBe(1n);
});

test("what is no timestamp is none", () => {
  for (const text of ["", "now", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T00:00:00.Z"]) {
    expect(parseTimestamp(text)).toBeUndefined();
  }
});

test("every nanosecond is written as it is read", () => {
  const century = 3_155_760_000n * 1_000_000_000n;
  fc.assert(
    fc.property(fc.bigInt({ min: -century, max: century }), (timeNs) => {
      expect(parseTimestamp(formatTimestamp(timeNs))).toBe(timeNs);
    }),
  );
});

test("a moment may be milliseconds, a Date or text", () => {
  expect(toTimeNs(1.5)).toBe(1_500_000n);
  expect(toTimeNs(new Date(2))).toBe(2_000_000n);
  expect(toTimeNs("1970-01-01T00:00:00.000000003Z")).toBe(3n);
  expect(() => toTimeNs("yesterday")).toThrow(TypeError);
  expect(() => toTimeNs(Number.NaN)).toThrow(TypeError);
});
