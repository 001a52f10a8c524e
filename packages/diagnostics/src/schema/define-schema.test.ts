import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shapes } from "../generated/check-settings-shapes.ts";
import type { CheckSettings } from "../generated/types.ts";
import { validate } from "../generated/validate-check-settings.ts";
import { issueText } from "../issue.ts";
import { type Result, ValidationError } from "../result.ts";
import type { HostRule, Rule } from "../rule.ts";
import { checkOnHost } from "./check-on-host.ts";
import { defineSchema } from "./define-schema.ts";
import type { Schema } from "./schema.ts";

interface Target {
  readonly strict?: boolean;
}

const rules: readonly Rule<CheckSettings, Target>[] = [
  {
    id: "test/weight",
    severity: "error",
    spec: "https://example.com",
    claims: ["CheckSettings.severity{} enum"],
  },
  {
    id: "test/rule",
    severity: "warning",
    claims: ["IgnoredIssue.rule required", "CheckSettings.ignore[] unknown"],
  },
  {
    id: "test/reason",
    severity: "warning",
    check({ ignore }, report) {
      for (const [index, { reason }] of (ignore ?? []).entries()) {
        if (reason === undefined) report(["ignore", index], "says no reason");
        else if (reason === "")
          report(["ignore", index, "reason"], "says nothing", { part: "key", severity: "error" });
      }
    },
  },
  {
    id: "test/severity",
    severity: "info",
    when: ({ strict }) => strict === true,
    check({ severity }, report) {
      if (severity === undefined) {
        report("", "has no weights", {
          fix: { title: "add it", patch: [{ op: "add", path: "/severity", value: {} }] },
        });
      }
    },
  },
];

const schema: Schema<CheckSettings, Target> = defineSchema<CheckSettings, Target>({
  name: "Test",
  validate,
  shapes,
  rules,
  target: {},
});

function found(result: Result<unknown>): string[] {
  return (result.ok ? result.warnings : result.issues).map(
    ({ rule, severity, pointer, message }) => `${severity} ${rule} ${pointer} ${message}`,
  );
}

describe("a check", () => {
  test("gives a valid value back, with what there is to say about it", () => {
    const value = { ignore: [{ rule: "a/b" }] };
    const result = schema.check(value);
    expect(result).toMatchObject({ ok: true, value });
    expect(found(result)).toEqual(["warning test/reason /ignore/0 says no reason"]);
  });

  test("says all that is wrong at once, schema and rules, in the order of the text", () => {
    const text = `{
      "ignore": [{ "rule": 5, "reason": "x" }, { "rule": "a/b", "reason": "" }, { "reason": "x" }],
      "severity": { "a/b": "fatal" },
      "ignores": true
    }`;
    expect(found(schema.checkText(text))).toEqual([
      "error doc/type /ignore/0/rule must be a string, not 5",
      "error test/reason /ignore/1/reason says nothing",
      'warning test/rule /ignore/2 "rule" is missing',
      'error test/weight /severity/a~1b must be "error", "warning", "info" or "off", not "fatal"',
      'warning doc/unknown-key /ignores the specification has no "ignores" here; did you mean "ignore"?',
    ]);
  });

  test("reports an unknown name as the rule that claims those of its object", () => {
    const value = { ignore: [{ rule: "a", reason: "x", pointers: "" }], ignored: [] };
    expect(found(schema.check(value))).toEqual([
      'warning test/rule /ignore/0/pointers the specification has no "pointers" here; did you mean "pointer"?',
      'warning doc/unknown-key /ignored the specification has no "ignored" here; did you mean "ignore"?',
    ]);
    expect(found(schema.check(value, { unknownFields: "allow" }))).toHaveLength(1);
    expect(found(schema.check(value, { unknownFields: "allow", rules: false }))).toHaveLength(0);
  });

  test("gives every issue of a text its place, also to what has no text of its own", () => {
    const result = schema.checkText('{\n  "ignore": [{}]\n}', { source: "x.json" });
    const [issue] = result.ok ? result.warnings : result.issues;
    expect(issue).toMatchObject({
      source: "x.json",
      position: { line: 2, column: 14 },
      end: { column: 15 },
    });
    expect(issue && issueText(issue)).toBe('x.json:2:14: /ignore/0: "rule" is missing');
  });

  test("lets no rule see what the schema refuses, and lets it see all the rest", () => {
    const text = '{ "ignore": [{ "rule": "a", "reason": 5 }, { "rule": "b" }, 7] }';
    expect(found(schema.checkText(text))).toEqual([
      "error doc/type /ignore/0/reason must be a string, not 5",
      "error doc/type /ignore/2 must be an object, not 7",
    ]);
  });

  test("does not complain that something is missing where the text is broken", () => {
    const broken = schema.checkText(
      '{ "ignore": [{ "reason": "x", "rule": }, { "reason": "x", : ] }',
    );
    expect(found(broken).filter((text) => !text.includes("json-syntax"))).toEqual([]);
  });

  test("of text that is no document at all says only that", () => {
    expect(found(schema.checkText(""))).toEqual(["error doc/json-syntax  the document is empty"]);
    expect(found(schema.checkText("5"))).toEqual(["error doc/type  must be an object, not 5"]);
  });

  test("reads null as left out where that is allowed, and says so", () => {
    const result = schema.check({
      severity: null,
      ignore: [{ rule: "a", reason: "x", pointer: null }],
    });
    expect(found(result)).toEqual([
      'warning doc/null /severity null stands for nothing here; leave "severity" out',
      'warning doc/null /ignore/0/pointer null stands for nothing here; leave "pointer" out',
    ]);
    expect(result.ok && result.value).toEqual({ ignore: [{ rule: "a", reason: "x" }] });
    expect(schema.check({ ignore: [{ rule: null }] }).ok).toBe(false);
  });

  test("takes a name in the wrong case for an error, and offers to rename it", () => {
    const text = '{ "Ignore": [] }';
    const result = schema.checkText(text);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    const [{ fix, position }] = result.issues;
    expect(fix?.edits).toEqual([{ offset: 2, length: 8, text: '"ignore"' }]);
    expect(position?.column).toBe(3);
  });

  test("never throws and never hangs, whatever the value", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
        (value) => {
          schema.check(value);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("options", () => {
  const value = { ignore: [{ rule: "a/b" }], extra: 1 };

  test("say what becomes of unknown names", () => {
    expect(found(schema.check(value, { unknownFields: "allow", rules: false }))).toEqual([]);
    expect(schema.check(value, { unknownFields: "warn" }).ok).toBe(true);
    expect(schema.check(value, { unknownFields: "error" }).ok).toBe(false);
  });

  test("change weights and accept issues", () => {
    const settings = { severity: { "test/*": "error" }, ignore: [{ rule: "doc/*" }] } as const;
    expect(found(schema.check(value, { settings }))).toEqual([
      "error test/reason /ignore/0 says no reason",
    ]);
  });

  test("leave the rules out, or tell them about the target", () => {
    expect(found(schema.check({}, { target: { strict: true } }))).toEqual([
      "info test/severity  has no weights",
    ]);
    expect(found(schema.check({}, { target: { strict: true }, rules: false }))).toEqual([]);
  });

  test("bound the text", () => {
    expect(found(schema.checkText("{}  ", { maxBytes: 3 }))).toEqual([
      "error doc/size  the document has 4 bytes, and the limit is 3",
    ]);
    expect(found(schema.checkText('{"ignore":[[[]]]}', { maxDepth: 3 }))).toContain(
      "error doc/size /ignore/0/0 values are nested deeper than 3 levels",
    );
  });
});

describe("parse", () => {
  test("gives the value, or throws an error that is complete for a person and for a program", () => {
    expect(schema.parse('{"severity":{"a/b":"off"}}')).toEqual({ severity: { "a/b": "off" } });
    const attempt = () => schema.parse('{"severity":{"a/b":1,"b/c":2}}', { source: "x.json" });
    expect(attempt).toThrow(ValidationError);
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      expect(error.message).toBe(
        "x.json:1:20: /severity/a~1b: must be a string, not 1 (and 1 more)",
      );
      expect(error).toMatchObject({
        name: "ValidationError",
        code: "INVALID_DOCUMENT",
        source: "x.json",
      });
      expect(error.issues).toHaveLength(2);
    }
  });

  test("takes UTF-8 bytes, and names the byte that is none", () => {
    const bytes = new TextEncoder().encode('{"severity":{"é":"off"}}');
    expect(schema.parse(bytes)).toEqual({ severity: { é: "off" } });
    bytes[15] = 0xff;
    const result = schema.checkText(bytes);
    expect(result.ok).toBe(false);
    if (!result.ok)
      expect(result.issues[0]).toMatchObject({ rule: "doc/json-syntax", position: { column: 15 } });
  });
});

describe("Standard Schema", () => {
  test("validates through its one function, with paths in parts", () => {
    const { validate: check, vendor, version } = schema["~standard"];
    expect([vendor, version]).toEqual(["ocikit", 1]);
    expect(check({ ignore: [] })).toEqual({ value: { ignore: [] } });
    expect(check({ ignore: [{ rule: 5 }] })).toEqual({
      issues: [{ message: "must be a string, not 5", path: ["ignore", 0, "rule"] }],
    });
  });
});

describe("rules about a machine", () => {
  interface Host {
    exists(path: string): Promise<boolean>;
  }
  const rule: HostRule<CheckSettings, Target, Host> = {
    id: "host/source",
    severity: "error",
    host: true,
    async check({ ignore }, report, _, host) {
      for (const [index, { source }] of (ignore ?? []).entries()) {
        if (source !== undefined && !(await host.exists(source)))
          report(["ignore", index, "source"], "is not there");
      }
    },
  };
  const host: Host = { exists: (path) => Promise.resolve(path === "here") };

  test("run beside the others, and see only what is readable", async () => {
    const good = {
      ignore: [
        { rule: "a", reason: "b", source: "here" },
        { rule: "a", reason: "b", source: "gone" },
      ],
    };
    expect(found(await checkOnHost(schema, [rule], { value: good }, host))).toEqual([
      "error host/source /ignore/1/source is not there",
    ]);
    const bad = { ignore: [{ rule: "a", source: 5 }] };
    expect(found(await checkOnHost(schema, [rule], { value: bad }, host))).toEqual([
      "error doc/type /ignore/0/source must be a string, not 5",
      "warning test/reason /ignore/0 says no reason",
    ]);
  });

  test("stop when they are told to, and fail the check when they fail", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(checkOnHost(schema, [rule], { value: {} }, host, { signal })).rejects.toThrow(
      "enough",
    );
    const broken: Host = { exists: () => Promise.reject(new Error("EIO")) };
    const value = { ignore: [{ rule: "a", source: "x" }] };
    await expect(checkOnHost(schema, [rule], { value }, broken)).rejects.toThrow("EIO");
  });
});
