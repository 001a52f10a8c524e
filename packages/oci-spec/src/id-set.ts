import type { IdMapping } from "./generated/types.ts";

/** A set of IDs, made of ranges. */
export interface IdSet {
  has(id: number): boolean;
}

/**
 * The IDs that exist inside a user namespace with these mappings; undefined when there are none, which
 * leaves open what is mapped. Asking costs a logarithm, since both lists may be long.
 */
export function idsInside(mappings: readonly IdMapping[] | undefined): IdSet | undefined {
  if (!mappings?.length) return undefined;
  const ranges: [first: number, end: number][] = [];
  const sorted = mappings
    .map(({ containerID, size }): [number, number] => [containerID, containerID + size])
    .sort(([a], [b]) => a - b);
  for (const [first, end] of sorted) {
    const last = ranges.at(-1);
    if (last && first <= last[1]) last[1] = Math.max(last[1], end);
    else ranges.push([first, end]);
  }
  return {
    has(id) {
      let low = 0;
      let high = ranges.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((ranges[middle]?.[0] ?? 0) <= id) low = middle + 1;
        else high = middle;
      }
      return id < (ranges[low - 1]?.[1] ?? 0);
    },
  };
}
