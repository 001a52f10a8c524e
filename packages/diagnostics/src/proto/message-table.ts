/**
 * What a set of .proto files says of its messages, as small as it can be told. Generated from their descriptors.
 *
 * A field is its type, behind `repeated` or `map` where it is one, with `message` or `enum` and a name, or a scalar's name:
 * `string`, `repeated message Mount`, `map string`. A map's keys are text; `text` is bytes that JSON has as text and not in
 * base64. Where the field's name in the .proto file can't be told from its JSON name, both stand there.
 */
export interface MessageTable {
  /** Names of messages in the table by their full names: `runtime.v1.Mount` is `Mount`. */
  readonly types: Readonly<Record<string, string>>;
  /** Fields by their JSON names. */
  readonly messages: Readonly<
    Record<string, Readonly<Record<string, string | readonly [string, string]>>>
  >;
  /** Numbers by name; of several names for one number the first is written. */
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** JSON forms, by full name of the message, that stand before the well-known ones: an `Any` shown with what it holds. */
  readonly forms?: Readonly<Record<string, MessageForm>>;
}

/** The JSON form of a message that has one of its own. */
export interface MessageForm {
  toJson(message: unknown): unknown;
  /** Throws a TypeError for what is not one. */
  fromJson(value: unknown): unknown;
}

export interface MessageField {
  readonly jsonName: string;
  /** As in the .proto file. */
  readonly protoName: string;
  readonly label: "one" | "repeated" | "map";
  readonly kind: "scalar" | "message" | "enum";
  /** The scalar, the message or the enum; a message with a JSON form of its own by its full name, as a scalar. */
  readonly type: string;
}

/** The fields of a message, by their names in JSON and in the .proto file. */
export interface MessageFields {
  /** In the order they were declared. */
  readonly all: readonly MessageField[];
  find(name: string): MessageField | undefined;
}

const cache = new WeakMap<MessageTable, Map<string, MessageFields>>();

/** The fields of a message of the table. Throws a TypeError when there is none of that name. */
export function fieldsOf(table: MessageTable, message: string): MessageFields {
  const known = cache.get(table) ?? new Map<string, MessageFields>();
  cache.set(table, known);
  const found = known.get(message) ?? readFields(table, message);
  known.set(message, found);
  return found;
}

function readFields(table: MessageTable, message: string): MessageFields {
  const fields = Object.hasOwn(table.messages, message) ? table.messages[message] : undefined;
  if (fields === undefined) throw new TypeError(`no message is called ${message}`);
  const all = Object.entries(fields).map(([jsonName, field]) => readField(jsonName, field));
  const byName = new Map(
    all.flatMap((field) => [
      [field.protoName, field],
      [field.jsonName, field],
    ]),
  );
  return { all, find: (name) => byName.get(name) };
}

function readField(jsonName: string, field: string | readonly [string, string]): MessageField {
  const [text, protoName] = typeof field === "string" ? [field, snakeCase(jsonName)] : field;
  const words = text.split(" ");
  const label = words[0] === "repeated" || words[0] === "map" ? words[0] : "one";
  const [kind = "", type = kind] = label === "one" ? words : words.slice(1);
  if (kind === "message" || kind === "enum") return { jsonName, protoName, label, kind, type };
  return { jsonName, protoName, label, kind: "scalar", type };
}

/** The name in the .proto file that a JSON name usually comes from. */
export function snakeCase(jsonName: string): string {
  return jsonName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The JSON name that a name in a .proto file usually gets. */
export function camelCase(protoName: string): string {
  return protoName.replaceAll(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
}
