import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { sarifSchema } from "../../test/sarif-schema.ts";
import type { Issue } from "../issue.ts";
import { parseJson } from "../json/parse-json.ts";
import { githubReport } from "./github.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { prettyReport, prettySummary } from "./pretty.ts";
import { type DocumentReport, type RunReport, summarize } from "./report.ts";
import { sarifReport } from "./sarif.ts";
import { visible } from "./visible.ts";

const text = '{\n\t"args": "sh",\n\t"evil": "\u001b[2J\u202e"\n}\n';
const parsed = parseJson(text);

function issueAt(pointer: string, rest: Omit<Issue, "pointer" | "position" | "end">): Issue {
  const { start, end } = parsed.mark(pointer) ?? { start: 0, end: 0 };
  return { ...rest, pointer, position: parsed.position(start), end: parsed.position(end) };
}

const document: DocumentReport = {
  source: "a b/config.json",
  text,
  issues: [
    issueAt("/args", {
      rule: "doc/type",
      severity: "error",
      message: 'must be an array, not "sh"',
      spec: "https://example.com/#args",
      related: [{ message: "also here", position: { offset: 0, line: 1, column: 1 } }],
      fix: {
        title: "write a list",
        patch: [{ op: "replace", path: "/args", value: ["sh"] }],
        edits: [{ offset: 11, length: 4, text: '["sh"]' }],
      },
    }),
    issueAt("/evil", { rule: "x/y", severity: "warning", message: '100% <&> "quoted", a:b\nnew' }),
    { rule: "x/z", severity: "info", pointer: "", message: "no place" },
  ],
};
const clean: DocumentReport = { source: "/abs/good.json", issues: [] };
const failed: DocumentReport = {
  source: "gone.json",
  issues: [],
  failure: "ENOENT (no such file)",
};
const run: RunReport = {
  tool: { name: "oci-test", version: "1.2.3", url: "https://example.com/tool" },
  rules: [
    {
      id: "x/y",
      severity: "warning",
      title: "a title",
      explanation: "Why.",
      spec: "https://example.com",
    },
    { id: "doc/type", severity: "error" },
  ],
  documents: [document, clean, failed],
};

describe("pretty", () => {
  test("shows each issue with its line and a mark under the place", () => {
    expect(prettyReport(document)).toMatchSnapshot();
  });

  test("says what could not be checked, and sums up", () => {
    expect(prettyReport(failed)).toBe("failed: gone.json: ENOENT (no such file)\n\n");
    expect(prettyReport(clean)).toBe("");
    expect(prettySummary(summarize(run.documents))).toBe(
      "1 error, 1 warning, 1 info in 3 documents, 1 could not be checked\n",
    );
    expect(prettySummary(summarize([clean]))).toBe("no problems in 1 document\n");
  });

  test("colours where it is asked to, and changes nothing else", () => {
    const colored = prettyReport(document, { color: true });
    expect(colored).toContain("\u001b[31merror\u001b[0m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(prettyReport(document));
  });

  test("shows the part of a long line that matters", () => {
    const long = `{"pad":"${"x".repeat(500)}","args":"sh","more":"${"y".repeat(500)}"}`;
    const { start, end } = parseJson(long).mark("/args") ?? { start: 0, end: 0 };
    const lines = parseJson(long);
    const place = { position: lines.position(start), end: lines.position(end) };
    const issue: Issue = {
      rule: "a/b",
      severity: "error",
      pointer: "/args",
      message: "m",
      ...place,
    };
    const [frame = "", marks = ""] = prettyReport(
      { source: "f", text: long, issues: [issue] },
      { columns: 80 },
    )
      .split("\n")
      .slice(3, 5);
    expect(frame.length).toBeLessThanOrEqual(82);
    expect(frame.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe('"sh"');
  });

  test("shows what a terminal would obey", () => {
    expect(visible("a\u001b[31m\tb\u202ec")).toBe("a<1B>[31m  b<202E>c");
    expect(prettyReport({ ...document, source: "\u001b[2J" })).not.toContain("\u001b");
  });
});

describe("github", () => {
  test("writes one command a line, and escapes what would end it", () => {
    expect(githubReport(document).trimEnd().split("\n")).toEqual([
      '::error file=a b/config.json,line=2,col=10,endLine=2,endColumn=14,title=doc/type::/args: must be an array, not "sh"',
      '::warning file=a b/config.json,line=3,col=10,endLine=3,endColumn=17,title=x/y::/evil: 100%25 <&> "quoted", a:b%0Anew',
      "::notice file=a b/config.json,title=x/z::no place",
    ]);
    expect(githubReport({ ...failed, source: "a:b,c" })).toBe(
      "::error file=a%3Ab%2Cc::ENOENT (no such file)\n",
    );
  });
});

describe("json", () => {
  test("has every document with its issues, and the sum", () => {
    const report = JSON.parse(jsonReport(run));
    expect(report.summary).toEqual({
      documents: 3,
      invalid: 1,
      failed: 1,
      errors: 1,
      warnings: 1,
      infos: 1,
    });
    expect(report.documents.map(({ valid }: { valid: boolean }) => valid)).toEqual([
      false,
      true,
      false,
    ]);
    expect(report.documents[0].issues).toEqual(document.issues);
    expect(report.documents[2].failure).toBe("ENOENT (no such file)");
  });
});

describe("junit", () => {
  test("has a suite a document and a case an issue", () => {
    expect(junitReport(run)).toMatchSnapshot();
  });

  test("holds nothing that XML cannot", () => {
    const issues = [{ ...(document.issues[0] as Issue), message: "\u0000\u001b\ud800\ufffe ok" }];
    expect(junitReport({ ...run, documents: [{ source: "f", issues }] })).toContain(
      "\ufffd\ufffd\ufffd\ufffd ok",
    );
  });
});

describe("sarif", () => {
  const log = JSON.parse(sarifReport(run));

  test("satisfies the schema of SARIF 2.1.0, as far as it is used here", () => {
    const validate = new Ajv({
      allErrors: true,
      strict: true,
      formats: { uri: /^[a-z]+:\/\/[^\s<>]+$/, "uri-reference": /^[^\s<>]+$/ },
    }).compile(sarifSchema);
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
  });

  test("names the rule, the place and the fix of a result", () => {
    const [result] = log.runs[0].results;
    expect(result).toMatchObject({ ruleId: "doc/type", ruleIndex: 1, level: "error" });
    const [{ physicalLocation }] = result.locations;
    expect(physicalLocation.artifactLocation.uri).toBe("a%20b/config.json");
    const { startLine, startColumn, charOffset, charLength } = physicalLocation.region;
    expect([startLine, startColumn]).toEqual([2, 10]);
    expect(text.slice(charOffset, charOffset + charLength)).toBe('"sh"');
    const [replacement] = result.fixes[0].artifactChanges[0].replacements;
    expect(replacement).toEqual({
      deletedRegion: { charOffset: 11, charLength: 4 },
      insertedContent: { text: '["sh"]' },
    });
  });

  test("says of what could not be checked that the run failed", () => {
    const [invocation] = log.runs[0].invocations;
    expect(invocation.executionSuccessful).toBe(false);
    expect(invocation.toolExecutionNotifications).toHaveLength(1);
  });
});
