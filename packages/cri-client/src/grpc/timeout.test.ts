import { expect, test } from "vitest";
import { formatTimeout, parseTimeout } from "./timeout.ts";

test("a timeout is written in the finest unit that eight digits can hold", () => {
  expect(formatTimeout(1)).toBe("1m");
  expect(formatTimeout(0.2)).toBe("1m");
  expect(formatTimeout(99_999_999)).toBe("99999999m");
  expect(formatTimeout(100_000_000)).toBe("100000S");
  expect(formatTimeout(Number.MAX_SAFE_INTEGER)).toBe("99999999H");
  expect(formatTimeout(-5)).toBe("0m");
});

test("every unit is read", () => {
  expect(parseTimeout("2H")).toBe(7_200_000);
  expect(parseTimeout("2M")).toBe(120_000);
  expect(parseTimeout("2S")).toBe(2000);
  expect(parseTimeout("2m")).toBe(2);
  expect(parseTimeout("2000u")).toBe(2);
  expect(parseTimeout("2000000n")).toBe(2);
});

test("what is no timeout is none", () => {
  for (const text of ["", "1", "m", "1x", "-1m", "999999999m", "1 m"]) {
    expect(parseTimeout(text)).toBeUndefined();
  }
});
