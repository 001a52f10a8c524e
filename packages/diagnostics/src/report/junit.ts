import { type Issue, issueText } from "../issue.ts";
import { type DocumentReport, type RunReport, summarize } from "./report.ts";

/**
 * The run as JUnit XML: a suite for each document, and in it a case for each issue. Errors fail;
 * warnings and infos pass and say what they have to say. A document without issues is one passed case.
 */
export function junitReport({ tool, documents }: RunReport): string {
  const suites = documents.map(suite);
  const { errors, failed } = summarize(documents);
  const tests = documents.reduce((sum, document) => sum + cases(document), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: tool.name, tests, failures: errors, errors: failed })}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function cases({ issues }: DocumentReport): number {
  return Math.max(1, issues.length);
}

function suite(document: DocumentReport): string {
  const { source, issues, failure } = document;
  const { errors, failed } = summarize([document]);
  const counts = { tests: cases(document), failures: errors, errors: failed };
  const lines = [`  <testsuite${attributes({ name: source, ...counts })}>`];
  if (failure !== undefined) {
    const inner = `<error${attributes({ message: failure })}/>`;
    lines.push(testcase(source, "could not be checked", inner));
  } else if (issues.length === 0) lines.push(testcase(source, "no problems", ""));
  for (const issue of issues) lines.push(testcase(source, caseName(issue), outcome(issue)));
  lines.push("  </testsuite>");
  return lines.join("\n");
}

function caseName({ rule, pointer, position }: Issue): string {
  const place = position ? ` (${position.line}:${position.column})` : "";
  return `${rule}${pointer === "" ? "" : ` ${pointer}`}${place}`;
}

function outcome(issue: Issue): string {
  const { severity, rule, message, spec } = issue;
  const text = escapeXml([issueText(issue), ...(spec === undefined ? [] : [spec])].join("\n"));
  return severity === "error"
    ? `<failure${attributes({ type: rule, message })}>${text}</failure>`
    : `<system-out>${severity}: ${text}</system-out>`;
}

function testcase(classname: string, name: string, inner: string): string {
  const head = `    <testcase${attributes({ classname, name })}`;
  return inner === "" ? `${head}/>` : `${head}>${inner}</testcase>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join("");
}

/** What XML 1.0 cannot hold, not even as a reference: controls, and halves of surrogate pairs. */
const notXml = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;

function escapeXml(text: string): string {
  return text
    .replace(notXml, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\r", "&#13;")
    .replaceAll("\t", "&#9;");
}
