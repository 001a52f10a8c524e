import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAnswer } from "./launcher-answer.ts";

const numbers = (...values: readonly number[]): Buffer =>
  Buffer.from(Int32Array.from(values).buffer);

const failure = Buffer.concat([numbers(3, 2), Buffer.from("open\0/mounts/0\0/proc\0")]);

const told = { step: 3, errno: 2, syscall: "open", from: "/mounts/0", detail: "/proc" };

describe("an answer of the launcher", () => {
  test("tells which step failed, and how", () => {
    expect(readAnswer(101, failure)).toEqual({ type: "failed", failure: told });
  });

  test("tells how a container ended, and what went wrong after that", () => {
    const ended = { type: "ended", code: 0, signal: -1 };
    expect(readAnswer(103, numbers(0, -1))).toEqual({ ...ended, failure: undefined });
    expect(readAnswer(103, Buffer.concat([numbers(0, -1), failure]))).toEqual({
      ...ended,
      failure: told,
    });
  });

  test("tells the process, with its start time of more than 32 bits", () => {
    const answer = readAnswer(102, numbers(7, 5, 1));
    expect(answer).toEqual({ type: "launched", pid: 7, startTime: 2 ** 32 + 5 });
  });

  test("is refused with words when it is none, or has not all its bytes", () => {
    expect(() => readAnswer(99, Buffer.alloc(0))).toThrow("the launcher answered with 99");
    expect(() => readAnswer(102, numbers(7, 5))).toThrow("8 bytes only");
    expect(() => readAnswer(103, numbers(0, -1, 3))).toThrow("half of it only");
  });

  test("is never read beyond its end, whatever it holds", () => {
    const types = fc.oneof(fc.integer({ min: 99, max: 105 }), fc.nat(0xffffffff));
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 64 }), (type, bytes) => {
        try {
          readAnswer(type, Buffer.from(bytes));
        } catch (error) {
          expect((error as Error).message).toMatch(/^the launcher /);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
