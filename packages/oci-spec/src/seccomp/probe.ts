import { argumentCount, type Condition } from "./condition.ts";
import { toInteger } from "./wording.ts";

/** A call's arguments; a hole stands for any value. */
export type KnownArguments = readonly (number | bigint | undefined)[];

const largest = (1n << 64n) - 1n;
/** How many calls are tried at most; beyond, values are left out evenly. */
const mostCalls = 4096;

/** The values at which the conditions on one argument change their mind. */
function turningPoints(conditions: readonly Condition[]): readonly bigint[] {
  const points = new Set([0n]);
  const add = (point: bigint): void => {
    if (point >= 0n && point <= largest) points.add(point);
  };
  const masked = conditions.filter(({ comparison }) => comparison === "masked");
  for (const { value, mask, comparison } of conditions) {
    const at = toInteger(value);
    if (comparison === "masked") {
      const bits = toInteger(mask);
      add(at & bits);
      add((at & bits) | (largest & ~bits));
      // Off by one bit of the mask, with all the other bits both ways.
      const off = (at ^ (bits & -bits)) & bits;
      add(off);
      add(off | (largest & ~bits));
      add(bits);
      for (const other of masked)
        add((at & bits) | (toInteger(other.value) & toInteger(other.mask)));
    } else {
      for (const point of [at - 1n, at, at + 1n, at + (1n << 32n), largest]) add(point);
    }
  }
  return [...points];
}

/**
 * Arguments that between them reach every side of the conditions: each known one as it is, each
 * other one at its turning points.
 */
export function probeArguments(
  conditions: readonly Condition[],
  known: KnownArguments = [],
): readonly (readonly bigint[])[] {
  let calls: bigint[][] = [[]];
  for (let index = 0; index < argumentCount; index++) {
    const value = known[index];
    const points =
      value !== undefined
        ? [BigInt(value)]
        : turningPoints(conditions.filter((condition) => condition.index === index));
    let next = calls.flatMap((call) => points.map((point) => [...call, point]));
    if (next.length > mostCalls) {
      const step = next.length / mostCalls;
      next = Array.from({ length: mostCalls }, (_, i) => next[Math.floor(i * step)] as bigint[]);
    }
    calls = next;
  }
  return calls;
}

/** Whether arguments meet a condition, on an architecture of this width. */
export function isMet(condition: Condition, args: readonly bigint[], bits: 32 | 64): boolean {
  const width = bits === 32 ? 0xffffffffn : largest;
  const argument = (args[condition.index] ?? 0n) & width;
  const value = toInteger(condition.value) & width;
  switch (condition.comparison) {
    case "eq":
      return argument === value;
    case "ne":
      return argument !== value;
    case "lt":
      return argument < value;
    case "le":
      return argument <= value;
    case "gt":
      return argument > value;
    case "ge":
      return argument >= value;
    case "masked": {
      const mask = toInteger(condition.mask);
      return (argument & mask) === (value & mask);
    }
  }
}
