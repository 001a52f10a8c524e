import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isExcepted, readDeviceRules } from "./device-rules.ts";
import type { LinuxDeviceRule } from "./generated/types.ts";

const denyAll: LinuxDeviceRule = { allow: false, access: "rwm" };
const allowAll: LinuxDeviceRule = { allow: true, access: "rwm" };

function allow(type: string, major: number, minor?: number, access = "rwm"): LinuxDeviceRule {
  return { allow: true, type, major, access, ...(minor !== undefined && { minor }) };
}

function deny(type: string, major: number, minor?: number, access = "rwm"): LinuxDeviceRule {
  return { ...allow(type, major, minor, access), allow: false };
}

describe("rules for devices", () => {
  test("are what holds for all, and exceptions from it", () => {
    const rules = readDeviceRules([denyAll, allow("c", 10, 229), allow("b", 8)]);
    expect(rules).toMatchObject({ rest: "deny", undone: [], holes: [], missed: [] });
    expect(isExcepted(rules, "c", 10, 229)).toBe(true);
    expect(isExcepted(rules, "c", 10, 200)).toBe(false);
    expect(isExcepted(rules, "b", 10, 229)).toBe(false);
    expect(isExcepted(rules, "b", 8, 16)).toBe(true);
  });

  test("start anew with a rule for all: what it says itself is not taken back", () => {
    expect(readDeviceRules([denyAll, allow("c", 10, 229), allowAll])).toMatchObject({
      rest: "allow",
      undone: [],
    });
  });

  test("are undone by a later rule for all that says the opposite", () => {
    expect(readDeviceRules([denyAll, allow("c", 10, 229), denyAll]).undone).toEqual([
      { rule: 1, by: 2 },
    ]);
    expect(readDeviceRules([allowAll, deny("c", 10, 229), allowAll]).undone).toEqual([
      { rule: 1, by: 2 },
    ]);
  });

  test("are undone when later rules for the same numbers take all their access back", () => {
    const list = [denyAll, allow("c", 10, 229, "rw"), deny("c", 10, 229, "w")];
    expect(readDeviceRules(list).undone).toEqual([]);
    expect(readDeviceRules([...list, deny("c", 10, 229, "r")]).undone).toEqual([
      { rule: 1, by: 3 },
    ]);
  });

  test("cannot make an exception from one with a wildcard", () => {
    expect(readDeviceRules([denyAll, allow("c", 10), deny("c", 10, 200)]).holes).toEqual([
      { rule: 2, in: 1 },
    ]);
    expect(
      readDeviceRules([denyAll, allow("c", 10, undefined, "m"), deny("c", 10, 200, "rw")]).holes,
    ).toEqual([]);
  });

  test("with a wildcard leave those for fewer devices as they are", () => {
    expect(readDeviceRules([denyAll, allow("c", 10, 200), deny("c", 10)]).missed).toEqual([
      { rule: 2, kept: 1 },
    ]);
    expect(readDeviceRules([denyAll, allow("c", 10, 200), denyAll, deny("c", 10)]).missed).toEqual(
      [],
    );
  });

  test("that do not get in each other's way mean that the last one that fits decides", () => {
    const number = fc.constantFrom(undefined, 1, 2);
    const rule = fc.record(
      {
        allow: fc.boolean(),
        type: fc.constantFrom("a", "b", "c"),
        major: number,
        minor: number,
        access: fc.constantFrom("r", "w", "rw", "rwm"),
      },
      { requiredKeys: ["allow", "access"] },
    ) as fc.Arbitrary<LinuxDeviceRule>;
    const whole = rule.map((one) =>
      one.type === undefined || one.type === "a" || (one.minor && !one.major)
        ? { allow: one.allow, access: "rwm" }
        : one,
    );
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 6 }), (list) => {
        const read = readDeviceRules([denyAll, ...list]);
        fc.pre(read.holes.length === 0 && read.missed.length === 0);
        for (const type of ["b", "c"]) {
          for (const [major, minor] of [
            [1, 1],
            [1, 2],
            [2, 1],
            [3, 3],
          ] as const) {
            const fitting = list.filter(
              (one) =>
                (one.type === undefined || one.type === type) &&
                (one.major === undefined || one.major === major) &&
                (one.minor === undefined || one.minor === minor),
            );
            const usable = ["r", "w", "m"].some((letter) => {
              const last = fitting.filter(({ access }) => access?.includes(letter)).at(-1);
              return last?.allow ?? false;
            });
            if (read.rest === "deny") expect(isExcepted(read, type, major, minor)).toBe(usable);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
