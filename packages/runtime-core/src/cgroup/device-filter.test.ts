import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileDeviceFilter } from "./device-filter.ts";
import { type DeviceRule, deviceRules } from "./devices.ts";

interface Access {
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly access: string;
}

const bits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

/** What the kernel would answer: the few instructions that a filter is made of, carried out. */
function ask(program: Uint8Array, { type, major, minor, access }: Access): boolean {
  const view = new DataView(program.buffer);
  const mask = [...access].reduce((sum, letter) => sum | (bits[letter] ?? 0), 0);
  const context = new Map([
    [0, (mask << 16) | (type === "b" ? 1 : 2)],
    [4, major],
    [8, minor],
  ]);
  const registers: number[] = Array.from({ length: 11 }, () => Number.NaN);
  for (let at = 0; at < program.length / 8; at++) {
    const code = view.getUint8(at * 8);
    const dst = view.getUint8(at * 8 + 1) & 15;
    const src = view.getUint8(at * 8 + 1) >> 4;
    const offset = view.getInt16(at * 8 + 2, true);
    const number = view.getInt32(at * 8 + 4, true);
    const value = registers[dst] as number;
    if (code === 0x61) registers[dst] = context.get(offset) as number;
    else if (code === 0xbf) registers[dst] = registers[src] as number;
    else if (code === 0xb7) registers[dst] = number;
    else if (code === 0x57) registers[dst] = value & number;
    else if (code === 0x77) registers[dst] = value >>> number;
    else if (code === 0x55) at += value === number ? 0 : offset;
    else if (code === 0x5d) at += value === registers[src] ? 0 : offset;
    else if (code === 0x95) return registers[0] === 1;
    else throw new Error(`instruction ${code} is not expected`);
  }
  throw new Error("the filter runs off its end");
}

function isFor(rule: DeviceRule, asked: Access): boolean {
  if (rule.type === "a") return true;
  return (
    rule.type === asked.type &&
    (rule.major === undefined || rule.major === asked.major) &&
    (rule.minor === undefined || rule.minor === asked.minor) &&
    [...asked.access].every((letter) => rule.access.includes(letter))
  );
}

const letters = fc.constantFrom("r", "w", "m", "rw", "rm", "wm", "rwm");
const number = fc.constantFrom(0, 1, 2, 255, 1_048_575);
const rules = fc.array(
  fc.record({
    allow: fc.boolean(),
    type: fc.constantFrom("a", "b", "c"),
    major: fc.option(number, { nil: undefined }),
    minor: fc.option(number, { nil: undefined }),
    access: letters,
    from: fc.constantFrom(""),
  }),
  { maxLength: 8 },
);
const asked = fc.record({
  type: fc.constantFrom("b", "c"),
  major: number,
  minor: number,
  access: letters,
});

describe("the device filter of cgroup v2", () => {
  test("answers as the last rule that an access falls under", () => {
    fc.assert(
      fc.property(rules, asked, (given, access) => {
        const last = given.findLast((rule) => isFor(rule, access));
        expect(ask(compileDeviceFilter(given), access)).toBe(last?.allow ?? false);
      }),
      { numRuns: 500 },
    );
  });

  test("lets a container without rules use what every container may, and nothing else", () => {
    const program = compileDeviceFilter(deviceRules(undefined));
    const may = (type: "b" | "c", major: number, minor: number, access = "rw"): boolean =>
      ask(program, { type, major, minor, access });
    expect(may("c", 1, 3)).toBe(true);
    expect(may("c", 136, 7)).toBe(true);
    expect(may("b", 8, 0, "m")).toBe(true);
    expect(may("b", 8, 0, "r")).toBe(false);
    expect(may("c", 1, 1)).toBe(false);
    expect(may("c", 5, 1)).toBe(false);
  });

  test("carries nothing of rules before one for everything", () => {
    const all = { allow: true, type: "a" };
    const before = { allow: false, type: "c", major: 1, minor: 3, access: "r" };
    const program = compileDeviceFilter(deviceRules([before, all]));
    expect(program).toEqual(compileDeviceFilter(deviceRules([all])));
  });
});
