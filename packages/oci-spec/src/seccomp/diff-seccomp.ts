import type { Seccomp } from "../generated/types.ts";
import type { Architecture } from "./architecture.ts";
import type { CompileSeccompOptions, RefusedSeccomp } from "./compile.ts";
import { type InspectedSeccomp, inspect } from "./inspect.ts";
import { probeArguments } from "./probe.ts";
import { syscallName, syscallNames, syscallNumber } from "./syscall.ts";
import { answerText, leniency } from "./wording.ts";

/** A call that two profiles treat differently. */
export interface SeccompChange {
  /** `SCMP_ARCH_…` of the ABI. */
  readonly arch: string;
  readonly syscall: string;
  /** Arguments for which it differs; absent when it does whatever they are. */
  readonly args?: readonly bigint[];
  /** What becomes of the call under either profile, in words. */
  readonly before: string;
  readonly after: string;
  /** Whether the second profile lets programs do more, less, or just something else. */
  readonly effect: "looser" | "stricter" | "other";
}

/** How two profiles differ in what they do, however they are written. */
export interface SeccompDiff {
  readonly ok: true;
  /** By architecture, then by name. */
  readonly changes: readonly SeccompChange[];
  /** Architectures that only one of them covers. */
  readonly architectures: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
  };
}

/** A number that no table has yet: what it gets is what calls from the future get. */
const future = "a call younger than every table";

function compare(
  before: InspectedSeccomp,
  after: InspectedSeccomp,
  arch: Architecture,
  syscall: string | number,
): SeccompChange | undefined {
  const name = typeof syscall === "string" ? syscall : (syscallName(arch, syscall) ?? future);
  const conditions =
    typeof syscall === "string"
      ? [...before.conditionsFor(arch, syscall), ...after.conditionsFor(arch, syscall)]
      : [];
  let found: SeccompChange | undefined;
  let isEverywhere = true;
  for (const args of probeArguments(conditions)) {
    const was = before.answer(arch, syscall, args);
    const is = after.answer(arch, syscall, args);
    const texts = { before: answerText(was), after: answerText(is) };
    if (was === is || (found && (found.before !== texts.before || found.after !== texts.after))) {
      isEverywhere = false;
      continue;
    }
    const more = leniency(is) - leniency(was);
    const effect = more > 0 ? "looser" : more < 0 ? "stricter" : "other";
    // Of several differences the one that lets programs do more is the one to know about.
    found ??= { arch: arch.name, syscall: name, args, ...texts, effect };
  }
  if (found === undefined || !isEverywhere) return found;
  const { args: _, ...always } = found;
  return always;
}

/**
 * Compares what two profiles do, not how they are written: order, grouping and defaults don't
 * count. Arguments are tried at every value where a condition of either changes its mind.
 *
 * @throws TypeError when `arch` is no architecture.
 */
export function diffSeccomp(
  before: Seccomp,
  after: Seccomp,
  options: CompileSeccompOptions,
): SeccompDiff | RefusedSeccomp {
  const from = inspect(before, options);
  if (!from.ok) return from;
  const to = inspect(after, options);
  if (!to.ok) return to;
  const missing = (here: InspectedSeccomp, there: InspectedSeccomp): string[] =>
    here.covered.filter((arch) => !there.covered.includes(arch)).map(({ name }) => name);

  const changes: SeccompChange[] = [];
  for (const arch of from.covered.filter((known) => to.covered.includes(known))) {
    const calls: (string | number)[] = syscallNames().filter(
      (name) => syscallNumber(arch, name) !== undefined,
    );
    // Two thousand is above every table and below Arm's private calls.
    for (const call of [...calls, arch.base + 2000]) {
      const change = compare(from, to, arch, call);
      if (change !== undefined) changes.push(change);
    }
  }
  const added = missing(to, from);
  const removed = missing(from, to);
  return { ok: true, changes, architectures: { added, removed } };
}
