// Makes the TypeScript side of the launcher's op table: a step's type for each op, and the table by which
// steps are encoded and told to people.
import { mkdirSync, writeFileSync } from "node:fs";
import table from "@ocikit/launcher/plan-ops.json" with { type: "json" };

interface Field {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean;
  readonly doc?: string;
}

interface Symbols {
  readonly name: string;
  readonly wire: string;
  readonly list?: boolean;
  readonly bits?: boolean;
  readonly values: Readonly<Record<string, number>>;
}

const symbols: Readonly<Record<string, Symbols>> = table.symbols;

const types: Readonly<Record<string, string>> = {
  u32: "number",
  u64: "number | bigint",
  bool: "boolean",
  mode: "number",
  slot: "number",
  str: "string",
  template: "string",
  strs: "readonly string[]",
  u32s: "readonly number[]",
  slots: "readonly number[]",
  bytes: "Uint8Array",
};

function typeOf(field: Field): string {
  const symbol = symbols[field.type];
  if (symbol) return symbol.list ? `readonly ${symbol.name}[]` : symbol.name;
  const type = types[field.type];
  if (!type) throw new Error(`plan-ops.json: no such field type: ${field.type}`);
  return type;
}

function capital(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function stepType(op: (typeof table.ops)[number]): string {
  const members = (op.fields as readonly Field[]).map(
    (field) =>
      `${field.doc ? `  /** ${field.doc} */\n` : ""}  readonly ${field.name}${field.optional ? "?" : ""}: ${typeOf(field)};\n`,
  );
  const phases = op.phases.map((phase) => `"${phase}"`).join(" | ");
  return `/** ${op.doc} */
export interface ${capital(op.name)}Step extends StepOrigin {
  readonly phase: ${phases};
  readonly op: "${op.name}";
${members.join("")}}
`;
}

const named = new Map(Object.values(symbols).map((symbol) => [symbol.name, symbol]));
const names = [...named].map(
  ([name, { values }]) =>
    `export type ${name} =\n${Object.keys(values)
      .map((value) => `  | "${value}"`)
      .join("\n")};\n`,
);
const symbolRows = Object.entries(symbols).map(([key, { wire, list, bits, values }]) => {
  const shape = `wire: "${wire}", list: ${list === true}, bits: ${bits === true}`;
  return `  ${key}: { ${shape}, values: ${JSON.stringify(values)} },\n`;
});
const opRows = table.ops.map((op) => {
  const fields = op.fields.map((field) => `["${field.name}", "${field.type}"]`).join(", ");
  return `  ${op.name}: { code: ${op.code}, text: ${JSON.stringify(op.text)}, fields: [${fields}] },\n`;
});

const source = `// Made from the launcher's plan-ops.json by scripts/generate.ts; never edited.

/** Where a step comes from. */
export interface StepOrigin {
  /** JSON pointer (RFC 6901) into config.json; empty when nothing in it asked for the step. */
  readonly from: string;
}

${names.join("\n")}
${table.ops.map(stepType).join("\n")}
/** One thing that the launcher does: plain data, told apart by \`op\`. */
export type LaunchStep =
${table.ops.map((op) => `  | ${capital(op.name)}Step`).join("\n")};

/** Version of the wire form; a launcher takes its own only. */
export const planVersion = ${table.version};

/** How a field travels. */
export type FieldType = ${[...Object.keys(types), ...Object.keys(symbols)].map((name) => `"${name}"`).join(" | ")};

export interface OpDescription {
  readonly code: number;
  /** What the op does, for people; names in braces stand for fields. */
  readonly text: string;
  readonly fields: readonly (readonly [name: string, type: FieldType])[];
}

export const opTable: Readonly<Record<LaunchStep["op"], OpDescription>> = {
${opRows.join("")}};

export interface SymbolTable {
  readonly wire: "u32" | "u64";
  /** Whether a field holds several, joined by or. */
  readonly list: boolean;
  /** Whether values are numbers of bits. */
  readonly bits: boolean;
  readonly values: Readonly<Record<string, number>>;
}

export const symbolTables: Readonly<Record<string, SymbolTable>> = {
${symbolRows.join("")}};
`;

const folder = new URL("../src/generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("plan-ops.ts", folder), source);
