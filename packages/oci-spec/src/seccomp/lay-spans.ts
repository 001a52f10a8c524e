import { type Assembler, opcode, type Place } from "./assembler.ts";
import type { Span } from "./number-line.ts";

/** What every span weighs beside its calls, so that the rare ones don't end up in a long line. */
const leastWeight = 0.25;

/**
 * Lays a search tree over spans: one comparison of the number a level, fewer for the spans that
 * hold more of the named calls. `layAnswer` lays what a span gets.
 */
export function laySpans(
  assembler: Assembler,
  spans: readonly Span[],
  layAnswer: (span: Span) => Place,
): Place {
  const sums = [0];
  for (const { weight } of spans) sums.push((sums.at(-1) as number) + weight + leastWeight);

  const lay = (from: number, to: number): Place => {
    const first = spans[from] as Span;
    if (to - from === 1) return layAnswer(first);
    const middle = spans[from + 1] as Span;
    const third = spans[from + 2];
    // A single number within a span that goes on behind it: one test for equality will do.
    if (to - from === 3 && third?.decision === first.decision) {
      if (third.start - middle.start === 1) {
        const otherwise = layAnswer(first);
        return assembler.test(opcode.jumpEqual, middle.start, layAnswer(middle), otherwise);
      }
    }
    const half = ((sums[from] as number) + (sums[to] as number)) / 2;
    let split = from + 1;
    while (split < to - 1 && (sums[split] as number) < half) split++;
    // The sum passes the half within a span; the cut goes to its nearer end.
    const over = (sums[split] as number) - half;
    if (split > from + 1 && half - (sums[split - 1] as number) < over) split--;
    const below = lay(from, split);
    const above = lay(split, to);
    return assembler.test(opcode.jumpGreaterOrEqual, (spans[split] as Span).start, above, below);
  };
  return lay(0, spans.length);
}
