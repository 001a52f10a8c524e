import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstOutside, parseNumberList } from "./number-list.ts";

describe("a list of CPUs or memory nodes", () => {
  test("has numbers and ranges, which come out sorted and apart from each other", () => {
    expect(parseNumberList("7,0-3")).toEqual([
      [0, 3],
      [7, 7],
    ]);
    expect(parseNumberList("0-3,2-5,6")).toEqual([[0, 6]]);
  });

  test("may have blanks and empty entries", () => {
    expect(parseNumberList(" 1 ,, 2 ")).toEqual([[1, 2]]);
    expect(parseNumberList("")).toEqual([]);
  });

  test.each([
    ["0-", '"0-" is no number'],
    ["-1", '"-1" is no number'],
    ["a", '"a" is no number'],
    ["1 2", '"1 2" is no number'],
    ["3-1", '"3-1" ends before it begins'],
    ["0-65537", '"0-65537" goes past 65536'],
  ])("%j is none: %s", (text, message) => {
    expect(parseNumberList(text)).toContain(message);
  });
});

describe("the first number outside another list", () => {
  test("is found by looking at every number", () => {
    const list = fc.array(
      fc.tuple(fc.nat(20), fc.nat(5)).map(([first, more]) => `${first}-${first + more}`),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(list, list, (one, other) => {
        const numbers = (ranges: readonly string[]) =>
          ranges.flatMap((range) => {
            const [first = 0, last = 0] = range.split("-").map(Number);
            return Array.from({ length: last - first + 1 }, (_, index) => first + index);
          });
        const has = new Set(numbers(other));
        const wanted = numbers(one)
          .sort((a, b) => a - b)
          .find((number) => !has.has(number));
        const [left, right] = [parseNumberList(one.join()), parseNumberList(other.join())];
        if (typeof left === "string" || typeof right === "string") throw new Error("no list");
        expect(firstOutside(left, right)).toBe(wanted);
      }),
    );
  });
});
