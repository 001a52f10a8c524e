import type { Seccomp } from "../generated/types.ts";
import { type Action, actionOf } from "./action.ts";
import { findArchitecture } from "./architecture.ts";
import type { CompileSeccompOptions, RefusedSeccomp } from "./compile.ts";
import { inspect } from "./inspect.ts";
import { isMet, type KnownArguments, probeArguments } from "./probe.ts";
import { syscallName, syscallNumber } from "./syscall.ts";
import { actionText, conditionsText } from "./wording.ts";

/** The call to ask about. */
export interface TestedCall {
  /** The name, or the number as the kernel reports it. */
  syscall: string | number;
  /** Arguments from the first; a hole or a missing one stands for any value. */
  args?: KnownArguments;
  /** The ABI the call is made through; absent, the kernel's own. */
  arch?: string;
}

/** What a call can get. */
export interface TestedOutcome extends Action {
  /** In words: `refused with EPERM (operation not permitted)`. */
  readonly text: string;
  /** Why: the rule, or that there is none. */
  readonly because: string;
  /** Pointer of the entry that decides, where one does. */
  readonly pointer?: string;
  /** Arguments for which it comes out so. */
  readonly args: readonly bigint[];
}

/** The answer to "would this profile allow that?". */
export interface SeccompTest {
  readonly ok: true;
  /** One outcome; several when it depends on arguments that were left open. */
  readonly outcomes: readonly [TestedOutcome, ...TestedOutcome[]];
}

/**
 * Tells what a profile does to a call, and why.
 *
 * @throws TypeError for an architecture or a system call that does not exist.
 */
export function testSeccomp(
  seccomp: Seccomp,
  call: TestedCall,
  options: CompileSeccompOptions,
): SeccompTest | RefusedSeccomp {
  const inspected = inspect(seccomp, options);
  if (!inspected.ok) return inspected;
  const arch = findArchitecture(call.arch ?? options.arch);
  if (arch === undefined) throw new TypeError(`unknown architecture ${call.arch}`);
  const name = typeof call.syscall === "string" ? call.syscall : syscallName(arch, call.syscall);
  if (typeof call.syscall === "string" && syscallNumber(arch, call.syscall) === undefined) {
    throw new TypeError(`${arch.name} has no system call ${call.syscall}`);
  }
  const rules = name === undefined ? [] : inspected.rulesFor(arch, name);
  const { defaultAnswer, named } = inspected.rules;
  const isCovered = inspected.covered.some(({ audit }) => audit === arch.audit);

  const explain = (
    answer: number,
    args: readonly bigint[],
  ): { because: string; pointer?: string } => {
    const rule = rules.find(
      (candidate) =>
        candidate.answer === answer &&
        candidate.conditions.every((condition) => isMet(condition, args, arch.bits)),
    );
    if (!isCovered) return { because: `the filter does not cover ${arch.name}` };
    if (rule !== undefined && name !== undefined) {
      const { conditions, pointer } = rule;
      const when = conditions.length === 0 ? "" : ` when ${conditionsText(name, conditions)}`;
      return { because: `a rule names ${name}${when}`, pointer };
    }
    if (rules.length > 0) return { because: `no rule for ${name} is met: the default action` };
    if (answer === defaultAnswer) return { because: "no rule names it: the default action" };
    return inspected.covered.includes(arch) && named.length > 0
      ? { because: "its number is above every one the profile names" }
      : { because: `the filter does not cover ${arch.name}` };
  };

  const outcomes = new Map<number, TestedOutcome>();
  for (const args of probeArguments(
    rules.flatMap(({ conditions }) => conditions),
    call.args,
  )) {
    const answer = inspected.answer(arch, call.syscall, args);
    if (outcomes.has(answer)) continue;
    const action = actionOf(answer);
    outcomes.set(answer, { ...action, text: actionText(action), ...explain(answer, args), args });
  }
  const [first, ...others] = [...outcomes.values()];
  return { ok: true, outcomes: [first as TestedOutcome, ...others] };
}
