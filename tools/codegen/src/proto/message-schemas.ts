import type { SchemaBundle, SchemaNode } from "../schema/bundle.ts";
import type { FieldDescriptor, FieldType, ProtoSet, Scalar } from "./descriptors.ts";

/**
 * JSON Schemas of the JSON form of proto3 messages, a definition each: fields by their JSON names, enums by name, 64-bit
 * integers as numbers. What the form allows besides (names of the .proto file, numbers for enums, integers as text, null)
 * is brought into this form by whoever reads a document.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function messageSchemas(set: ProtoSet, names: ReadonlyMap<string, string>): SchemaBundle {
  const defs: Record<string, SchemaNode> = {};
  for (const { name, doc, values } of set.enums) {
    defs[nameOf(name, names)] = { type: "string", ...described(doc), enum: Object.keys(values) };
  }
  for (const { name, doc, fields, oneofs } of set.messages) {
    defs[nameOf(name, names)] = {
      type: "object",
      ...described(doc),
      properties: Object.fromEntries(
        fields.map((field) => [field.jsonName, fieldSchema(field, names)]),
      ),
      ...(oneofs.length > 0 && { allOf: oneofs.flatMap(exclusive) }),
    };
  }
  return { defs, documents: set.messages.map(({ name }) => nameOf(name, names)) };
}

/** Messages with a JSON form of their own. */
export const wellKnownSchemas: Readonly<Record<string, SchemaNode>> = {
  // What else it has follows from its type, which no schema of the messages around it can say.
  "google.protobuf.Any": { type: "object", required: ["@type"] },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$" },
  "google.protobuf.Empty": { type: "object" },
  "google.protobuf.FieldMask": { type: "string" },
  "google.protobuf.Timestamp": {
    type: "string",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$",
  },
};

function fieldSchema(
  { type, label, doc, deprecated }: FieldDescriptor,
  names: ReadonlyMap<string, string>,
): SchemaNode {
  const about = { ...described(doc), ...(deprecated && { deprecated }) };
  const node = typeSchema(type, names);
  switch (label) {
    case "one":
      return { ...node, ...about };
    case "repeated":
      return { type: "array", ...about, items: node };
    case "map":
      return { type: "object", ...about, additionalProperties: node };
  }
}

function typeSchema(type: FieldType, names: ReadonlyMap<string, string>): SchemaNode {
  if (type.kind === "scalar") return scalarSchemas[type.scalar];
  const wellKnown = wellKnownSchemas[type.name];
  return wellKnown ?? { $ref: `#/$defs/${nameOf(type.name, names)}` };
}

const floating: SchemaNode = {
  anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }],
};

const scalarSchemas: Readonly<Record<Scalar, SchemaNode>> = {
  bool: { type: "boolean" },
  // Both alphabets of base64 are read, with and without padding.
  bytes: { type: "string", pattern: "^[A-Za-z0-9+/_-]*={0,2}$" },
  double: floating,
  float: floating,
  int32: { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  // The limits of 64 bits, as JSON rounds them: they stand for the last number inside.
  int64: { type: "integer", minimum: -(2 ** 63), maximum: 2 ** 63 },
  string: { type: "string" },
  text: { type: "string" },
  uint32: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 },
  uint64: { type: "integer", minimum: 0, maximum: 2 ** 64 },
};

/** At most one of the names. */
function exclusive(group: readonly string[]): SchemaNode[] {
  return group.flatMap((first, i) =>
    group.slice(i + 1).map((second) => ({ not: { required: [first, second] } })),
  );
}

function described(doc: string | undefined): { description?: string } {
  return doc === undefined ? {} : { description: doc };
}

function nameOf(name: string, names: ReadonlyMap<string, string>): string {
  const short = names.get(name);
  if (short === undefined) throw new Error(`name ${name}: the set does not define it`);
  return short;
}
