import type { Issue, Severity } from "@ocikit/diagnostics";

/** A stretch of text, with what weighs most of the issues on it. */
export interface Stretch {
  readonly text: string;
  readonly severity: Severity | undefined;
}

const weights: readonly Severity[] = ["info", "warning", "error"];

/** Cuts a text where issues begin and end. */
export function markIssues(text: string, issues: readonly Issue[]): readonly Stretch[] {
  const heaviest = new Map<number, Severity>();
  const cuts = new Set([0, text.length]);
  const spans = issues.flatMap(({ position, end, severity }) => {
    if (!position) return [];
    // What is missing at a place is shown on what stands there.
    const span = {
      from: position.offset,
      to: Math.max(end?.offset ?? 0, position.offset + 1),
      severity,
    };
    cuts.add(span.from).add(Math.min(span.to, text.length));
    return [span];
  });
  const sorted = [...cuts].sort((a, b) => a - b);
  for (const severity of weights) {
    for (const span of spans) {
      if (span.severity !== severity) continue;
      for (const cut of sorted) if (cut >= span.from && cut < span.to) heaviest.set(cut, severity);
    }
  }
  return sorted.slice(0, -1).map((from, index) => ({
    text: text.slice(from, sorted[index + 1]),
    severity: heaviest.get(from),
  }));
}
