import type { Condition, Rule } from "./condition.ts";

/** A comparison of one 32-bit half of an argument, the only kind BPF has. */
export interface Test {
  /** Twice the argument's index, plus one for the high half. */
  readonly word: number;
  readonly op: "eq" | "masked" | "gt" | "ge";
  readonly mask: number;
  readonly value: number;
}

/** Where a test leads: to an answer, to more tests, or nowhere (then the next test in line). */
export type Outcome = number | readonly DecisionNode[] | undefined;

/** One test in a line of tests; the first way that ends in an answer decides. */
export interface DecisionNode extends Test {
  readonly whenTrue: Outcome;
  readonly whenFalse: Outcome;
}

/** What a system call gets: always the same, or by its arguments and then the default. */
export type Decision = number | readonly DecisionNode[];

/** A rule as a tree of tests, before it is merged with those of other rules. */
interface Branch extends Test {
  /** Which tests of one word come first: equality 3, less-than 2, greater-than 1. */
  readonly rank: number;
  /** Low half of the whole value, for the tests of a high half. */
  readonly low: number;
  readonly whenTrue: number | Branch | undefined;
  readonly whenFalse: number | Branch | undefined;
}

interface Node extends Test {
  readonly rank: number;
  readonly low: number;
  whenTrue: number | Node[] | undefined;
  whenFalse: number | Node[] | undefined;
}

function test(
  condition: Condition,
  half: "high" | "low",
  op: Test["op"],
  whenTrue: Branch["whenTrue"],
  whenFalse: Branch["whenFalse"],
): Branch {
  const { comparison, mask, value } = condition;
  const rank =
    comparison === "lt" || comparison === "le"
      ? 2
      : comparison === "gt" || comparison === "ge"
        ? 1
        : 3;
  return {
    word: condition.index * 2 + (half === "high" ? 1 : 0),
    op,
    mask: mask[half],
    value: (value[half] & mask[half]) >>> 0,
    rank,
    low: value.low,
    whenTrue,
    whenFalse,
  };
}

function isVacuous({ comparison, mask }: Condition, bits: 32 | 64): boolean {
  return comparison === "masked" && mask.low === 0 && (bits === 32 || mask.high === 0);
}

/** The tree that leads to `met` where a condition holds and nowhere else. */
function branch(condition: Condition, bits: 32 | 64, met: number | Branch): Branch {
  const { comparison } = condition;
  const op = comparison === "masked" ? "masked" : "eq";
  switch (comparison) {
    case "eq":
    case "masked": {
      const low = test(condition, "low", op, met, undefined);
      return bits === 32 ? low : test(condition, "high", op, low, undefined);
    }
    case "ne": {
      const low = test(condition, "low", op, undefined, met);
      return bits === 32 ? low : test(condition, "high", op, low, met);
    }
    case "gt":
    case "ge": {
      const low = test(condition, "low", comparison, met, undefined);
      if (bits === 32) return low;
      const equal = test(condition, "high", "eq", low, undefined);
      return test(condition, "high", "gt", met, equal);
    }
    case "lt":
    case "le": {
      const low = test(condition, "low", comparison === "lt" ? "ge" : "gt", undefined, met);
      if (bits === 32) return low;
      const equal = test(condition, "high", "eq", low, met);
      return test(condition, "high", "gt", undefined, equal);
    }
  }
}

function plant({ whenTrue, whenFalse, ...rest }: Branch): Node {
  const outcome = (next: Branch["whenTrue"]): Node["whenTrue"] =>
    typeof next === "object" ? [plant(next)] : next;
  return { ...rest, whenTrue: outcome(whenTrue), whenFalse: outcome(whenFalse) };
}

/** Whether two tests ask the same. */
export function isSameTest(a: Test, b: Test): boolean {
  return a.word === b.word && a.op === b.op && a.value === b.value && a.mask === b.mask;
}

/** Whether a new test goes before one that is there: the narrower comparison is asked first. */
function goesBefore(fresh: Branch, there: Node): boolean {
  if (fresh.word !== there.word) return fresh.word > there.word;
  if (fresh.rank !== there.rank) return fresh.rank > there.rank;
  return there.rank === 2 ? fresh.value < there.value : fresh.value > there.value;
}

/** Whether every way through leads to this answer. */
function leadsTo(line: readonly Node[], answer: number): boolean {
  return line.every(({ whenTrue, whenFalse }) =>
    [whenTrue, whenFalse].every((outcome) =>
      typeof outcome === "object"
        ? leadsTo(outcome, answer)
        : outcome === undefined || outcome === answer,
    ),
  );
}

const sides = ["whenTrue", "whenFalse"] as const;

function isLeaf(node: Branch | Node): boolean {
  return typeof node.whenTrue !== "object" && typeof node.whenFalse !== "object";
}

/** Merges a rule into a line of tests; false when it contradicts one that is there. */
function merge(line: Node[], fresh: Branch): boolean {
  for (let i = 0; i < line.length; i++) {
    const there = line[i] as Node;
    if (isSameTest(there, fresh)) return mergeSame(there, fresh);
    if (goesBefore(fresh, there)) {
      line.splice(i, 0, plant(fresh));
      return true;
    }
  }
  line.push(plant(fresh));
  return true;
}

function mergeSame(there: Node, fresh: Branch): boolean {
  for (const side of sides) {
    const answer = fresh[side];
    if (typeof answer !== "number") continue;
    const now = there[side];
    if (typeof now === "number") {
      if (now === answer) continue;
      // Two comparisons of one high half that differ in the low half: the narrower one decides.
      if (fresh.word % 2 === 1) {
        const narrower = side === "whenTrue" ? fresh.low > there.low : fresh.low < there.low;
        if (narrower) there[side] = answer;
      }
      if (isLeaf(there) || isLeaf(fresh)) return false;
    } else {
      if (now !== undefined && !leadsTo(now, answer)) return false;
      there[side] = answer;
    }
  }
  for (const side of sides) {
    const next = fresh[side];
    if (typeof next !== "object") continue;
    const now = there[side];
    // A rule that asks more than one already there never gets asked here; elsewhere it may.
    if (typeof now === "number") continue;
    if (now === undefined) there[side] = [plant(next)];
    else if (!merge(now, next)) return false;
  }
  return true;
}

function isSameCondition(a: Condition, b: Condition, bits: 32 | 64): boolean {
  if (a.index !== b.index || a.comparison !== b.comparison) return false;
  const isSameLow = a.value.low === b.value.low && a.mask.low === b.mask.low;
  if (bits === 32) return isSameLow;
  return isSameLow && a.value.high === b.value.high && a.mask.high === b.mask.high;
}

/** Whether conditions are those of an earlier rule and some more: that one always comes first. */
function asksMore(
  asked: readonly Condition[],
  earlier: readonly Condition[],
  bits: 32 | 64,
): boolean {
  return (
    earlier.length < asked.length &&
    earlier.every((one) => asked.some((condition) => isSameCondition(condition, one, bits)))
  );
}

/**
 * The decision that a system call's rules add up to, in the order libseccomp gives them:
 *
 * - A rule without conditions decides alone; the first one does.
 * - Else the first rule that is met decides, asked from the last argument to the first, equality
 *   before less-than before greater-than, and of these the narrower first.
 * - A rule that asks more than an earlier one is left out; one that asks less replaces it when both
 *   say the same.
 *
 * `conflict` is the rule that contradicts an earlier one; libseccomp refuses it.
 */
export function decide(
  rules: readonly Rule[],
  bits: 32 | 64,
): { readonly decision?: Decision; readonly conflict?: Rule } {
  let decision: number | Node[] | undefined;
  const kept: (readonly Condition[])[] = [];
  for (const rule of rules) {
    if (typeof decision === "number") break;
    let fresh: number | Branch = rule.answer;
    const asked = rule.conditions
      .filter((condition) => !isVacuous(condition, bits))
      .sort((a, b) => b.index - a.index);
    if (asked.length > 1 && kept.some((earlier) => asksMore(asked, earlier, bits))) continue;
    for (const condition of asked) fresh = branch(condition, bits, fresh);
    if (typeof fresh === "number") decision = fresh;
    else if (decision === undefined) decision = [plant(fresh)];
    else if (!merge(decision, fresh)) return { conflict: rule };
    kept.push(asked);
  }
  return decision === undefined ? {} : { decision };
}
