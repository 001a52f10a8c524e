import type { FieldDescriptor, ProtoSet } from "./descriptors.ts";
import { wellKnownSchemas } from "./message-schemas.ts";

/**
 * What turning messages into JSON and back takes to know, as small as it can be told (`MessageTable` of the diagnostics
 * package): for each message its fields by JSON name, each with its type and, where it can't be told from the JSON name,
 * its name in the .proto file.
 */
export function messageTable(set: ProtoSet, names: ReadonlyMap<string, string>): string {
  const messages = Object.fromEntries(
    set.messages.map(({ name, fields }) => [
      names.get(name),
      Object.fromEntries(fields.map((field) => [field.jsonName, fieldOf(field, names)])),
    ]),
  );
  const enums = Object.fromEntries(set.enums.map(({ name, values }) => [names.get(name), values]));
  const types = Object.fromEntries(set.messages.map(({ name }) => [name, names.get(name)]));
  return JSON.stringify({ types, messages, enums }, null, 1);
}

function fieldOf(
  { name, jsonName, type, label }: FieldDescriptor,
  names: ReadonlyMap<string, string>,
): string | [string, string] {
  const base =
    type.kind === "scalar"
      ? type.scalar
      : wellKnownSchemas[type.name] !== undefined
        ? type.name
        : `${type.kind} ${names.get(type.name)}`;
  const whole = label === "one" ? base : `${label} ${base}`;
  return name === snakeCase(jsonName) ? whole : [whole, name];
}

function snakeCase(jsonName: string): string {
  return jsonName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
