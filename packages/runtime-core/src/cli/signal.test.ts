import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { parseSignal } from "./signal.ts";

describe("a signal", () => {
  test("is known by every name the system has for it", () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      expect(parseSignal(name)).toBe(number);
      expect(parseSignal(name.slice(3).toLowerCase())).toBe(number);
    }
  });

  test("is known by number, and the real-time ones by distance", () => {
    expect(parseSignal("9")).toBe(9);
    expect(parseSignal("0")).toBe(0);
    expect(parseSignal("RTMIN")).toBe(34);
    expect(parseSignal("SIGRTMIN+3")).toBe(37);
    expect(parseSignal("rtmax-14")).toBe(50);
  });

  test.each(["", "SIG", "BOGUS", "RTMIN-1", "RTMAX+1", "-9", "65", "9x", "constructor"])(
    "is not %j",
    (text) => {
      expect(() => parseSignal(text)).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    },
  );
});
