import { describe, expect, test } from "vitest";
import { eachElement, eachMember, guard, isUnreadable, whileReadable } from "./guard.ts";

const value = Object.freeze({
  good: 1,
  bad: 2,
  list: Object.freeze([{ n: 1 }, { n: "x" }, { n: 3 }]),
  map: { a: 1, b: 2 },
  cut: { known: 1 } as { known: number; unknown?: number },
});

function seen(...unreadable: string[]): typeof value {
  return guard(value, new Set(unreadable));
}

describe("a guard", () => {
  test("is the value itself where all is readable", () => {
    expect(seen()).toBe(value);
  });

  test("stops whoever reads an unreadable place, and nobody else", () => {
    expect(seen("/bad").good).toBe(1);
    expect(() => seen("/bad").bad).toThrow();
    expect(whileReadable(() => void seen("/bad").bad)).toBe(false);
    expect(whileReadable(() => void seen("/bad").good)).toBe(true);
  });

  test("stops whoever asks for what may only be missing because its object was cut off", () => {
    expect(seen("/x").cut.unknown).toBeUndefined();
    expect(() => seen("/cut").cut).toThrow();
    const { cut } = guard({ cut: value.cut }, new Set(["/cut/unknown"]));
    expect(cut.known).toBe(1);
    expect(() => cut.unknown).toThrow();
    expect(() => "missing" in guard({}, new Set([""]))).toThrow();
  });

  test("leaves values as they are in every other way, frozen ones too", () => {
    const view = seen("/bad");
    expect(Array.isArray(view.list)).toBe(true);
    expect(view.list.map(({ n }) => n)).toEqual([1, "x", 3]);
    expect(Object.entries(view.map)).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect("good" in view).toBe(true);
    expect(JSON.stringify(view.list)).toBe(JSON.stringify(value.list));
  });

  test("passes on errors that are not its own", () => {
    expect(() =>
      whileReadable(() => {
        throw new TypeError("a mistake in a rule");
      }),
    ).toThrow(TypeError);
    expect(isUnreadable(new Error("x"))).toBe(false);
  });

  test("lets lists and maps be visited, but for what is unreadable in them", () => {
    const view = seen("/list/1/n", "/map/a");
    const elements: unknown[] = [];
    eachElement(view.list, "/list", ({ n }, pointer) => elements.push([n, pointer]));
    expect(elements).toEqual([
      [1, "/list/0"],
      [3, "/list/2"],
    ]);
    const members: unknown[] = [];
    eachMember(view.map, "/map", (number, key, pointer) => members.push([number, key, pointer]));
    expect(members).toEqual([[2, "b", "/map/b"]]);
  });
});
