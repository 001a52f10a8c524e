import { expect, test } from "vitest";
import { signalNumber, toExit } from "./exit.ts";

test("an end is told in the words of Node: a code, or the name of a signal", () => {
  expect(toExit({ code: 3, signal: null })).toEqual({ code: 3, signal: null });
  expect(toExit({ code: null, signal: 15 })).toEqual({ code: null, signal: "SIGTERM" });
  expect(toExit({ code: null, signal: 9 })).toEqual({ code: null, signal: "SIGKILL" });
});

test("a real-time signal has its number for a name", () => {
  expect(toExit({ code: null, signal: 40 })).toEqual({ code: null, signal: "SIG40" });
});

test("an end that nobody of ours saw has neither", () => {
  expect(toExit({ code: null, signal: null })).toEqual({ code: null, signal: null });
});

test("a signal is given by name or number", () => {
  expect(signalNumber("SIGUSR1")).toBe(10);
  expect(signalNumber(37)).toBe(37);
});

test.each(["SIGNOTHING", "TERM", 0, -1, 65, 1.5])("%s is no signal", (signal) => {
  expect(() => signalNumber(signal as NodeJS.Signals)).toThrow(
    new TypeError(`no such signal: ${signal}`),
  );
});
