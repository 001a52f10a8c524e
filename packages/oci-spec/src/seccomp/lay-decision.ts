import { type Assembler, opcode, type Place } from "./assembler.ts";
import { type Decision, type DecisionNode, isSameTest, type Outcome } from "./decision.ts";

/** What is known of the accumulator: which word it holds, masked how, and between which bounds. */
interface Accumulator {
  readonly word: number;
  readonly mask: number;
  readonly min: number;
  readonly max: number;
}

const everyBit = 0xffffffff;
const unknown: Accumulator = { word: -1, mask: 0, min: 0, max: 0 };

/** The word of code that starts afresh, whatever the accumulator holds. */
const anyWord = -2;
/** After so many tests in line the code starts afresh. */
const piece = 32;
/** So many values are asked for one after the other; a search leads to them where there are more. */
const bucket = 4;

/** Code to go on with, laid when first asked for, and once for each state it can profit from. */
interface Continuation {
  /** The word it tests first; with another one in the accumulator it starts by loading. */
  readonly word: number;
  lay(accumulator: Accumulator): Place;
}

const jumps = {
  eq: opcode.jumpEqual,
  masked: opcode.jumpEqual,
  gt: opcode.jumpGreater,
  ge: opcode.jumpGreaterOrEqual,
} as const;

/** What the bounds already say about a test. */
function foreseen(node: DecisionNode, { min, max }: Accumulator): boolean | undefined {
  const { op, value } = node;
  if (op === "gt") return min > value ? true : max <= value ? false : undefined;
  if (op === "ge") return min >= value ? true : max < value ? false : undefined;
  if (value < min || value > max) return false;
  return min === max ? true : undefined;
}

function narrowed(node: DecisionNode, held: Accumulator, met: boolean): Accumulator {
  const { op, value } = node;
  let { min, max } = held;
  if (op === "eq" || op === "masked") {
    if (met) min = max = value;
    else if (value === min) min++;
    else if (value === max) max--;
  } else {
    const least = op === "gt" ? value + 1 : value;
    if (met) min = Math.max(min, least);
    else max = Math.min(max, least - 1);
  }
  return { ...held, min, max };
}

function isPlainEquality({ op, mask, whenFalse }: DecisionNode): boolean {
  return op === "eq" && mask === everyBit && whenFalse === undefined;
}

/** Where the run begins that ends at `end`: several values asked of one word, or a single test. */
function runStart(nodes: readonly DecisionNode[], end: number): number {
  const { word } = nodes[end - 1] as DecisionNode;
  let start = end;
  while (start > 0) {
    const node = nodes[start - 1] as DecisionNode;
    if (node.word !== word || !isPlainEquality(node)) break;
    start--;
  }
  return end - start < 2 * bucket ? end - 1 : start;
}

function isSameState(a: Accumulator, b: Accumulator): boolean {
  return a.word === b.word && a.mask === b.mask && a.min === b.min && a.max === b.max;
}

function isSameOutcome(a: Outcome, b: Outcome): boolean {
  return typeof a === "object" && typeof b === "object" ? isSameLine(a, b) : a === b;
}

function isSameLine(a: readonly DecisionNode[], b: readonly DecisionNode[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((node, i) => {
    const other = b[i] as DecisionNode;
    return (
      isSameTest(node, other) &&
      isSameOutcome(node.whenTrue, other.whenTrue) &&
      isSameOutcome(node.whenFalse, other.whenFalse)
    );
  });
}

/** What `layDecision` needs to know beside the decision. */
export interface LayDecisionOptions {
  /** The answer where no rule is met. */
  readonly otherwise: number;
  /** Offset of half an argument in `struct seccomp_data`. */
  readonly wordOffset: (word: number) => number;
  /** Whether many values of one word are searched: quicker, but a quarter longer. */
  readonly search: boolean;
}

/** Lays the code of a decision by arguments. */
export function layDecision(
  assembler: Assembler,
  decision: Exclude<Decision, number>,
  { otherwise, wordOffset, search }: LayDecisionOptions,
): Place {
  /** Lines laid before, with what comes after them: the same tests need not be laid again. */
  const lines: { nodes: readonly DecisionNode[]; after: Continuation; first: Continuation }[] = [];

  const continuation = (word: number, lay: (held: Accumulator) => Place): Continuation => {
    const laid: { held: Accumulator; place: Place }[] = [];
    return {
      word,
      lay(accumulator) {
        const held = accumulator.word === word ? accumulator : unknown;
        for (const known of laid) if (isSameState(known.held, held)) return known.place;
        const place = lay(held);
        laid.push({ held, place });
        return place;
      },
    };
  };

  const line = (nodes: readonly DecisionNode[], after: Continuation): Continuation => {
    const known = lines.find((other) => other.after === after && isSameLine(other.nodes, nodes));
    if (known !== undefined) return known.first;
    let first = after;
    let end = nodes.length;
    while (end > 0) {
      const start = search ? runStart(nodes, end) : end - 1;
      const run = nodes.slice(start, end);
      const following = first;
      const [node] = run as [DecisionNode];
      // A long line is laid in pieces, or laying it would take as many calls as it has tests.
      const isPieceEnd = Math.floor(start / piece) !== Math.floor(end / piece);
      first = continuation(isPieceEnd ? anyWord : node.word, (held) =>
        run.length > 1 ? laySearch(run, following, held) : layNode(node, following, held),
      );
      if (isPieceEnd) first.lay(unknown);
      end = start;
    }
    lines.push({ nodes, after, first });
    return first;
  };

  const go = (outcome: Outcome, after: Continuation, held: Accumulator): Place => {
    if (typeof outcome === "number") return assembler.answer(outcome);
    return (outcome === undefined ? after : line(outcome, after)).lay(held);
  };

  const layNode = (node: DecisionNode, after: Continuation, before: Accumulator): Place => {
    const { word, mask, op, value } = node;
    if (mask === 0) return go(node.whenTrue, after, before);
    const isHeld = before.word === word && before.mask === mask;
    const held = isHeld ? before : { word, mask, min: 0, max: mask };
    const certain = foreseen(node, held);
    // Without a load the accumulator still holds what it held before.
    if (certain !== undefined) return go(certain ? node.whenTrue : node.whenFalse, after, before);
    const whenFalse = go(node.whenFalse, after, narrowed(node, held, false));
    const whenTrue = go(node.whenTrue, after, narrowed(node, held, true));
    let place = assembler.test(jumps[op], value, whenTrue, whenFalse);
    if (isHeld) return place;
    if (mask !== everyBit) place = assembler.and(mask);
    const isLoaded = before.word === word && before.mask === everyBit;
    return isLoaded ? place : assembler.load(wordOffset(word));
  };

  /** A search among values of one word: at most one of them is met. */
  const laySearch = (
    run: readonly DecisionNode[],
    after: Continuation,
    before: Accumulator,
  ): Place => {
    const { word } = run[0] as DecisionNode;
    const isHeld = before.word === word && before.mask === everyBit;
    const held = isHeld ? before : { word, mask: everyBit, min: 0, max: everyBit };
    const sorted = [...run].sort((a, b) => a.value - b.value);
    const lay = (from: number, to: number): Place => {
      if (to - from > bucket) {
        const middle = (from + to) >> 1;
        const below = lay(from, middle);
        const above = lay(middle, to);
        const { value } = sorted[middle] as DecisionNode;
        return assembler.test(opcode.jumpGreaterOrEqual, value, above, below);
      }
      let place = after.lay(held);
      for (const node of sorted.slice(from, to)) {
        const met = go(node.whenTrue, after, narrowed(node, held, true));
        place = assembler.test(opcode.jumpEqual, node.value, met, place);
      }
      return place;
    };
    const place = lay(0, sorted.length);
    return isHeld ? place : assembler.load(wordOffset(word));
  };

  const end = continuation(anyWord, () => assembler.answer(otherwise));
  return line(decision, end).lay(unknown);
}
