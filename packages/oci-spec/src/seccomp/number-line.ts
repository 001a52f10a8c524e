import { ENOSYS, verdict } from "./action.ts";
import { type Architecture, x32Bit } from "./architecture.ts";
import type { Decision } from "./decision.ts";

/** One architecture's part of a filter. */
export interface NumberLine {
  readonly architecture: Architecture;
  /** What the system calls get that rules name, by number as the kernel reports it. */
  readonly named: ReadonlyMap<number, Decision>;
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

/** What numbers get that no rule names: `[first number, answer]`, ascending, from 0. */
function background(
  lines: readonly NumberLine[],
  fallback: number,
): readonly (readonly [number, number])[] {
  const above = (line: NumberLine | undefined): number =>
    line?.newest === undefined ? fallback : noSuchCall;
  const native = lines.find(({ architecture }) => architecture.base !== x32Bit);
  const x32 = lines.find(({ architecture }) => architecture.base === x32Bit);
  const end = (line: NumberLine | undefined): number => (line?.newest ?? 0) + 1;

  if (native !== undefined && native.architecture.name !== "SCMP_ARCH_X86_64") {
    const spans: [number, number][] = [
      [0, fallback],
      [end(native), above(native)],
    ];
    // setup(2), number 0 of s390, also stands for every number that the kernel doesn't know there.
    const isS390 = native.architecture.table === "s390x" || native.architecture.table === "s390";
    if (isS390 && native.newest !== undefined) spans.splice(0, 1, [0, noSuchCall], [1, fallback]);
    return spans;
  }

  // x86_64 and x32 share one line: numbers with bit 30 are x32's. libseccomp takes numbers with
  // bit 31 for x32's too, runc's stub, which comes first, only looks at bit 30.
  const low: [number, number][] = native
    ? [
        [0, fallback],
        [end(native), above(native)],
      ]
    : [[0, strangeArchitecture]];
  if (x32 !== undefined) {
    return [
      ...low,
      [x32Bit, fallback],
      [Math.max(end(x32), x32Bit + 1), above(x32)],
      [0x80000000, above(native)],
      [0xc0000000, above(x32)],
    ];
  }
  return [
    ...low,
    [x32Bit, strangeArchitecture],
    [0x80000000, native?.newest === undefined ? strangeArchitecture : noSuchCall],
    [0xc0000000, strangeArchitecture],
    [skipped, fallback],
  ];
}

/** All numbers of the lines that share one `seccomp_data.arch`, as spans that cover 0 to 2^32 - 1. */
export function toSpans(lines: readonly NumberLine[], fallback: number): readonly Span[] {
  const spans: Span[] = [];
  const push = (start: number, decision: Decision, weight: number): void => {
    const last = spans.at(-1);
    if (last?.decision === decision) last.weight += weight;
    else spans.push({ start, decision, weight });
  };
  const behind = background(lines, fallback);
  let b = 0;
  let at = 0;
  /** Lays the background from where the last span ended up to a number. */
  const fill = (until: number): void => {
    while (at < until) {
      while ((behind[b + 1]?.[0] ?? Infinity) <= at) b++;
      push(at, (behind[b] as readonly [number, number])[1], 0);
      at = Math.min(until, behind[b + 1]?.[0] ?? Infinity);
    }
  };
  const ordered = [...lines].sort((x, y) => x.architecture.base - y.architecture.base);
  for (const { named } of ordered) {
    for (const number of Uint32Array.from(named.keys()).sort()) {
      fill(number);
      push(number, named.get(number) as Decision, 1);
      at = number + 1;
    }
  }
  fill(2 ** 32);
  return spans;
}
