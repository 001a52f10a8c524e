/** From the first to the last of it. */
export type NumberRange = readonly [first: number, last: number];

/** As far as runtimes count CPUs and memory nodes. */
const maxNumber = 65536;

/**
 * Reads a list of CPUs or memory nodes like `0-3,7`, into ranges that are sorted and apart from each other;
 * or says what is wrong with it. Blanks and empty entries are passed over, as runc does.
 */
export function parseNumberList(text: string): readonly NumberRange[] | string {
  const ranges: [first: number, last: number][] = [];
  for (const entry of text.split(",")) {
    const trimmed = entry.trim();
    if (trimmed === "") continue;
    const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(trimmed) ?? [];
    const shown = JSON.stringify(trimmed.slice(0, 20));
    if (first === "") return `${shown} is no number and no range like "0-3"`;
    if (Number(last) > maxNumber) return `${shown} goes past ${maxNumber}, the most runtimes take`;
    if (Number(first) > Number(last)) return `${shown} ends before it begins`;
    ranges.push([Number(first), Number(last)]);
  }
  return merged(ranges);
}

function merged(ranges: [first: number, last: number][]): readonly NumberRange[] {
  const apart: [first: number, last: number][] = [];
  for (const [first, last] of ranges.sort(([a], [b]) => a - b)) {
    const before = apart.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else apart.push([first, last]);
  }
  return apart;
}

/** The first number of a parsed list that another parsed list lacks; undefined when it has all. */
export function firstOutside(
  list: readonly NumberRange[],
  other: readonly NumberRange[],
): number | undefined {
  let at = 0;
  for (const [first, last] of list) {
    while ((other[at]?.[1] ?? Number.POSITIVE_INFINITY) < first) at++;
    const [start, end] = other[at] ?? [last + 1, last];
    if (first < start) return first;
    if (last > end) return end + 1;
  }
  return undefined;
}
