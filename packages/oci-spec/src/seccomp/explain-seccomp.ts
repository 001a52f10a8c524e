import type { Seccomp } from "../generated/types.ts";
import type { Architecture } from "./architecture.ts";
import type { CompileSeccompOptions, RefusedSeccomp } from "./compile.ts";
import type { Condition } from "./condition.ts";
import { inspect } from "./inspect.ts";
import type { SeccompIssue } from "./issue.ts";
import { notableCalls } from "./notable-calls.ts";
import { probeArguments } from "./probe.ts";
import { syscallNames, syscallNumber } from "./syscall.ts";
import { alternativesText, answerText } from "./wording.ts";

/** Calls that get the same answer whatever their arguments are. */
export interface ExplainedGroup {
  /** `allowed`, `refused with EPERM (operation not permitted)`, … */
  readonly text: string;
  readonly syscalls: readonly string[];
}

/** A call whose answer depends on its arguments. */
export interface ExplainedCall {
  readonly syscall: string;
  /** Each with when it comes out so, in words. */
  readonly cases: readonly { readonly text: string; readonly when: string }[];
  /** What it gets when none of them holds. */
  readonly otherwise: string;
}

/** A profile in plain language. */
export interface SeccompExplanation {
  readonly ok: true;
  /** What a call gets that no rule names. */
  readonly fallback: string;
  /** What a call gets that is younger than the profile, where that differs. */
  readonly newer?: string;
  /** The covered architectures; calls of others end the thread. */
  readonly architectures: readonly string[];
  /** By answer; the calls that get the fallback are left out. */
  readonly groups: readonly ExplainedGroup[];
  readonly conditional: readonly ExplainedCall[];
  /** Calls let through that are worth a second look, and why. */
  readonly notable: readonly { readonly call: string; readonly why: string }[];
  readonly instructions: number;
  readonly issues: readonly SeccompIssue[];
}

/**
 * Explains what a profile does to the calls of the kernel's own architecture.
 *
 * @throws TypeError when `arch` is no architecture.
 */
export function explainSeccomp(
  seccomp: Seccomp,
  options: CompileSeccompOptions,
): SeccompExplanation | RefusedSeccomp {
  const inspected = inspect(seccomp, options);
  if (!inspected.ok) return inspected;
  const arch = inspected.covered[0] as Architecture;
  const { defaultAnswer } = inspected.rules;
  const groups = new Map<number, string[]>();
  const conditional: ExplainedCall[] = [];
  for (const syscall of syscallNames()) {
    if (syscallNumber(arch, syscall) === undefined) continue;
    const rules = inspected.rulesFor(arch, syscall);
    if (rules.length === 0) continue;
    const probes = probeArguments(rules.flatMap(({ conditions }) => conditions));
    const answers = new Set(probes.map((args) => inspected.answer(arch, syscall, args)));
    const [answer] = answers;
    if (answers.size === 1 && answer !== undefined) {
      if (answer === defaultAnswer) continue;
      const group = groups.get(answer) ?? [];
      group.push(syscall);
      groups.set(answer, group);
      continue;
    }
    const cases = new Map<number, (readonly Condition[])[]>();
    for (const rule of rules) {
      const list = cases.get(rule.answer) ?? [];
      list.push(rule.conditions);
      cases.set(rule.answer, list);
    }
    conditional.push({
      syscall,
      cases: [...cases].map(([of, list]) => ({
        text: answerText(of),
        when: alternativesText(syscall, list),
      })),
      otherwise: answerText(defaultAnswer),
    });
  }

  const young = inspected.answer(arch, arch.base + 2000, []);
  const notable = notableCalls
    .filter(({ syscall }) => syscallNumber(arch, syscall) !== undefined)
    .filter(({ syscall, args }) => {
      const answer = inspected.answer(arch, syscall, args ?? []);
      return answerText(answer).startsWith("allowed");
    })
    .map(({ syscall, label, why }) => ({ call: label ?? syscall, why }));
  const explanation: SeccompExplanation = {
    ok: true,
    fallback: answerText(defaultAnswer),
    architectures: inspected.covered.map(({ name }) => name),
    groups: [...groups].map(([answer, syscalls]) => ({ text: answerText(answer), syscalls })),
    conditional,
    notable,
    instructions: inspected.compiled.instructions,
    issues: inspected.compiled.issues,
  };
  return young === defaultAnswer ? explanation : { ...explanation, newer: answerText(young) };
}

function wrap(words: readonly string[], indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const [i, word] of words.entries()) {
    const next = i === words.length - 1 ? word : `${word},`;
    if (line !== indent && line.length + 1 + next.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? next : ` ${next}`;
  }
  return words.length === 0 ? [] : [...lines, line];
}

/** An explanation as text for a terminal of `width` columns. */
export function explanationText(explanation: SeccompExplanation, width = 80): string {
  const { fallback, newer, architectures, groups, conditional, notable } = explanation;
  const lines = [`A system call that no rule names is ${fallback}.`];
  if (newer !== undefined) lines.push(`One younger than the profile is ${newer}.`);
  lines.push(`Covered: ${architectures.join(", ")}. A call of another ABI ends the thread.`);
  for (const { text, syscalls } of groups) {
    lines.push("", `${syscalls.length} ${syscalls.length === 1 ? "is" : "are"} ${text}:`);
    lines.push(...wrap(syscalls, "  ", width));
  }
  if (conditional.length > 0) lines.push("", "By their arguments:");
  for (const { syscall, cases, otherwise } of conditional) {
    for (const { text, when } of cases) lines.push(`  ${syscall} is ${text} when ${when}`);
    lines.push(`    else it is ${otherwise}`);
  }
  if (notable.length > 0) lines.push("", "Let through and worth a second look:");
  for (const { call, why } of notable) lines.push(`  ${call}: ${why}`);
  return `${lines.join("\n")}\n`;
}
