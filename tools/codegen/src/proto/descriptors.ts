import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A message of a set of .proto files. Types nested in it are messages of their own. */
export interface MessageDescriptor {
  /** With its package: `runtime.v1.Mount`. */
  readonly name: string;
  readonly doc: string | undefined;
  readonly fields: readonly FieldDescriptor[];
  /** Names of fields of which at most one is set, group by group. */
  readonly oneofs: readonly (readonly string[])[];
}

export interface FieldDescriptor {
  /** As in the .proto file. */
  readonly name: string;
  /** As in JSON. */
  readonly jsonName: string;
  readonly type: FieldType;
  readonly label: "one" | "repeated" | "map";
  readonly deprecated: boolean;
  readonly doc: string | undefined;
}

/** What a field holds; of a map what its values are. */
export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "message"; readonly name: string }
  | { readonly kind: "enum"; readonly name: string };

export type Scalar =
  | "bool"
  | "bytes"
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "string"
  /** Bytes whose JSON form is text, against what the form of protobuf says. */
  | "text"
  | "uint32"
  | "uint64";

export interface EnumDescriptor {
  readonly name: string;
  readonly doc: string | undefined;
  readonly values: Readonly<Record<string, number>>;
}

/** The set with some fields of bytes, as `package.Message.field`, being text in JSON. */
export function withTextBytes(set: ProtoSet, textBytes: readonly string[]): ProtoSet {
  const missing = new Set(textBytes);
  const messages = set.messages.map((message) => ({
    ...message,
    fields: message.fields.map((field): FieldDescriptor => {
      const isBytes = field.type.kind === "scalar" && field.type.scalar === "bytes";
      if (!isBytes || !missing.delete(`${message.name}.${field.name}`)) return field;
      return { ...field, type: { kind: "scalar", scalar: "text" } };
    }),
  }));
  if (missing.size > 0) throw new Error(`no fields of bytes: ${[...missing].join(", ")}`);
  return { ...set, messages };
}

/** Everything that a folder of .proto files defines. */
export interface ProtoSet {
  readonly messages: readonly MessageDescriptor[];
  readonly enums: readonly EnumDescriptor[];
}

// The parts of google.protobuf.FileDescriptorSet, in its JSON form, that are read.
interface RawFile {
  readonly package?: string;
  readonly messageType?: readonly RawMessage[];
  readonly enumType?: readonly RawEnum[];
  readonly sourceCodeInfo?: {
    readonly location?: readonly {
      readonly path?: readonly number[];
      readonly leadingComments?: string;
    }[];
  };
}
interface RawMessage {
  readonly name: string;
  readonly field?: readonly RawField[];
  readonly nestedType?: readonly RawMessage[];
  readonly enumType?: readonly RawEnum[];
  readonly oneofDecl?: readonly unknown[];
  readonly options?: { readonly mapEntry?: boolean };
}
interface RawField {
  readonly name: string;
  readonly jsonName: string;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
  readonly options?: { readonly deprecated?: boolean };
}
interface RawEnum {
  readonly name: string;
  readonly value?: readonly { readonly name: string; readonly number?: number }[];
}

// Numbers of fields in descriptor.proto, of which the paths of comments are made.
const paths = { message: 4, enum: 5, field: 2, nested: 3, nestedEnum: 4 } as const;

/** Compiles the .proto files of a folder, with buf, and reads what they define and what their comments say. */
export function readProtos(directory: string): ProtoSet {
  const buf = fileURLToPath(new URL("../../../../node_modules/.bin/buf", import.meta.url));
  const child = spawnSync(buf, ["build", directory, "--exclude-imports", "-o", "-#format=json"], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (child.status !== 0) throw new Error(`compile ${directory}: ${child.stderr || child.error}`);
  const { file = [] } = JSON.parse(child.stdout) as { file?: RawFile[] };
  const sets = file.map((one) => new FileReader(one).read());
  return {
    messages: sets.flatMap(({ messages }) => messages),
    enums: sets.flatMap(({ enums }) => enums),
  };
}

class FileReader {
  readonly #file: RawFile;
  readonly #docs: ReadonlyMap<string, string>;
  readonly #messages: MessageDescriptor[] = [];
  readonly #enums: EnumDescriptor[] = [];

  constructor(file: RawFile) {
    this.#file = file;
    const docs = new Map<string, string>();
    for (const { path, leadingComments } of file.sourceCodeInfo?.location ?? []) {
      if (path && leadingComments) docs.set(path.join("."), sentence(leadingComments));
    }
    this.#docs = docs;
  }

  read(): ProtoSet {
    const prefix = this.#file.package ?? "";
    for (const [i, message] of (this.#file.messageType ?? []).entries()) {
      this.#message(message, prefix, [paths.message, i]);
    }
    for (const [i, one] of (this.#file.enumType ?? []).entries()) {
      this.#enum(one, prefix, [paths.enum, i]);
    }
    return { messages: this.#messages, enums: this.#enums };
  }

  #message(raw: RawMessage, prefix: string, path: readonly number[]): void {
    const name = `${prefix}.${raw.name}`;
    const nested = raw.nestedType ?? [];
    const maps = new Map(
      nested
        .filter(({ options }) => options?.mapEntry === true)
        .map((entry) => [`.${name}.${entry.name}`, entry]),
    );
    const fields = raw.field ?? [];
    this.#messages.push({
      name,
      doc: this.#doc(path),
      fields: fields.map((field, i) => ({
        name: field.name,
        jsonName: field.jsonName,
        ...typeOf(field, maps),
        deprecated: field.options?.deprecated === true,
        doc: this.#doc([...path, paths.field, i]),
      })),
      oneofs: (raw.oneofDecl ?? [])
        .map((_, i) =>
          fields
            .filter((field) => field.oneofIndex === i && field.proto3Optional !== true)
            .map(({ jsonName }) => jsonName),
        )
        .filter((group) => group.length > 1),
    });
    for (const [i, message] of nested.entries()) {
      if (message.options?.mapEntry !== true) {
        this.#message(message, name, [...path, paths.nested, i]);
      }
    }
    for (const [i, one] of (raw.enumType ?? []).entries()) {
      this.#enum(one, name, [...path, paths.nestedEnum, i]);
    }
  }

  #enum(raw: RawEnum, prefix: string, path: readonly number[]): void {
    const values = (raw.value ?? []).map(({ name, number = 0 }) => [name, number] as const);
    this.#enums.push({
      name: `${prefix}.${raw.name}`,
      doc: this.#doc(path),
      values: Object.fromEntries(values),
    });
  }

  #doc(path: readonly number[]): string | undefined {
    return this.#docs.get(path.join("."));
  }
}

function typeOf(
  field: RawField,
  maps: ReadonlyMap<string, RawMessage>,
): Pick<FieldDescriptor, "type" | "label"> {
  const map = maps.get(field.typeName ?? "");
  const value = map?.field?.find(({ name }) => name === "value");
  if (value !== undefined) return { type: typeOf(value, maps).type, label: "map" };
  const label = field.label === "LABEL_REPEATED" ? "repeated" : "one";
  const name = (field.typeName ?? "").replace(/^\./, "");
  switch (field.type) {
    case "TYPE_MESSAGE":
      return { type: { kind: "message", name }, label };
    case "TYPE_ENUM":
      return { type: { kind: "enum", name }, label };
    default:
      return { type: { kind: "scalar", scalar: scalarOf(field.type) }, label };
  }
}

const scalars: Readonly<Record<string, Scalar>> = {
  TYPE_BOOL: "bool",
  TYPE_BYTES: "bytes",
  TYPE_DOUBLE: "double",
  TYPE_FIXED32: "uint32",
  TYPE_FIXED64: "uint64",
  TYPE_FLOAT: "float",
  TYPE_INT32: "int32",
  TYPE_INT64: "int64",
  TYPE_SFIXED32: "int32",
  TYPE_SFIXED64: "int64",
  TYPE_SINT32: "int32",
  TYPE_SINT64: "int64",
  TYPE_STRING: "string",
  TYPE_UINT32: "uint32",
  TYPE_UINT64: "uint64",
};

function scalarOf(type: string): Scalar {
  const scalar = scalars[type];
  if (scalar === undefined) throw new Error(`read a field: no scalar is ${type}`);
  return scalar;
}

/** A comment as one line. */
function sentence(comment: string): string {
  return comment.trim().replaceAll(/\s*\n\s*/g, " ");
}
