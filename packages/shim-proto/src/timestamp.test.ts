import { expect, test } from "vitest";
import { fromTimestamp, toTimestamp, zeroTimeSeconds } from "./timestamp.ts";

test("a date becomes seconds and nanoseconds and comes back, also before 1970", () => {
  for (const ms of [0, 1, 1_795_166_688_139, -1, -1500]) {
    const timestamp = toTimestamp(new Date(ms));
    expect(timestamp.nanos).toBeGreaterThanOrEqual(0);
    expect(fromTimestamp(timestamp)?.getTime()).toBe(ms);
  }
});

test("no time and year 1 both say that it has not come", () => {
  expect(fromTimestamp(undefined)).toBeUndefined();
  expect(fromTimestamp({ seconds: zeroTimeSeconds, nanos: 0 })).toBeUndefined();
});
