import { expect, test } from "vitest";
import { judge, knownDifference, stockFails } from "./judge.ts";
import type { Result } from "./result.ts";

const passed: Result = { status: "passed", detail: "" };
const failed: Result = { status: "failed", detail: "expected 0" };
const skipped: Result = { status: "skipped", detail: "test requires systemd" };

test("what passes and is on no list passes", () => {
  expect(judge({ result: passed, stock: [passed] })).toEqual({ kind: "passes" });
});

test("what every stock runtime passes must pass", () => {
  expect(judge({ result: failed, stock: [passed] })).toEqual({ kind: "fails", why: "expected 0" });
});

test("what a stock runtime does not pass here is not held against a runtime", () => {
  expect(judge({ result: failed, stock: [failed] })).toEqual({
    kind: "skips",
    why: stockFails,
  });
  expect(judge({ result: failed, stock: [skipped] }).kind).toBe("skips");
  expect(judge({ result: failed, stock: [passed, failed] }).kind).toBe("skips");
});

test("a stock runtime itself must pass what is not on its list", () => {
  expect(judge({ result: failed }).kind).toBe("fails");
});

test("a listed difference is skipped while it differs and fails once it passes", () => {
  const difference = "needs the network";
  expect(judge({ result: failed, difference })).toEqual({ kind: "skips", why: knownDifference });
  expect(judge({ result: passed, difference }).kind).toBe("fails");
});

test("a test that only the runtime under test skips is a difference", () => {
  expect(judge({ result: skipped, stock: [skipped] }).kind).toBe("skips");
  expect(judge({ result: skipped, stock: [passed] }).kind).toBe("fails");
});

test("a test without a result fails", () => {
  expect(judge({ result: undefined, stock: [passed] }).kind).toBe("fails");
  expect(judge({ result: undefined, difference: "waits for ever" }).kind).toBe("skips");
});
