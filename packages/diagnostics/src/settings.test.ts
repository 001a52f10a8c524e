import { describe, expect, test } from "vitest";
import type { Issue } from "./issue.ts";
import { applySettings, matchesPath } from "./settings.ts";

const issue: Issue = {
  rule: "mount/dest-root",
  severity: "error",
  pointer: "/mounts/3/destination",
  message: "x",
  source: "pods/web/config.json",
};

describe("weights", () => {
  test("go by the most exact name", () => {
    const severity = { "*": "off", "mount/*": "info", "mount/dest-root": "warning" } as const;
    expect(applySettings([issue], { severity })).toEqual([{ ...issue, severity: "warning" }]);
    const { "mount/dest-root": _, ...rest } = severity;
    expect(applySettings([issue], { severity: rest })).toEqual([{ ...issue, severity: "info" }]);
    expect(applySettings([issue], { severity: { "*": "off" } })).toEqual([]);
  });

  test("of other rules change nothing", () => {
    expect(applySettings([issue], { severity: { "mount/dest": "off", "moun/*": "off" } })).toEqual([
      issue,
    ]);
  });
});

describe("suppressions", () => {
  test.each([
    { rule: "mount/dest-root" },
    { rule: "mount/*", pointer: "/mounts/*/destination" },
    { rule: "*", pointer: "/mounts/**" },
    { rule: "*", source: "**/config.json" },
    { rule: "*", source: "pods/*/config.json" },
  ])("%j matches", (suppression) => {
    expect(applySettings([issue], { ignore: [suppression] })).toEqual([]);
  });

  test.each([
    { rule: "mount/dest" },
    { rule: "mount/*", pointer: "/mounts/*" },
    { rule: "*", source: "*/config.json" },
    { rule: "*", pointer: "/mounts/**", source: "other/**" },
  ])("%j does not", (suppression) => {
    expect(applySettings([issue], { ignore: [suppression] })).toEqual([issue]);
  });
});

test("patterns of many stars take no exponential time", () => {
  expect(matchesPath(`${"*a".repeat(30)}b`, "a".repeat(5000))).toBe(false);
  expect(matchesPath(`${"**/".repeat(8)}x`, "a/".repeat(20))).toBe(false);
});
