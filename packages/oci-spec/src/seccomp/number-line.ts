import { ENOSYS, verdict } from "./action.ts";
import { type Architecture, x32Bit } from "./architecture.ts";
import type { Decision } from "./decision.ts";

/** One architecture's part of a filter. */
export interface NumberLine {
  readonly architecture: Architecture;
  /** The numbers, as the kernel reports them, of the calls that rules name; ascending. */
  readonly numbers: readonly number[];
  /** What each of them gets. */
  readonly decisions: readonly Decision[];
  /** Greatest number the profile knows; above it calls get ENOSYS. Without it, as any other. */
  readonly newest?: number;
}

/** System call numbers from `start` up to the next span that get the same decision. */
export interface Span {
  readonly start: number;
  readonly decision: Decision;
  /** How many named calls lie here: a measure of how often the span is asked for. */
  weight: number;
}

const noSuchCall = verdict.errno | ENOSYS;
/** What a call of an architecture gets that the filter doesn't cover, as libseccomp has it. */
export const strangeArchitecture: number = verdict.killThread;
/** Number of a call that a tracer told the kernel to skip (seccomp(2), "-1"). */
const skipped = 0xffffffff;

/** Hardly a program uses x32; its numbers must not make the way to x86_64's longer. */
const x32Weight = 0.05;

type Stretch = readonly [start: number, answer: number];

/** What numbers get that no rule names, ascending from 0. */
function background(lines: readonly NumberLine[], fallback: number): readonly Stretch[] {
  const x32 = lines.find(({ architecture }) => architecture.base === x32Bit);
  const native = lines.find((line) => line !== x32);
  const above = (line: NumberLine | undefined): number =>
    line?.newest === undefined ? fallback : noSuchCall;
  const below: Stretch[] = [[0, native === undefined ? strangeArchitecture : fallback]];
  if (native?.newest !== undefined) below.push([native.newest + 1, noSuchCall]);

  if (native !== undefined && native.architecture.name !== "SCMP_ARCH_X86_64") {
    // setup(2), number 0 of s390, also stands for every number that the kernel doesn't know there.
    const { table } = native.architecture;
    if (native.newest === undefined || (table !== "s390x" && table !== "s390")) return below;
    return [[0, noSuchCall], [1, fallback], ...below.slice(1)];
  }

  // x86_64 and x32 share one line: numbers with bit 30 are x32's. libseccomp takes all numbers from
  // bit 30 on for x32's; runc's answer to young calls comes before and looks at bit 30 alone.
  if (x32 === undefined) {
    return [
      ...below,
      [x32Bit, strangeArchitecture],
      [0x80000000, native?.newest === undefined ? strangeArchitecture : noSuchCall],
      [0xc0000000, strangeArchitecture],
      [skipped, fallback],
    ];
  }
  below.push([x32Bit, fallback]);
  if (x32.newest !== undefined) below.push([x32.newest + 1, noSuchCall]);
  return [...below, [0x80000000, above(native)], [0xc0000000, above(x32)]];
}

/** All numbers of the lines that share one `seccomp_data.arch`, as spans that cover 0 to 2^32 - 1. */
export function toSpans(lines: readonly NumberLine[], fallback: number): readonly Span[] {
  const spans: Span[] = [];
  let last: Span | undefined;
  const push = (start: number, decision: Decision, weight: number): void => {
    if (last !== undefined && last.decision === decision) last.weight += weight;
    else {
      last = { start, decision, weight };
      spans.push(last);
    }
  };
  const behind = background(lines, fallback);
  let next = 0;
  let answer = fallback;
  let at = 0;
  /** Lays the background from where the last span ended up to a number. */
  const fill = (until: number): void => {
    while (at < until) {
      let end = behind[next]?.[0] ?? 2 ** 32;
      while (end <= at) {
        answer = (behind[next] as Stretch)[1];
        next++;
        end = behind[next]?.[0] ?? 2 ** 32;
      }
      push(at, answer, 0);
      at = Math.min(until, end);
    }
  };
  const ordered = [...lines].sort((x, y) => x.architecture.base - y.architecture.base);
  for (const { architecture, numbers, decisions } of ordered) {
    const weight = architecture.base === x32Bit ? x32Weight : 1;
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as number;
      const decision = decisions[i] as Decision;
      if (at < number) fill(number);
      if (last !== undefined && last.decision === decision) last.weight += weight;
      else push(number, decision, weight);
      at = number + 1;
    }
  }
  fill(2 ** 32);
  return spans;
}
