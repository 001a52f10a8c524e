import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Tokens } from "./tokens.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a token is good once", () => {
  const tokens = new Tokens<string>();
  const token = tokens.issue("exec");
  expect(tokens.has(token)).toBe(true);
  expect(tokens.redeem(token)).toBe("exec");
  expect(tokens.redeem(token)).toBeUndefined();
  expect(tokens.redeem("another")).toBeUndefined();
});

test("a token is good for a minute", () => {
  const tokens = new Tokens<string>();
  const token = tokens.issue("exec");
  vi.advanceTimersByTime(59_999);
  expect(tokens.has(token)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(tokens.redeem(token)).toBeUndefined();
});

test("no two are the same, and none can be guessed", () => {
  const tokens = new Tokens<number>();
  const all = new Set(Array.from({ length: 500 }, (_, i) => tokens.issue(i)));
  expect(all.size).toBe(500);
  for (const token of all) expect(token).toMatch(/^[\w-]{24}$/);
});

test("more than a thousand that nobody opens are refused", () => {
  const tokens = new Tokens<number>();
  for (let i = 0; i < 1000; i++) tokens.issue(i);
  expect(() => tokens.issue(1000)).toThrow(/RESOURCE_EXHAUSTED/);
  vi.advanceTimersByTime(60_000);
  expect(tokens.issue(1000)).toMatch(/./);
});
