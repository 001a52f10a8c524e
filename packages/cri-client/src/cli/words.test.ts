import { expect, test } from "vitest";
import { age, duration, parseSeconds, shortId, size } from "./words.ts";

test("durations are said as docker and crictl say them", () => {
  const said: [number, string][] = [
    [0.4, "Less than a second"],
    [1, "1 second"],
    [59, "59 seconds"],
    [60, "About a minute"],
    [120, "2 minutes"],
    [3600, "About an hour"],
    [7200, "2 hours"],
    [47 * 3600, "47 hours"],
    [3 * 86_400, "3 days"],
    [15 * 86_400, "2 weeks"],
    [61 * 86_400, "2 months"],
    [3 * 365 * 86_400, "3 years"],
  ];
  for (const [seconds, words] of said) expect(duration(seconds)).toBe(words);
  expect(age(1_000_000_000n, 6000)).toBe("5 seconds ago");
});

test("sizes have three digits", () => {
  expect([0, 999, 2_130_549, 1_000_000_000n, 1_234_567_890_123].map(size)).toEqual([
    "0B",
    "999B",
    "2.13MB",
    "1GB",
    "1.23TB",
  ]);
});

test("ids are cut where nobody asked for all of them", () => {
  expect(shortId(`sha256:${"a".repeat(64)}`, false)).toBe("a".repeat(13));
  expect(shortId("abc", true)).toBe("abc");
});

test("seconds are read with and without units", () => {
  expect(["90", "1m30s", "250ms", "1.5h"].map(parseSeconds)).toEqual([90, 90, 0.25, 5400]);
  expect(["", "x", "1x", "-1"].map(parseSeconds)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
