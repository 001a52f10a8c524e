import type {
  EnumDescriptor,
  FieldDescriptor,
  FileDescriptor,
  MessageDescriptor,
  ServiceDescriptor,
} from "./descriptor.ts";

/** A field as the facts state it. */
export interface FieldFacts {
  name: string;
  number: number;
  type: string;
  kind?: "message" | "enum";
  key?: string;
  value?: string;
  valueKind?: "message" | "enum";
  repeated?: true;
  optional?: true;
  oneof?: string;
  deprecated?: true;
  debugRedact?: true;
  jsonName?: string;
}

/** A message as the facts state it; nested types stand beside it under their full names. */
export interface MessageFacts {
  name: string;
  fields: FieldFacts[];
  oneofs?: string[];
  reservedRanges?: [number, number][];
  reservedNames?: string[];
  options?: Record<string, unknown>;
}

export interface EnumFacts {
  name: string;
  values: Record<string, number>;
}

export interface ServiceFacts {
  name: string;
  methods: {
    name: string;
    input: string;
    output: string;
    clientStreaming: boolean;
    serverStreaming: boolean;
  }[];
}

/** What the facts state of one .proto file. */
export interface FileFacts {
  path: string;
  package: string;
  options?: Record<string, unknown>;
  messages: MessageFacts[];
  enums: EnumFacts[];
  services: ServiceFacts[];
  extensions?: (FieldFacts & { extendee: string })[];
}

/** One file of facts/proto. */
export interface PackageFacts {
  package: string;
  files: FileFacts[];
}

/** Says of a compiled file what the facts would say of it. */
export function toFacts(file: FileDescriptor): FileFacts {
  const scope = file.package ?? "";
  const messages: MessageFacts[] = [];
  const enums: EnumFacts[] = (file.enumType ?? []).map((one) => enumFacts(one, scope));
  for (const message of file.messageType ?? []) collect(message, scope, messages, enums);
  const facts: FileFacts = {
    path: file.name,
    package: scope,
    messages,
    enums,
    services: (file.service ?? []).map((service) => serviceFacts(service, scope)),
  };
  const options = customOptions(file.options);
  if (options) facts.options = options;
  if (file.extension !== undefined) {
    facts.extensions = file.extension.map((field) => ({
      ...fieldFacts(field, [], new Map()),
      name: `${scope}.${field.name}`,
      extendee: fullName(field.extendee),
    }));
  }
  return facts;
}

function collect(
  message: MessageDescriptor,
  scope: string,
  messages: MessageFacts[],
  enums: EnumFacts[],
): void {
  const name = `${scope}.${message.name}`;
  const nested = message.nestedType ?? [];
  const maps = new Map(nested.filter(isMapEntry).map((one) => [`${name}.${one.name}`, one]));
  // A proto3 optional field lives in a oneof that only compilers see.
  const oneofs = (message.oneofDecl ?? []).map(({ name }) => name);
  const shown = oneofs.filter((_, index) =>
    (message.field ?? []).some((f) => f.oneofIndex === index && f.proto3Optional !== true),
  );
  const facts: MessageFacts = {
    name,
    fields: (message.field ?? []).map((field) => fieldFacts(field, oneofs, maps)),
  };
  if (shown.length > 0) facts.oneofs = shown;
  const { reservedRange, reservedName } = message;
  if (reservedRange) facts.reservedRanges = reservedRange.map(({ start, end }) => [start, end - 1]);
  if (reservedName) facts.reservedNames = [...reservedName];
  const options = customOptions(message.options);
  if (options) facts.options = options;
  messages.push(facts);
  for (const one of nested) if (!isMapEntry(one)) collect(one, name, messages, enums);
  enums.push(...(message.enumType ?? []).map((one) => enumFacts(one, name)));
}

function fieldFacts(
  field: FieldDescriptor,
  oneofs: readonly string[],
  maps: ReadonlyMap<string, MessageDescriptor>,
): FieldFacts {
  const type = typeFacts(field);
  const facts: FieldFacts = { name: field.name, number: field.number, ...type };
  const entry = maps.get(type.type);
  if (entry !== undefined) {
    delete facts.kind;
    const [key, value] = entry.field ?? [];
    if (key === undefined || value === undefined) throw new Error(`${field.name}: not a map entry`);
    const { type: valueType, kind } = typeFacts(value);
    Object.assign(facts, { type: "map", key: typeFacts(key).type, value: valueType });
    if (kind) facts.valueKind = kind;
  } else if (field.label === "LABEL_REPEATED") facts.repeated = true;
  if (field.proto3Optional === true) facts.optional = true;
  else if (field.oneofIndex !== undefined) {
    const oneof = oneofs[field.oneofIndex];
    if (oneof !== undefined) facts.oneof = oneof;
  }
  if (field.options?.deprecated === true) facts.deprecated = true;
  if (field.options?.debugRedact === true) facts.debugRedact = true;
  if (field.jsonName !== undefined && field.jsonName !== defaultJsonName(field.name)) {
    facts.jsonName = field.jsonName;
  }
  return facts;
}

function typeFacts(field: FieldDescriptor): { type: string; kind?: "message" | "enum" } {
  if (field.typeName === undefined) return { type: field.type.slice("TYPE_".length).toLowerCase() };
  const kind = field.type === "TYPE_ENUM" ? "enum" : "message";
  return { type: fullName(field.typeName), kind };
}

function enumFacts(one: EnumDescriptor, scope: string): EnumFacts {
  const values = Object.fromEntries((one.value ?? []).map(({ name, number }) => [name, number]));
  return { name: `${scope}.${one.name}`, values };
}

function serviceFacts(service: ServiceDescriptor, scope: string): ServiceFacts {
  return {
    name: `${scope}.${service.name}`,
    methods: (service.method ?? []).map((method) => ({
      name: method.name,
      input: fullName(method.inputType),
      output: fullName(method.outputType),
      clientStreaming: method.clientStreaming ?? false,
      serverStreaming: method.serverStreaming ?? false,
    })),
  };
}

function isMapEntry(message: MessageDescriptor): boolean {
  return message.options?.mapEntry === true;
}

/** Options that the .proto files define themselves; JSON writes their names in brackets. */
function customOptions(
  options: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> | undefined {
  const custom = Object.entries(options ?? {}).filter(([name]) => name.startsWith("["));
  if (custom.length === 0) return undefined;
  return Object.fromEntries(custom.map(([name, value]) => [name.slice(1, -1), value]));
}

function fullName(name: string): string {
  return name.startsWith(".") ? name.slice(1) : name;
}

function defaultJsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}
