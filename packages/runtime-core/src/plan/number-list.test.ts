import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNumberList } from "./number-list.ts";

describe("a list of CPUs or memory nodes", () => {
  test.each([
    ["0", [1]],
    ["0-3,7", [0x8f]],
    ["8,8-9", [0, 3]],
    [" 1 , 2 ", [6]],
  ])("%j sets the bits of its numbers", (list, bytes) => {
    const mask = parseNumberList(list, "");
    expect(mask.length % 8).toBe(0);
    expect([...mask.slice(0, bytes.length)]).toEqual(bytes);
    expect(mask.slice(bytes.length).every((byte) => byte === 0)).toBe(true);
  });

  test("whatever numbers it names are the ones whose bits are set", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(8191), { minLength: 1, maxLength: 20 }), (numbers) => {
        const mask = parseNumberList(numbers.join(","), "");
        const set = [...mask].flatMap((byte, at) =>
          [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (1 << bit)).map((bit) => at * 8 + bit),
        );
        expect(set).toEqual([...numbers].sort((a, b) => a - b));
      }),
    );
  });

  test.each(["", "a", "1-", "3-1", "-1", "8192", "1,,2", "99999999999999999999"])(
    "%j is refused",
    (list) => {
      expect(() => parseNumberList(list, "/process/execCPUAffinity/final")).toThrow(
        expect.objectContaining({
          code: "INVALID_CONFIG",
          pointer: "/process/execCPUAffinity/final",
        }),
      );
    },
  );
});
