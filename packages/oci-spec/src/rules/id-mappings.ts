import type { Report } from "@ocikit/diagnostics";
import type { IdMapping } from "../generated/types.ts";

/** Most that the kernel takes since 4.15; before, it was 5. */
const maxMappings = 340;

const columns = ["containerID", "hostID"] as const;
type Column = (typeof columns)[number];

/** Reports what the kernel refuses of a list of mappings (`user_namespaces(7)`). */
export function checkMappings(
  mappings: readonly IdMapping[] | undefined,
  pointer: string,
  report: Report,
): void {
  if (!mappings) return;
  for (const [index, mapping] of mappings.entries()) {
    if (mapping.size === 0) report(`${pointer}/${index}/size`, "a range of 0 IDs maps nothing");
    for (const column of columns) {
      if (mapping[column] + mapping.size < 2 ** 32) continue;
      report(
        `${pointer}/${index}/${column}`,
        `from here ${mapping.size} IDs go past the last, 4294967294`,
      );
    }
  }
  for (const column of columns) checkOverlaps(mappings, column, pointer, report);
  if (mappings.length > maxMappings) {
    report(`${pointer}/${maxMappings}`, `the kernel takes at most ${maxMappings} mappings`);
  }
}

/** One pass over the ranges in their order, each compared with the one that reaches farthest so far. */
function checkOverlaps(
  mappings: readonly IdMapping[],
  column: Column,
  pointer: string,
  report: Report,
): void {
  const ranges = mappings
    .map(({ [column]: first, size }, index) => ({ index, first, end: first + size }))
    .filter(({ first, end }) => first < end)
    .sort((a, b) => a.first - b.first);
  let farthest = ranges[0];
  for (const range of ranges.slice(1)) {
    if (farthest && range.first < farthest.end) {
      const [one, other] = [range.index, farthest.index].sort((a, b) => a - b);
      report(`${pointer}/${other}/${column}`, `the range overlaps that of entry ${one}`);
    }
    if (!farthest || range.end > farthest.end) farthest = range;
  }
}
