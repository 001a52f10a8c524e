import { expect, test } from "vitest";
import { readTrace, withTrace } from "../plan/trace.ts";
import { traceReport, traceText } from "./trace.ts";
import { callsOf, parseCalls } from "./trace-calls.ts";

const second = 1_700_000_000n * 1_000_000_000n;

const steps = withTrace(
  [
    { phase: "host", op: "clone", from: "/linux/namespaces", namespaces: ["pid"] },
    { phase: "container", op: "setHostname", from: "/hostname", name: "a" },
    { phase: "start", op: "execute", from: "/process/args", argv: ["true"], env: [] },
  ],
  "/run/x/trace",
);

/** The file as the launcher leaves it: process id of the host side, then when each step began and ended. */
function timesFile(...times: readonly (readonly [number, number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 * (times.length + 1)));
  view.setBigUint64(0, 77n, true);
  for (const [index, pair] of times.entries()) {
    for (const [which, ms] of pair.entries()) {
      const value = ms < 0 ? 0n : second + BigInt(ms) * 1_000_000n;
      view.setBigUint64(16 * (index + 1) + 8 * which, value, true);
    }
  }
  return new Uint8Array(view.buffer);
}

// trace, clone, joinTrace, setHostname, execute
const file = timesFile([-1, 1], [1, 3], [-1, 4], [4, 5], [6, -1]);
const traced = { ...readTrace(steps, file), beganNs: second, startedNs: second + 8_000_000n };

test("a traced plan makes the file first, hands it to the process, and keeps the order of all else", () => {
  expect(steps.map(({ op }) => op)).toEqual([
    "trace",
    "clone",
    "joinTrace",
    "setHostname",
    "execute",
  ]);
  expect(steps[1]).toMatchObject({ inherit: [511] });
});

test("what keeps the times is not told of, nor what never ran", () => {
  expect(traced.hostPid).toBe(77);
  expect(traced.steps.map(({ op }) => op)).toEqual(["clone", "setHostname", "execute"]);
  expect(readTrace(steps, file.slice(0, 40)).steps).toEqual([]);
  expect(readTrace(steps, new Uint8Array(3)).steps).toEqual([]);
});

test("people read a line a step: when, how long, what, from where", () => {
  expect(traceText(traceReport(traced))).toBe(`    at ms      took
    0.000     1.000  read, check, plan
on the host:
    1.000     2.000  clone into pid  # /linux/namespaces
in the new namespaces:
    4.000     1.000  set hostname a  # /hostname
after start:
    6.000     2.000  exec true  # /process/args
    8.000            the program runs
`);
});

test("a call belongs to the step that ran on its side when it was made", () => {
  const calls = parseCalls(`77 1700000000.001500 clone3({flags=0}, 88) = 90
90 1700000000.001600 execveat(5, "") = 0
77 1700000000.002000 mkdir("/a", 0755 <unfinished ...>
90 1700000000.004500 sethostname("a", 1)      = 0
77 1700000000.004600 <... mkdir resumed>)     = 0
90 1700000000.006100 execve("/bin/true", ["true"], []) = 0
90 1700000000.009000 +++ exited with 0 +++
nothing of strace
`);
  const [clone, hostname, execute] = traced.steps.map((step) =>
    callsOf(step, traced.hostPid, calls).map(({ text }) => text),
  );
  expect(clone).toEqual(["clone3({flags=0}, 88) = 90", 'mkdir("/a", 0755) = 0']);
  expect(hostname).toEqual(['sethostname("a", 1) = 0']);
  expect(execute).toEqual(['execve("/bin/true", ["true"], []) = 0']);
});
