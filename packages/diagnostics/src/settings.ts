import type { Issue, Severity } from "./issue.ts";

/** What a project changes about rules: plain data, as it stands in a config file. */
export interface RuleSettings {
  /** Weights by rule id, by topic (`mount/*`), or for all (`*`); the most exact one counts. */
  readonly severity?: Readonly<Record<string, Severity | "off">>;
  /** Issues not to report. */
  readonly ignore?: readonly Suppression[];
}

/** Issues that somebody looked at and accepts. All that is given has to match. */
export interface Suppression {
  /** A rule id, a topic (`mount/*`), or `*`. */
  readonly rule: string;
  /** Pointer in which `*` stands for one part and `**` for any number of parts. */
  readonly pointer?: string;
  /** Name of the document, with the same stars. */
  readonly source?: string;
  /** Why it is accepted; for people. */
  readonly reason?: string;
}

/** The issues that remain, with the weights that were asked for. */
export function applySettings(issues: readonly Issue[], settings: RuleSettings): readonly Issue[] {
  const { severity = {}, ignore = [] } = settings;
  const remaining: Issue[] = [];
  for (const issue of issues) {
    const weight = weightOf(issue.rule, severity) ?? issue.severity;
    if (weight === "off" || ignore.some((suppression) => matches(suppression, issue))) continue;
    remaining.push(weight === issue.severity ? issue : { ...issue, severity: weight });
  }
  return remaining;
}

function weightOf(
  rule: string,
  weights: Readonly<Record<string, Severity | "off">>,
): Severity | "off" | undefined {
  for (const name of [rule, topicOf(rule), "*"]) {
    if (Object.hasOwn(weights, name)) return weights[name];
  }
  return undefined;
}

/** `mount/dest-root` belongs to the topic `mount/*`. */
function topicOf(rule: string): string {
  return `${rule.slice(0, rule.indexOf("/"))}/*`;
}

function matches(suppression: Suppression, issue: Issue): boolean {
  const { rule, pointer, source } = suppression;
  if (rule !== "*" && rule !== issue.rule && rule !== topicOf(issue.rule)) return false;
  if (pointer !== undefined && !matchesPath(pointer, issue.pointer)) return false;
  return source === undefined || matchesPath(source, issue.source ?? "");
}

/** Compares paths part by part: `*` inside a part is any text of that part, `**` any number of parts. */
export function matchesPath(pattern: string, path: string): boolean {
  return matchesParts(pattern.split("/"), path.split("/"));
}

function matchesParts(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === "**") {
    return path.some((_, index) => matchesParts(rest, path.slice(index))) || matchesParts(rest, []);
  }
  const [part, ...others] = path;
  return part !== undefined && matchesPart(first, part) && matchesParts(rest, others);
}

/** Compares by pieces between stars: a regular expression made from a stranger's text could run for hours. */
function matchesPart(pattern: string, part: string): boolean {
  const [first = "", ...pieces] = pattern.split("*");
  const last = pieces.pop();
  if (last === undefined) return first === part;
  if (!part.startsWith(first) || !part.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces) {
    const found = part.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= part.length - last.length;
}
