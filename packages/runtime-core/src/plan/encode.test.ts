import { spawnSync } from "node:child_process";
import table from "@ocikit/launcher/plan-ops.json" with { type: "json" };
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { builtFile, makeLauncher } from "../../test/native.ts";
import { RuntimeError } from "../error.ts";
import { type FieldType, type LaunchStep, symbolTables } from "../generated/plan-ops.ts";
import { encodePlan, stepAt } from "./encode.ts";

beforeAll(() => makeLauncher("build/dump"), 60_000);

/** Decodes with the launcher's own decoder, built with address and undefined-behaviour checks. */
function decode(plan: Uint8Array): { steps?: unknown; error?: string } {
  const dump = spawnSync(builtFile("dump"), { input: plan, encoding: "utf8", maxBuffer: 64 << 20 });
  if (dump.status === 0) return { steps: JSON.parse(dump.stdout) };
  if (dump.status === 1) return { error: dump.stderr.trim() };
  throw new Error(`the decoder failed: ${dump.stderr}`);
}

const text = fc
  .string({ unit: "binary", maxLength: 40 })
  .map((value) => Buffer.from(value.replaceAll("\0", "")).toString());
const u32 = fc.integer({ min: 0, max: 0xffffffff });

/** Values of a field, each with what the decoder makes of it. */
function field(type: FieldType): fc.Arbitrary<readonly [value: unknown, decoded: unknown]> {
  const symbols = symbolTables[type];
  if (symbols) {
    const all = Object.keys(symbols.values);
    const names = fc.subarray(all, { maxLength: symbols.list ? Math.min(5, all.length) : 1 });
    return names.map((chosen) => {
      const bits = chosen.reduce((sum, name) => {
        const number = BigInt(symbols.values[name] ?? 0);
        return sum | (symbols.bits ? 1n << number : number);
      }, 0n);
      return [
        symbols.list ? chosen : chosen[0],
        symbols.wire === "u64" ? String(bits) : Number(bits),
      ];
    });
  }
  switch (type) {
    case "str":
    case "template":
      return text.map((value) => [value, value]);
    case "strs":
      return fc.array(text, { maxLength: 6 }).map((value) => [value, value]);
    case "bool":
      return fc.boolean().map((value) => [value, value ? 1 : 0]);
    case "slot":
      return fc
        .option(fc.integer({ min: 0, max: 511 }), { nil: undefined })
        .map((value) => [value, value ?? 0xffffffff]);
    case "u64":
      return fc
        .bigInt({ min: 0n, max: (1n << 64n) - 1n })
        .map((value) => [
          value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value,
          String(value),
        ]);
    case "u32s":
    case "slots":
      return fc.array(u32, { maxLength: 6 }).map((value) => [value, value]);
    case "bytes":
      return fc
        .uint8Array({ maxLength: 30 })
        .map((value) => [value, Buffer.from(value).toString("hex")]);
    default:
      return u32.map((value) => [value, value]);
  }
}

interface Expected {
  readonly step: LaunchStep;
  readonly decoded: Readonly<Record<string, unknown>>;
}

const step: fc.Arbitrary<Expected> = fc.constantFrom(...table.ops).chain((op) =>
  fc
    .tuple(
      fc.constantFrom(...op.phases),
      text,
      ...op.fields.map(({ type }) => field(type as FieldType)),
    )
    .map(([phase, from, ...values]) => {
      const origin = { phase, op: op.name, from };
      const pairs = values as (readonly [unknown, unknown])[];
      const entries = (side: 0 | 1): Record<string, unknown> =>
        Object.fromEntries(op.fields.map(({ name }, index) => [name, pairs[index]?.[side]]));
      return {
        step: { ...origin, ...entries(0) } as LaunchStep,
        decoded: { ...origin, ...entries(1) },
      };
    }),
);

const order = ["host", "container", "start"];

describe("a plan on its way to the launcher", () => {
  test("the launcher reads every field of every op as it was written", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), (expected) => {
        const plan = encodePlan(expected.map((entry) => entry.step));
        const sorted = order.flatMap((phase) =>
          expected.filter((entry) => entry.step.phase === phase),
        );
        expect(decode(plan).steps).toEqual(sorted.map((entry) => entry.decoded));
      }),
      { numRuns: 25 },
    );
  });

  test("the step of an index is the one that the launcher counts there", () => {
    const steps: LaunchStep[] = [
      { phase: "start", op: "hook", from: "", label: "c", path: "", argv: [], env: [], state: "" },
      { phase: "container", op: "fork", from: "/b" },
      { phase: "host", op: "removeDirectory", from: "/a", path: "/x" },
    ];
    expect([0, 1, 2, 3].map((index) => stepAt(steps, index)?.op)).toEqual([
      "removeDirectory",
      "fork",
      "hook",
      undefined,
    ]);
  });

  test("a step of a name that there is not is refused", () => {
    const foreign = { phase: "host", op: "fly", from: "" } as unknown as LaunchStep;
    expect(() => encodePlan([foreign])).toThrow(new TypeError("no such step in a plan: fly"));
  });

  test("a text with a NUL byte is refused, with the step's pointer", () => {
    const steps: LaunchStep[] = [
      { phase: "container", op: "setHostname", from: "/hostname", name: "a\0b" },
    ];
    expect(() => encodePlan(steps)).toThrow(RuntimeError);
    expect(() => encodePlan(steps)).toThrow(
      expect.objectContaining({ message: 'a NUL byte in "a\\u0000b"', pointer: "/hostname" }),
    );
    const list: LaunchStep[] = [
      { phase: "start", op: "execute", from: "/process/args", argv: ["a", "\0"], env: [] },
    ];
    expect(() => encodePlan(list)).toThrow(expect.objectContaining({ pointer: "/process/args" }));
  });
});

describe("a plan that was broken on its way", () => {
  const whole = encodePlan([
    { phase: "host", op: "clone", from: "/a", namespaces: ["pid"], inherit: [1, 2] },
    { phase: "container", op: "setHostname", from: "/hostname", name: "name" },
    { phase: "start", op: "execute", from: "", argv: ["a", "b"], env: [] },
  ]);

  function changed(at: number, value: number): Uint8Array {
    const copy = whole.slice();
    new DataView(copy.buffer).setUint32(at, value, true);
    return copy;
  }

  test.each([
    ["of another version", changed(4, 999), "the plan is of another version than the launcher"],
    ["of another size", changed(8, whole.length + 4), "the plan is cut short"],
    ["that is something else", changed(0, 1), "this is no plan"],
    [
      "whose step has a size beyond its end",
      changed(32, 0xfffffff0),
      "a step has no possible size",
    ],
    ["with an unknown op", changed(36, 9999), "a step has an unknown op"],
    ["with an op in the wrong phase", changed(36, 62), "a step is not allowed in its phase"],
    ["with a text that goes on for ever", changed(40, 0xffffffff), "a step has no pointer"],
    ["with fewer steps than it says", changed(12, 7), /./],
  ])("%s is refused", (_name, plan, message) => {
    expect(decode(plan).error).toMatch(message);
  });

  test.each([0, 28, 32, 60, whole.length - 4])("cut after %i bytes it is refused", (size) => {
    expect(decode(whole.slice(0, size)).error).toBeTruthy();
  });
});
