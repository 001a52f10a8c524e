const contextLines = 3;

/**
 * The difference of two texts in the unified format, empty when there is none. Meant for a few changes
 * in one document: everything between the first and the last of them is one hunk at worst.
 */
export function unifiedDiff(name: string, from: string, to: string): string {
  if (from === to) return "";
  const before = from.split("\n");
  const after = to.split("\n");
  const hunks = groupChanges(changedRuns(before, after));
  const output = [`--- ${name}`, `+++ ${name}`];
  for (const runs of hunks) output.push(...hunk(before, after, runs));
  return `${output.join("\n")}\n`;
}

/** Lines `before[a..aEnd]` that became `after[b..bEnd]`. */
interface Run {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/**
 * Walks both texts, and where they differ looks for the nearest place at which they meet again. Not the
 * shortest difference in every case, but in time linear in the text and the size of its changes.
 */
function changedRuns(before: readonly string[], after: readonly string[]): Run[] {
  const runs: Run[] = [];
  let a = 0;
  let b = 0;
  while (a < before.length || b < after.length) {
    if (a < before.length && b < after.length && before[a] === after[b]) {
      a++;
      b++;
      continue;
    }
    const meet = nextMeeting(before, after, a, b);
    runs.push({ a, aEnd: meet.a, b, bEnd: meet.b });
    a = meet.a;
    b = meet.b;
  }
  return runs;
}

function nextMeeting(
  before: readonly string[],
  after: readonly string[],
  a: number,
  b: number,
): { readonly a: number; readonly b: number } {
  const farthest = before.length - a + (after.length - b);
  for (let distance = 1; distance <= farthest; distance++) {
    for (let skipped = 0; skipped <= distance; skipped++) {
      const nextA = a + skipped;
      const nextB = b + distance - skipped;
      if (nextA > before.length || nextB > after.length) continue;
      const ended = nextA === before.length && nextB === after.length;
      if (ended || (nextA < before.length && before[nextA] === after[nextB])) {
        return { a: nextA, b: nextB };
      }
    }
  }
  return { a: before.length, b: after.length };
}

function groupChanges(runs: readonly Run[]): Run[][] {
  const groups: Run[][] = [];
  for (const run of runs) {
    const last = groups.at(-1)?.at(-1);
    if (last && run.a - last.aEnd <= 2 * contextLines) groups.at(-1)?.push(run);
    else groups.push([run]);
  }
  return groups;
}

function hunk(before: readonly string[], after: readonly string[], runs: readonly Run[]): string[] {
  const first = runs[0] as Run;
  const last = runs.at(-1) as Run;
  const lead = Math.min(contextLines, first.a);
  const trail = Math.min(contextLines, before.length - last.aEnd);
  const startA = first.a - lead;
  const startB = first.b - lead;
  const lines: string[] = [];
  let a = startA;
  for (const run of runs) {
    for (; a < run.a; a++) lines.push(` ${before[a]}`);
    for (const line of before.slice(run.a, run.aEnd)) lines.push(`-${line}`);
    for (const line of after.slice(run.b, run.bEnd)) lines.push(`+${line}`);
    a = run.aEnd;
  }
  for (; a < last.aEnd + trail; a++) lines.push(` ${before[a]}`);
  const sizeA = last.aEnd + trail - startA;
  const sizeB = last.bEnd + trail - startB;
  return [`@@ -${startA + 1},${sizeA} +${startB + 1},${sizeB} @@`, ...lines];
}
