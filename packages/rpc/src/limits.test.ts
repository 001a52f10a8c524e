import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limitCall, type RpcError, startDeadline } from "./index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a deadline farther away than one timer reaches is still kept, not at once", () => {
  const expired = vi.fn();
  const month = 31 * 24 * 3600 * 1000;
  startDeadline(month, expired);
  vi.advanceTimersByTime(month - 1);
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(expired).toHaveBeenCalledTimes(1);
});

test("a deadline that is no number is the caller's mistake", () => {
  expect(() => startDeadline(Number.NaN, () => {})).toThrow(RangeError);
});

test("no deadline and endless deadlines leave no timer behind", () => {
  limitCall({}, "a/b", () => {})();
  startDeadline(Number.POSITIVE_INFINITY, () => {})();
  expect(vi.getTimerCount()).toBe(0);
});

test("a call that ended by itself hears nothing of its limits, and leaves no timer and no listener", () => {
  const end = vi.fn<(error: RpcError) => void>();
  const controller = new AbortController();
  const release = limitCall({ signal: controller.signal, timeoutMs: 10 }, "a/b", end);
  release();
  controller.abort();
  vi.advanceTimersByTime(20);
  expect(end).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test("the first limit reached is the only one", () => {
  const end = vi.fn<(error: RpcError) => void>();
  const controller = new AbortController();
  limitCall({ signal: controller.signal, timeoutMs: 10 }, "a/b", end);
  vi.advanceTimersByTime(10);
  controller.abort();
  expect(end).toHaveBeenCalledTimes(1);
  expect(end.mock.calls[0]?.[0].code).toBe("DEADLINE_EXCEEDED");
});
