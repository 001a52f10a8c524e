import type { Severity } from "../issue.ts";
import type { DocumentReport } from "./report.ts";

const commands: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "notice",
};

/** A document's issues as workflow commands of GitHub Actions, which become notes on the changed lines. */
export function githubReport({ source, issues, failure }: DocumentReport): string {
  if (failure !== undefined) return command("error", { file: source }, failure);
  return issues
    .map(({ severity, position, end, rule, pointer, message }) =>
      command(
        commands[severity],
        {
          file: source,
          ...(position && { line: position.line, col: position.column }),
          ...(end && { endLine: end.line, endColumn: end.column }),
          title: rule,
        },
        pointer === "" ? message : `${pointer}: ${message}`,
      ),
    )
    .join("");
}

function command(
  name: string,
  properties: Readonly<Record<string, string | number>>,
  message: string,
): string {
  const list = Object.entries(properties).map(
    ([key, value]) => `${key}=${property(String(value))}`,
  );
  return `::${name} ${list.join(",")}::${data(message)}\n`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
