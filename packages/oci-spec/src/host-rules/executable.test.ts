import { readFileSync } from "node:fs";
import { machine } from "node:os";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headBytes, machineNames, readExecutable, runs } from "./executable.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the head of a program", () => {
  test("of a script names its interpreter, without arguments", () => {
    expect(readExecutable(bytes("#! /usr/bin/env -S node\nx"))).toEqual({
      kind: "script",
      interpreter: "/usr/bin/env",
    });
    expect(readExecutable(bytes("#!/bin/sh"))).toEqual({ kind: "script", interpreter: "/bin/sh" });
  });

  test.runIf(process.platform === "linux")("of this very program is for this machine", () => {
    const found = readExecutable(readFileSync(process.execPath).subarray(0, headBytes));
    expect(found).toMatchObject({ kind: "elf", interpreter: expect.stringMatching(/^\/lib.*ld/) });
    expect(found.kind === "elf" && runs(machine(), found.machine)).toBe(true);
  });

  test("is the same in both byte orders and both sizes", () => {
    expect(readExecutable(elf({ wide: false, little: false }))).toEqual({
      kind: "elf",
      machine: 8,
      interpreter: "/lib/ld.so.1",
    });
    expect(readExecutable(elf({ wide: true, little: false }))).toEqual({
      kind: "elf",
      machine: 8,
      interpreter: "/lib/ld.so.1",
    });
    expect(readExecutable(elf({ wide: false, little: true }))).toEqual({
      kind: "elf",
      machine: 8,
      interpreter: "/lib/ld.so.1",
    });
  });

  test("of anything never throws", () => {
    const start = fc.constantFrom(
      [],
      [...bytes("#!")],
      [0x7f, 0x45, 0x4c, 0x46, 2, 1],
      [0x7f, 0x45, 0x4c, 0x46, 1, 2],
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (first, rest) => {
        expect(readExecutable(Uint8Array.from([...first, ...rest])).kind).toMatch(
          /script|elf|unknown/,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

test("a machine runs the programs of its smaller sister", () => {
  expect(runs("x86_64", 3)).toBe(true);
  expect(runs("aarch64", 62)).toBe(false);
  expect(machineNames(62)).toEqual(["x86_64"]);
});

/** A program of one segment: the name of its interpreter. */
function elf({ wide, little }: { wide: boolean; little: boolean }): Uint8Array {
  const name = "/lib/ld.so.1\0";
  const table = wide ? 64 : 52;
  const size = wide ? 56 : 32;
  const head = new Uint8Array(table + size + name.length);
  const view = new DataView(head.buffer);
  head.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2]);
  view.setUint16(18, 8, little);
  const address = (at: number, value: number): void => {
    if (wide) view.setBigUint64(at, BigInt(value), little);
    else view.setUint32(at, value, little);
  };
  address(wide ? 32 : 28, table);
  view.setUint16(wide ? 54 : 42, size, little);
  view.setUint16(wide ? 56 : 44, 1, little);
  view.setUint32(table, 3, little);
  address(table + (wide ? 8 : 4), table + size);
  address(table + (wide ? 32 : 16), name.length);
  head.set(bytes(name), table + size);
  return head;
}
