/**
 * What section 3 of SARIF 2.1.0 says of the objects that our reports use: their properties, which of
 * them are required, and their words. Nothing else is allowed in them, as in the standard's own schema.
 */
const text = object({ text: { type: "string" } }, ["text"]);
const level = { enum: ["none", "note", "warning", "error"] };
const count = (minimum: number): object => ({ type: "integer", minimum });
const artifactLocation = object({ uri: { type: "string", format: "uri-reference" } });
const region = object({
  startLine: count(1),
  startColumn: count(1),
  endLine: count(1),
  endColumn: count(1),
  charOffset: count(0),
  charLength: count(0),
});
const location = object({
  id: count(0),
  message: text,
  physicalLocation: object({ artifactLocation, region }),
  logicalLocations: list(
    object({ fullyQualifiedName: { type: "string" }, kind: { type: "string" } }),
  ),
});

const rule = object(
  {
    id: { type: "string" },
    shortDescription: text,
    fullDescription: text,
    help: text,
    helpUri: { type: "string", format: "uri" },
    defaultConfiguration: object({ level }),
  },
  ["id"],
);

const result = object(
  {
    ruleId: { type: "string" },
    ruleIndex: count(0),
    level,
    message: text,
    locations: list(location),
    relatedLocations: { ...list(location), uniqueItems: true },
    fixes: {
      ...list(
        object(
          {
            description: text,
            artifactChanges: {
              ...list(
                object(
                  {
                    artifactLocation,
                    replacements: {
                      ...list(
                        object({ deletedRegion: region, insertedContent: text }, ["deletedRegion"]),
                      ),
                      minItems: 1,
                    },
                  },
                  ["artifactLocation", "replacements"],
                ),
              ),
              minItems: 1,
              uniqueItems: true,
            },
          },
          ["artifactChanges"],
        ),
      ),
      uniqueItems: true,
    },
  },
  ["message"],
);

export const sarifSchema: object = object(
  {
    $schema: { type: "string", format: "uri" },
    version: { const: "2.1.0" },
    runs: list(
      object(
        {
          tool: object(
            {
              driver: object(
                {
                  name: { type: "string" },
                  semanticVersion: { type: "string" },
                  informationUri: { type: "string", format: "uri" },
                  rules: { ...list(rule), uniqueItems: true },
                },
                ["name"],
              ),
            },
            ["driver"],
          ),
          columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
          invocations: list(
            object(
              {
                executionSuccessful: { type: "boolean" },
                toolExecutionNotifications: list(
                  object({ level, message: text, locations: list(location) }, ["message"]),
                ),
              },
              ["executionSuccessful"],
            ),
          ),
          results: list(result),
        },
        ["tool"],
      ),
    ),
  },
  ["version", "runs"],
);

function object(properties: Readonly<Record<string, object>>, required: string[] = []): object {
  return { type: "object", additionalProperties: false, properties, required };
}

function list(items: object): object {
  return { type: "array", items };
}
