// What SARIF 2.1.0 (OASIS standard, with errata 01) demands of the objects that our reports are made of. Members
// that no report of ours has are left out, so this refuses all that the schema of the standard refuses, and more.

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const uri: Schema = { type: "string", format: "uri" };
const level: Schema = { enum: ["none", "note", "warning", "error"] };

const from = (minimum: number): Schema => ({ type: "integer", minimum });
const a = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const list = (items: Schema, limits: Schema = {}): Schema => ({ type: "array", items, ...limits });
const set = (items: Schema, minItems = 0): Schema => list(items, { uniqueItems: true, minItems });
const object = (
  properties: Schema,
  required: readonly string[] = [],
  rest: Schema = {},
): Schema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
  ...rest,
});
/** At least one of these members must be there. */
const oneOf = (...names: readonly string[]): Schema => ({
  anyOf: names.map((name) => ({ required: [name] })),
});

/** JSON Schema of SARIF logs, for ajv with the formats `uri` and `uri-reference`. */
export const sarifSchema: Schema = {
  ...object({ $schema: uri, version: { const: "2.1.0" }, runs: list(a("run")) }, [
    "version",
    "runs",
  ]),
  $defs: {
    run: object(
      {
        tool: object({ driver: a("component") }, ["driver"]),
        columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
        invocations: list(a("invocation")),
        results: list(a("result")),
      },
      ["tool"],
    ),
    component: object(
      { name: text, semanticVersion: text, informationUri: uri, rules: set(a("rule")) },
      ["name"],
    ),
    rule: object(
      {
        id: text,
        shortDescription: a("words"),
        fullDescription: a("words"),
        help: a("words"),
        helpUri: uri,
        defaultConfiguration: object({ level }),
      },
      ["id"],
    ),
    words: object({ text }, ["text"]),
    invocation: object(
      {
        executionSuccessful: { type: "boolean" },
        toolExecutionNotifications: list(a("notification")),
      },
      ["executionSuccessful"],
    ),
    notification: object({ level, message: a("words"), locations: set(a("location")) }, [
      "message",
    ]),
    result: object(
      {
        ruleId: text,
        ruleIndex: from(-1),
        level,
        message: a("words"),
        locations: list(a("location")),
        relatedLocations: set(a("location")),
        fixes: set(a("fix")),
      },
      ["message"],
    ),
    location: object({
      id: from(-1),
      message: a("words"),
      physicalLocation: object(
        { artifactLocation: a("artifact"), region: a("region") },
        [],
        oneOf("artifactLocation"),
      ),
      logicalLocations: set(object({ fullyQualifiedName: text, kind: text })),
    }),
    artifact: object({ uri: { type: "string", format: "uri-reference" } }),
    region: object(
      {
        startLine: from(1),
        startColumn: from(1),
        endLine: from(1),
        endColumn: from(1),
        charOffset: from(-1),
        charLength: from(0),
      },
      [],
      oneOf("startLine", "charOffset"),
    ),
    fix: object({ description: a("words"), artifactChanges: set(a("change"), 1) }, [
      "artifactChanges",
    ]),
    change: object(
      {
        artifactLocation: a("artifact"),
        replacements: list(
          object({ deletedRegion: a("region"), insertedContent: object({ text }) }, [
            "deletedRegion",
          ]),
          { minItems: 1 },
        ),
      },
      ["artifactLocation", "replacements"],
    ),
  },
};
