import { stringifyJson } from "../json/stringify.ts";
import { type RunReport, summarize } from "./report.ts";

/** The run as JSON: tool, documents with their issues, and the summary. One document, with a version. */
export function jsonReport({ tool, documents }: RunReport): string {
  const report = {
    version: 1,
    tool: { name: tool.name, version: tool.version },
    summary: summarize(documents),
    documents: documents.map(({ source, issues, failure }) => ({
      source,
      valid: failure === undefined && !issues.some(({ severity }) => severity === "error"),
      failure,
      issues,
    })),
  };
  return `${stringifyJson(report, "  ")}\n`;
}
