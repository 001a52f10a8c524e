import type { Results } from "./result.ts";

/** `145 passed, 9 failed, 20 skipped`, over all files. */
export function count(all: ReadonlyMap<string, Results>): string {
  const statuses = [...all.values()].flatMap((results) =>
    [...results.values()].map(({ status }) => status),
  );
  const of = (wanted: string): number => statuses.filter((status) => status === wanted).length;
  return `${of("passed")} passed, ${of("failed")} failed, ${of("skipped")} skipped of ${statuses.length}`;
}

/** The tests that two runtimes answer differently, one a line. */
export function compare(
  baseline: ReadonlyMap<string, Results>,
  other: ReadonlyMap<string, Results>,
  name: string,
): string {
  const rows: string[] = [];
  for (const [file, results] of baseline) {
    for (const [test, { status }] of results) {
      const theirs = other.get(file)?.get(test)?.status ?? "missing";
      if (theirs !== status) rows.push(`  ${file}: ${test}: runc ${status}, ${name} ${theirs}`);
    }
  }
  return rows.length === 0
    ? `runc and ${name} agree on every test`
    : `runc and ${name} differ on ${rows.length} tests:\n${rows.join("\n")}`;
}
