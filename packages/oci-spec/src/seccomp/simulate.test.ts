import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disassembleSeccomp } from "./disassemble.ts";
import { loadProgram, simulateSeccomp, toSeccompData } from "./simulate.ts";

type Instruction = readonly [code: number, yes: number, no: number, value: number];

function assemble(...instructions: Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [i, [code, yes, no, value]] of instructions.entries()) {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(yes, i * 8 + 2);
    bytes.writeUInt8(no, i * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, i * 8 + 4);
  }
  return bytes;
}

/** Answers with the accumulator. */
const returnA: Instruction = [0x16, 0, 0, 0];
const call = { arch: "x86_64", syscall: "write", args: [7n, 0x1_0000_0002n] };

function accumulator(...instructions: Instruction[]): number {
  return simulateSeccomp(assemble(...instructions, returnA), call).answer;
}

describe("instructions", () => {
  test("load what the kernel puts into seccomp_data", () => {
    expect(accumulator([0x20, 0, 0, 0])).toBe(1);
    expect(accumulator([0x20, 0, 0, 4])).toBe(0xc000003e);
    expect(accumulator([0x20, 0, 0, 16])).toBe(7);
    expect(accumulator([0x20, 0, 0, 24])).toBe(2);
    expect(accumulator([0x20, 0, 0, 28])).toBe(1);
    expect(accumulator([0x80, 0, 0, 0])).toBe(64);
  });

  test.each<[string, number, number, number, number]>([
    ["add", 0x04, 0xffffffff, 2, 1],
    ["sub", 0x14, 1, 2, 0xffffffff],
    ["mul", 0x24, 0x10001, 0x10001, 0x20001],
    ["div", 0x34, 0xfffffffe, 2, 0x7fffffff],
    ["or", 0x44, 0xf0000000, 1, 0xf0000001],
    ["and", 0x54, 0xf000000f, 0x80000001, 0x80000001],
    ["lsh", 0x64, 0xc0000001, 1, 0x80000002],
    ["rsh", 0x74, 0x80000000, 31, 1],
    ["neg", 0x84, 1, 0, 0xffffffff],
    ["mod", 0x94, 7, 4, 3],
    ["xor", 0xa4, 0xffffffff, 1, 0xfffffffe],
  ])("%s is 32 bits wide", (_, code, a, k, result) => {
    expect(accumulator([0x00, 0, 0, a], [code, 0, 0, k])).toBe(result);
    expect(accumulator([0x01, 0, 0, k], [0x00, 0, 0, a], [code | 8, 0, 0, 0])).toBe(result);
  });

  test("jump over so many instructions", () => {
    const answers: Instruction[] = [
      [0x06, 0, 0, 100],
      [0x06, 0, 0, 101],
      [0x06, 0, 0, 102],
    ];
    const answer = (a: number, jump: Instruction) =>
      simulateSeccomp(assemble([0x00, 0, 0, a], jump, ...answers), call).answer;
    expect(answer(5, [0x05, 0, 0, 2])).toBe(102);
    expect(answer(5, [0x15, 1, 2, 5])).toBe(101);
    expect(answer(5, [0x25, 1, 2, 5])).toBe(102);
    expect(answer(5, [0x35, 1, 2, 5])).toBe(101);
    expect(answer(0x80000000, [0x25, 1, 2, 0x7fffffff])).toBe(101);
    expect(answer(6, [0x45, 1, 2, 4])).toBe(101);
    expect(answer(6, [0x45, 1, 2, 9])).toBe(102);
  });

  test("keep words in scratch memory and in X", () => {
    expect(accumulator([0, 0, 0, 9], [0x02, 0, 0, 3], [0, 0, 0, 1], [0x60, 0, 0, 3])).toBe(9);
    expect(accumulator([0, 0, 0, 9], [0x07, 0, 0, 0], [0, 0, 0, 1], [0x87, 0, 0, 0])).toBe(9);
  });

  test("that divide by zero end with answer 0, as in the kernel", () => {
    expect(accumulator([0x00, 0, 0, 5], [0x3c, 0, 0, 0])).toBe(0);
  });
});

describe("what can't be run", () => {
  test("a program that is no whole number of instructions, or none at all", () => {
    expect(() => loadProgram(new Uint8Array(7))).toThrow(RangeError);
    expect(() => loadProgram(new Uint8Array(0))).toThrow(RangeError);
  });

  test("a program without an end, and loads from outside the call", () => {
    expect(() => accumulator([0x05, 0, 0, 4000000000])).toThrow("ends without an answer");
    expect(() => accumulator([0x20, 0, 0, 64])).toThrow("no word at 64");
    expect(() => accumulator([0x20, 0, 0, 2])).toThrow("no word at 2");
    expect(() => accumulator([0x60, 0, 0, 16])).toThrow("no scratch memory 16");
    expect(() => accumulator([0x28, 0, 0, 0])).toThrow("unknown load 0x28");
  });

  test("a call nobody can make", () => {
    expect(() => toSeccompData({ arch: "vax", syscall: 1 })).toThrow(TypeError);
    expect(() => toSeccompData({ arch: "x86_64", syscall: "raed" })).toThrow(TypeError);
    expect(() => toSeccompData({ ...call, args: [1, 2, 3, 4, 5, 6, 7] })).toThrow(TypeError);
    expect(() => toSeccompData({ ...call, args: [-1] })).toThrow(TypeError);
  });

  test("any bytes give an answer or a RangeError, and a text", () => {
    const data = toSeccompData(call);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const { steps } = loadProgram(bytes)(data);
          expect(steps).toBeLessThanOrEqual(8);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        expect(disassembleSeccomp(bytes)).toHaveLength(Math.floor(bytes.length / 8));
      }),
      { numRuns: 2000 },
    );
  });
});
