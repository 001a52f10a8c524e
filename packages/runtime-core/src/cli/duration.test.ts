import { describe, expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

describe("a duration on the command line", () => {
  test.each([
    ["5s", 5000],
    ["100ms", 100],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["0", 0],
    ["-1s", -1000],
  ])("%s is %d milliseconds", (text, ms) => {
    expect(parseDuration("interval", text)).toBe(ms);
  });

  test.each(["", "5", "s", "1x", "1 s"])("%j is none", (text) => {
    expect(() => parseDuration("interval", text)).toThrow("for flag -interval: parse error");
  });
});
