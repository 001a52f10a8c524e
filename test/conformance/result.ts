/** What one test of somebody's suite said about a runtime. */
export interface Result {
  readonly status: "passed" | "failed" | "skipped";
  /** Why it was skipped, or what a failing test wrote. */
  readonly detail: string;
}

/** The results of a file of tests, by the tests' names. */
export type Results = ReadonlyMap<string, Result>;

/** Names made unique, in order: the second `start` of a file is `start (2)`. */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
