import type { Issue, Severity } from "../issue.ts";
import { stringifyJson } from "../json/stringify.ts";
import type { Position } from "../position.ts";
import type { DocumentReport, RuleInfo, RunReport } from "./report.ts";

const levels: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
};

/** The run as SARIF 2.1.0, which code hosts show on the changed lines and keep track of. */
export function sarifReport({ tool, rules, documents }: RunReport): string {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const failures = documents.filter(({ failure }) => failure !== undefined);
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            semanticVersion: tool.version,
            informationUri: tool.url,
            rules: rules.map(descriptor),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: failures.length === 0,
            toolExecutionNotifications: failures.map(notification),
          },
        ],
        results: documents.flatMap((document) =>
          document.issues.map((issue) => result(issue, document, indexes)),
        ),
      },
    ],
  };
  return `${stringifyJson(log, "  ")}\n`;
}

function descriptor({ id, severity, title, explanation, spec }: RuleInfo): object {
  return {
    id,
    ...(title !== undefined && { shortDescription: { text: title } }),
    ...(explanation !== undefined && { fullDescription: { text: explanation } }),
    ...(explanation !== undefined && { help: { text: explanation } }),
    ...(spec !== undefined && { helpUri: spec }),
    defaultConfiguration: { level: levels[severity] },
  };
}

function notification({ source, failure = "" }: DocumentReport): object {
  return {
    level: "error",
    message: { text: failure },
    locations: [{ physicalLocation: { artifactLocation: artifact(source) } }],
  };
}

function result(
  issue: Issue,
  { source }: DocumentReport,
  indexes: ReadonlyMap<string, number>,
): object {
  const { rule, severity, message, pointer, position, end, related, fix } = issue;
  const artifactLocation = artifact(source);
  const ruleIndex = indexes.get(rule);
  return {
    ruleId: rule,
    ...(ruleIndex !== undefined && { ruleIndex }),
    level: levels[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation, ...(position && { region: region(position, end) }) },
        logicalLocations: [{ fullyQualifiedName: pointer, kind: "member" }],
      },
    ],
    ...(related &&
      related.length > 0 && {
        relatedLocations: related.map((place, id) => ({
          id,
          message: { text: place.message },
          physicalLocation: { artifactLocation, region: region(place.position) },
        })),
      }),
    ...(fix?.edits &&
      fix.edits.length > 0 && {
        fixes: [
          {
            description: { text: fix.title },
            artifactChanges: [
              {
                artifactLocation,
                replacements: fix.edits.map(({ offset, length, text }) => ({
                  deletedRegion: { charOffset: offset, charLength: length },
                  insertedContent: { text },
                })),
              },
            ],
          },
        ],
      }),
  };
}

function region(start: Position, end?: Position): object {
  return {
    startLine: start.line,
    startColumn: start.column,
    ...(end && { endLine: end.line, endColumn: end.column }),
    charOffset: start.offset,
    ...(end && { charLength: end.offset - start.offset }),
  };
}

/** Paths become URI references; each part is escaped, and the slashes stay. */
function artifact(source: string): object {
  const path = source.startsWith("/") ? `file://${source}` : source;
  return { uri: path.split("/").map(escapePart).join("/") };
}

function escapePart(part: string): string {
  // A half of a surrogate pair cannot be encoded, and a name from a disk can hold one.
  return part === "file:" ? part : encodeURIComponent(part.replaceAll(/\p{Cs}/gu, "\ufffd"));
}
