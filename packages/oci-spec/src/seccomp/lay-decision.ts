import { type Assembler, opcode, type Place } from "./assembler.ts";
import type { Decision, DecisionNode, Outcome } from "./decision.ts";

/** What is known of the accumulator: which word it holds, masked how, and between which bounds. */
interface Accumulator {
  readonly word: number;
  readonly mask: number;
  readonly min: number;
  readonly max: number;
}

const everyBit = 0xffffffff;
const unknown: Accumulator = { word: -1, mask: 0, min: 0, max: 0 };

/** Code to go on with, laid when first asked for, and once for each state it can profit from. */
interface Continuation {
  readonly id: number;
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

/** Lays the code of a decision by arguments; `otherwise` is what it gets when no rule is met. */
export function layDecision(
  assembler: Assembler,
  decision: Exclude<Decision, number>,
  otherwise: number,
  wordOffset: (word: number) => number,
): Place {
  /** Lines of tests that were met before, with what comes after them: the same code does. */
  const lines = new Map<string, Continuation>();
  let continuations = 0;

  const continuation = (word: number, lay: (held: Accumulator) => Place): Continuation => {
    const places = new Map<string, Place>();
    return {
      id: continuations++,
      word,
      lay(held) {
        const useful = held.word === word ? held : unknown;
        const key = `${useful.word} ${useful.mask} ${useful.min} ${useful.max}`;
        let place = places.get(key);
        if (place === undefined) {
          place = lay(useful);
          places.set(key, place);
        }
        return place;
      },
    };
  };

  const line = (nodes: readonly DecisionNode[], after: Continuation): Continuation => {
    const key = `${after.id} ${JSON.stringify(nodes)}`;
    let next = lines.get(key);
    if (next !== undefined) return next;
    next = after;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i] as DecisionNode;
      const following = next;
      next = continuation(node.word, (held) => layNode(node, following, held));
    }
    lines.set(key, next);
    return next;
  };

  const layNode = (node: DecisionNode, after: Continuation, before: Accumulator): Place => {
    const { word, mask, op, value } = node;
    const go = (outcome: Outcome, held: Accumulator): Place => {
      if (typeof outcome === "number") return assembler.answer(outcome);
      return (outcome === undefined ? after : line(outcome, after)).lay(held);
    };
    if (mask === 0) return go(node.whenTrue, before);
    const isHeld = before.word === word && before.mask === mask;
    const held = isHeld ? before : { word, mask, min: 0, max: mask };
    const certain = foreseen(node, held);
    // Without a load the accumulator still holds what it held before.
    if (certain !== undefined) return go(certain ? node.whenTrue : node.whenFalse, before);
    const whenFalse = go(node.whenFalse, narrowed(node, held, false));
    const whenTrue = go(node.whenTrue, narrowed(node, held, true));
    let place = assembler.test(jumps[op], value, whenTrue, whenFalse);
    if (isHeld) return place;
    if (mask !== everyBit) place = assembler.and(mask);
    const isLoaded = before.word === word && before.mask === everyBit;
    return isLoaded ? place : assembler.load(wordOffset(word));
  };

  const end = continuation(-1, () => assembler.answer(otherwise));
  return line(decision, end).lay(unknown);
}
