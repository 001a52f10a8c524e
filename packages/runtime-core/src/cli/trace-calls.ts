import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { TracedStep } from "../plan/trace.ts";

/** One system call as strace saw it. */
export interface TracedCall {
  readonly pid: number;
  readonly atNs: bigint;
  /** `name(arguments) = answer`. */
  readonly text: string;
}

interface Line {
  readonly pid: number;
  readonly atNs: bigint;
  readonly text: string;
}

function parseLine(line: string): Line | undefined {
  const [, pid, seconds, micros, text] = /^(\d+)\s+(\d+)\.(\d{6}) (.+)$/.exec(line) ?? [];
  if (text === undefined) return undefined;
  const atNs = (BigInt(seconds ?? 0) * 1_000_000n + BigInt(micros ?? 0)) * 1000n;
  return { pid: Number(pid), atNs, text };
}

/** Reads strace's output of `-f -ttt`: process, seconds with six digits, call; one that others cut in two is whole. */
export function parseCalls(text: string): readonly TracedCall[] {
  const calls: TracedCall[] = [];
  const begun = new Map<number, number>();
  for (const { pid, atNs, text: call } of text
    .split("\n")
    .flatMap((line) => parseLine(line) ?? [])) {
    const [, head] = /^(\w+\(.*?) ?<unfinished \.\.\.>$/.exec(call) ?? [];
    const [, tail] = /^<\.\.\. \w+ resumed>(.*)$/.exec(call) ?? [];
    const index = begun.get(pid);
    const first = index === undefined ? undefined : calls[index];
    if (head !== undefined) begun.set(pid, calls.push({ pid, atNs, text: head }) - 1);
    else if (tail !== undefined && index !== undefined && first) {
      calls[index] = { ...first, text: `${first.text}${tail.replace(/\s+= /, " = ")}` };
    } else if (/^\w+\(/.test(call)) calls.push({ pid, atNs, text: call.replace(/\s+= /, " = ") });
  }
  return calls;
}

/** The calls made while a step ran, by the side that it ran on. strace rounds its times down to microseconds. */
export function callsOf(
  step: TracedStep,
  hostPid: number,
  calls: readonly TracedCall[],
): readonly TracedCall[] {
  const began = (step.beganNs / 1000n) * 1000n;
  return calls.filter(
    ({ pid, atNs }) =>
      (pid === hostPid) === (step.phase === "host") &&
      atNs >= began &&
      (step.endedNs === undefined || atNs < step.endedNs),
  );
}

const outputMode = 0o600;

/**
 * Runs this very command line under strace, with other flags, and answers what both have written.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED` when there is no strace, or it may not trace here
 */
export async function runUnderStrace(
  host: Host,
  folder: string,
  change: (argv: readonly string[], times: string) => readonly string[],
): Promise<{
  times: string;
  calls: readonly TracedCall[];
  stdout: string;
  stderr: string;
  status: number;
}> {
  const line = (await host.files.readText("/proc/self/cmdline")) ?? "";
  const program = await host.files.realPath("/proc/self/exe");
  const [, ...own] = line.split("\0").slice(0, -1);
  const [times, output] = [`${folder}/times`, `${folder}/calls`];
  await host.files.makeDirectories(folder, 0o700);
  try {
    await host.files.replace(output, "", outputMode);
    const strace = ["strace", "-f", "-ttt", "-s", "64", "-o", output, program ?? ""];
    const { code, stdout, stderr } = await host.processes.run([...strace, ...change(own, times)]);
    const text = await host.files.readText(times);
    if (text === undefined) {
      throw new RuntimeError("HOST_UNSUPPORTED", `strace shows nothing: ${stderr.trim()}`);
    }
    const calls = parseCalls((await host.files.readText(output)) ?? "");
    return { times: text, calls, stdout, stderr, status: code ?? 1 };
  } finally {
    await host.files.removeTree(folder);
  }
}
