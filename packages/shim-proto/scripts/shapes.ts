// What the package knows at run time of its messages: the shape of each, for JSON.
import { spawnSync } from "node:child_process";

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly jsonName: string;
}

interface Message {
  readonly name: string;
  readonly field?: readonly Field[];
  readonly nestedType?: readonly Message[];
  readonly enumType?: readonly Enum[];
  readonly options?: { readonly mapEntry?: boolean };
}

interface Enum {
  readonly name: string;
  readonly value?: readonly { readonly name: string; readonly number?: number }[];
}

interface File {
  readonly name: string;
  readonly package: string;
  readonly messageType?: readonly Message[];
  readonly enumType?: readonly Enum[];
}

type Shapes = Record<string, Record<string, string>>;
type Enums = Record<string, Record<string, number>>;

/** The source of src/generated/shapes.ts. */
export function writeShapes(): string {
  const args = [
    "build",
    "--exclude-source-info",
    "--as-file-descriptor-set",
    "-o",
    "-#format=json",
  ];
  const child = spawnSync("buf", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (child.error) throw child.error;
  if (child.status !== 0) throw new Error(child.stderr);
  const { file } = JSON.parse(child.stdout) as { readonly file: readonly File[] };
  const shapes: Shapes = {};
  const enums: Enums = {};
  for (const one of file) {
    if (one.name === "google/protobuf/descriptor.proto") continue;
    for (const found of one.enumType ?? []) addEnum(found, one.package, enums);
    for (const message of one.messageType ?? []) addMessage(message, one.package, shapes, enums);
  }
  return [
    "// Written by scripts/generate.ts from proto/. Not to be edited.",
    "",
    "/** The fields of each message by their JSON names: a scalar, a message's name, `enum NAME`, `[]` of one, or `map K V`. */",
    `export const shapes: Readonly<Record<string, Readonly<Record<string, string>>>> = ${show(shapes)};`,
    "",
    "/** The values of each enum by their names in the .proto. */",
    `export const enums: Readonly<Record<string, Readonly<Record<string, number>>>> = ${show(enums)};`,
    "",
  ].join("\n");
}

function show(table: Shapes | Enums): string {
  const sorted = Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = sorted.map(([name, row]) => `  ${JSON.stringify(name)}: ${JSON.stringify(row)},`);
  return `{\n${rows.join("\n")}\n}`;
}

function addMessage(message: Message, scope: string, shapes: Shapes, enums: Enums): void {
  const name = `${scope}.${message.name}`;
  const maps = new Map(
    (message.nestedType ?? [])
      .filter((one) => one.options?.mapEntry === true)
      .map((one) => [`.${name}.${one.name}`, one]),
  );
  shapes[name] = Object.fromEntries(
    (message.field ?? []).map((field) => {
      const [key, value] = maps.get(field.typeName ?? "")?.field ?? [];
      if (key !== undefined && value !== undefined) {
        return [field.jsonName, `map ${typeOf(key)} ${typeOf(value)}`];
      }
      const many = field.label === "LABEL_REPEATED" ? "[]" : "";
      return [field.jsonName, `${many}${typeOf(field)}`];
    }),
  );
  for (const one of message.enumType ?? []) addEnum(one, name, enums);
  for (const one of message.nestedType ?? []) {
    if (one.options?.mapEntry !== true) addMessage(one, name, shapes, enums);
  }
}

function typeOf({ type, typeName }: Field): string {
  if (typeName === undefined) return type.slice("TYPE_".length).toLowerCase();
  return `${type === "TYPE_ENUM" ? "enum " : ""}${typeName.slice(1)}`;
}

function addEnum({ name, value }: Enum, scope: string, enums: Enums): void {
  enums[`${scope}.${name}`] = Object.fromEntries(
    (value ?? []).map((one) => [one.name, one.number ?? 0]),
  );
}
