import { isId } from "../container/id.ts";
import { cacheDirectory } from "../container/store.ts";
import { runTraced, type TracedRun } from "../container/trace.ts";
import { lastName, resolvePath } from "../plan/path.ts";
import { visible } from "../plan/visible.ts";
import type { Command } from "./command.ts";
import { exitCode } from "./exit-code.ts";
import { callsOf, runUnderStrace, type TracedCall } from "./trace-calls.ts";

/** A step as `--json` tells of it; times in microseconds, the first since we began. */
export interface StepTimes {
  readonly phase: string;
  readonly op: string;
  readonly from: string;
  readonly text: string;
  readonly atUs: number;
  /** Null for the last one, which ends in the program. */
  readonly tookUs: number | null;
  readonly calls?: readonly string[];
}

/** What `--json` tells. */
export interface TraceReport {
  /** Reading, checking and planning, before the first step. */
  readonly plannedUs: number;
  /** Until the program was executed. */
  readonly startedUs: number;
  readonly steps: readonly StepTimes[];
}

function microseconds(ns: bigint): number {
  return Number(ns) / 1000;
}

/** The report of a run, with the system calls of each step when they were looked at. */
export function traceReport(traced: TracedRun, calls?: readonly TracedCall[]): TraceReport {
  const { beganNs, startedNs, hostPid, steps } = traced;
  return {
    plannedUs: microseconds((steps[0]?.beganNs ?? startedNs) - beganNs),
    startedUs: microseconds(startedNs - beganNs),
    steps: steps.map((step) => ({
      phase: step.phase,
      op: step.op,
      from: step.from,
      text: visible(step.text),
      atUs: microseconds(step.beganNs - beganNs),
      tookUs: step.endedNs === undefined ? null : microseconds(step.endedNs - step.beganNs),
      ...(calls && { calls: callsOf(step, hostPid, calls).map(({ text }) => visible(text)) }),
    })),
  };
}

const headings: Readonly<Record<string, string>> = {
  host: "on the host",
  container: "in the new namespaces",
  start: "after start",
};

function column(us: number): string {
  return (us / 1000).toFixed(3).padStart(9);
}

/** The report for people: a line a step, when it began and how long it took, in milliseconds. */
export function traceText({ plannedUs, startedUs, steps }: TraceReport): string {
  const lines = ["    at ms      took", `${column(0)} ${column(plannedUs)}  read, check, plan`];
  for (const [phase, heading] of Object.entries(headings)) {
    const own = steps.filter((step) => step.phase === phase);
    if (own.length > 0) lines.push(`${heading}:`);
    for (const { atUs, tookUs, text, from, calls = [] } of own) {
      const took = tookUs === null ? startedUs - atUs : tookUs;
      const origin = from === "" ? "" : `  # ${visible(from)}`;
      lines.push(`${column(atUs)} ${column(took)}  ${text}${origin}`);
      lines.push(...calls.map((call) => `${" ".repeat(22)}${call}`));
    }
  }
  lines.push(`${column(startedUs)}            the program runs`);
  return `${lines.join("\n")}\n`;
}

/** Numbers too wide for JSON go as text. */
function pack(traced: TracedRun): string {
  return JSON.stringify(traced, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

function unpack(text: string): TracedRun {
  // Written by ourselves a moment ago.
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as TracedRun;
}

export const traceCommand: Command = {
  name: "trace",
  usage: "<bundle>",
  doc: "run a bundle, and print when each step of its start was carried out and how long it took",
  flags: [
    { name: "json", kind: "boolean", doc: "print it as data" },
    {
      name: "syscalls",
      kind: "boolean",
      doc: "print each step's system calls too, as strace sees them",
    },
    { name: "id", kind: "text", doc: "id of the container (default: the bundle's name)" },
    { name: "times", kind: "text", doc: "write the bare times to this file", hidden: true },
  ],
  least: 0,
  most: 1,
  failurePrefix: "ocirun trace failed: ",
  async run({ host, store, log }, flags, [bundle = ""]) {
    const print = async (report: TraceReport): Promise<void> =>
      host.writeStdout(
        flags.boolean("json") ? `${JSON.stringify(report, null, 2)}\n` : traceText(report),
      );
    if (flags.boolean("syscalls")) {
      const folder = `${store.root}/${cacheDirectory}/trace-${host.clock.now()}`;
      const seen = await runUnderStrace(host, folder, (argv, times) =>
        argv.flatMap((word) => (/^--?syscalls$/.test(word) ? ["--times", times] : [word])),
      );
      await host.writeStdout(seen.stdout);
      await host.writeStderr(seen.stderr);
      await print(traceReport(unpack(seen.times), seen.calls));
      return seen.status;
    }
    const name = lastName(resolvePath(host, bundle));
    const id = flags.text("id") ?? (isId(name) ? name : "container");
    const file = flags.text("times");
    const tell = async (traced: TracedRun): Promise<void> =>
      file === undefined
        ? print(traceReport(traced))
        : host.files.replace(file, pack(traced), 0o600);
    const status = await runTraced(store, id, { bundle }, tell, (text) => log.warn(text));
    return status === undefined ? 0 : exitCode(status);
  },
};
