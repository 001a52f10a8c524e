import type { Issue, Severity } from "../issue.ts";
import { LineTable } from "../position.ts";
import type { DocumentReport, Summary } from "./report.ts";
import { visible, visibleLength } from "./visible.ts";

export interface PrettyOptions {
  /** Whether to write ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal; longer lines of a document are cut around the place. Default 100. */
  readonly columns?: number;
}

type Paint = (text: string) => string;

interface Palette {
  readonly severity: Readonly<Record<Severity, Paint>>;
  readonly bold: Paint;
  readonly dim: Paint;
}

const severities = { error: 31, warning: 33, info: 36 } as const;

function palette(color: boolean): Palette {
  const paint =
    (code: number): Paint =>
    (text) =>
      color ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    severity: {
      error: paint(severities.error),
      warning: paint(severities.warning),
      info: paint(severities.info),
    },
    bold: paint(1),
    dim: paint(2),
  };
}

/** A document's issues for a person at a terminal, each with the line it stands on. Empty without issues. */
export function prettyReport(document: DocumentReport, options: PrettyOptions = {}): string {
  const colors = palette(options.color ?? false);
  const { source, text, issues, failure } = document;
  if (failure !== undefined) {
    return `${colors.severity.error("failed")}: ${visible(`${source}: ${failure}`)}\n\n`;
  }
  const lines = text === undefined ? undefined : new LineTable(text);
  const width = Math.max(40, options.columns ?? 100);
  return issues.map((issue) => `${prettyIssue(issue, source, lines, width, colors)}\n`).join("");
}

function prettyIssue(
  issue: Issue,
  source: string,
  lines: LineTable | undefined,
  width: number,
  colors: Palette,
): string {
  const { position, end, severity, rule, message, pointer, fix, spec, related } = issue;
  const paint = colors.severity[severity];
  const place = position ? `${source}:${position.line}:${position.column}` : source;
  const gutter = " ".repeat(String(position?.line ?? 1).length);
  const bar = colors.dim("|");
  const output = [
    `${paint(severity)}${colors.dim(`[${rule}]`)} ${colors.bold(visible(message))}`,
    `${gutter}${colors.dim("-->")} ${visible(place)}${pointer === "" ? "" : colors.dim(` ${visible(pointer)}`)}`,
  ];
  const line = position && lines?.line(position.line);
  if (position && line !== undefined) {
    const until = end && end.line === position.line ? end.column : line.length + 1;
    const frame = cutLine(line, position.column - 1, until - 1, width - gutter.length - 4);
    const marks = "^".repeat(Math.max(1, frame.length));
    output.push(
      `${gutter} ${bar}`,
      `${colors.dim(String(position.line))} ${bar} ${frame.text}`,
      `${gutter} ${bar} ${" ".repeat(frame.start)}${paint(marks)}`,
    );
  }
  for (const { message: note, position: there } of related ?? []) {
    output.push(
      `${gutter} ${colors.dim("=")} ${note}: ${visible(source)}:${there.line}:${there.column}`,
    );
  }
  if (fix) output.push(`${gutter} ${colors.dim("=")} fix: ${visible(fix.title)}`);
  if (spec !== undefined) output.push(`${gutter} ${colors.dim("=")} ${colors.dim(spec)}`);
  return `${output.join("\n")}\n`;
}

/** A line as it is shown: the part around the marked stretch when the whole is too wide. */
function cutLine(
  line: string,
  start: number,
  end: number,
  width: number,
): { readonly text: string; readonly start: number; readonly length: number } {
  const marked = Math.min(end, start + Math.max(1, width >> 1));
  let from = 0;
  let to = line.length;
  if (line.length > width) {
    from = Math.max(0, Math.min(start - ((width - (marked - start)) >> 1), line.length - width));
    to = Math.min(line.length, from + width);
  }
  const head = from > 0 ? "…" : "";
  const tail = to < line.length ? "…" : "";
  return {
    text: head + visible(line.slice(from, to)) + tail,
    start: head.length + visibleLength(line.slice(from, start)),
    length: visibleLength(line.slice(start, Math.min(marked, to))),
  };
}

/** One line on how much was found. */
export function prettySummary(summary: Summary, options: PrettyOptions = {}): string {
  const colors = palette(options.color ?? false);
  const { documents, failed, errors, warnings, infos } = summary;
  const found = [
    ...(errors > 0 ? [colors.severity.error(counted(errors, "error"))] : []),
    ...(warnings > 0 ? [colors.severity.warning(counted(warnings, "warning"))] : []),
    ...(infos > 0 ? [colors.severity.info(counted(infos, "info"))] : []),
  ];
  const result = found.length === 0 ? "no problems" : found.join(", ");
  const unchecked = failed > 0 ? `, ${failed} could not be checked` : "";
  return `${result} in ${counted(documents, "document")}${unchecked}\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
