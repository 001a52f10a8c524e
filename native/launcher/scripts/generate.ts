// Makes the C side of the op table: one struct an op, and the table by which the decoder fills them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

interface Field {
  readonly name: string;
  readonly type: string;
  readonly doc?: string;
}

interface Op {
  readonly name: string;
  readonly code: number;
  readonly phases: readonly string[];
  readonly doc: string;
  readonly fields: readonly Field[];
}

interface Table {
  readonly version: number;
  readonly symbols: Readonly<Record<string, { readonly wire: string }>>;
  readonly phases: readonly string[];
  readonly ops: Op[];
}

const folder = new URL("../", import.meta.url);
const table = JSON.parse(readFileSync(new URL("plan-ops.json", folder), "utf8")) as Table;

const kinds: Readonly<Record<string, readonly [kind: string, declaration: string]>> = {
  u32: ["FIELD_U32", "uint32_t "],
  bool: ["FIELD_U32", "uint32_t "],
  mode: ["FIELD_U32", "uint32_t "],
  slot: ["FIELD_U32", "uint32_t "],
  u64: ["FIELD_U64", "uint64_t "],
  str: ["FIELD_STR", "const char *"],
  template: ["FIELD_STR", "const char *"],
  strs: ["FIELD_STRS", "struct texts "],
  u32s: ["FIELD_U32S", "struct numbers "],
  slots: ["FIELD_U32S", "struct numbers "],
  bytes: ["FIELD_BYTES", "struct bytes "],
};

function kind(field: Field): readonly [kind: string, declaration: string] {
  const found = kinds[table.symbols[field.type]?.wire ?? field.type];
  if (!found) throw new Error(`plan-ops.json: no such field type: ${field.type}`);
  return found;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const made = "/* Made from plan-ops.json by scripts/generate.ts; never edited. */";

function header(): string {
  const structs = table.ops.map((op) => {
    const members = op.fields.map((field) => {
      const note = field.doc ? ` /* ${field.doc.replaceAll("*/", "* /")} */` : "";
      return `  ${kind(field)[1]}${snake(field.name)};${note}\n`;
    });
    // C knows no empty struct.
    const body = members.length > 0 ? members.join("") : "  uint32_t unused;\n";
    return `/* ${op.doc} */\nstruct op_${snake(op.name)} {\n${body}};\nint op_${snake(op.name)}(struct context *c, const struct op_${snake(op.name)} *a);\n`;
  });
  const union = table.ops
    .map((op) => `  struct op_${snake(op.name)} ${snake(op.name)};\n`)
    .join("");
  return `${made}
#ifndef PLAN_OPS_H
#define PLAN_OPS_H

#include "plan.h"

#define PLAN_VERSION ${table.version}u
#define PLAN_OPS ${table.ops.length}u

struct context;

${structs.join("\n")}
union any_op {
${union}};

extern const struct op plan_ops[PLAN_OPS];

#endif
`;
}

function source(): string {
  const fields = table.ops
    .filter((op) => op.fields.length > 0)
    .map((op) => {
      const rows = op.fields.map((field) => {
        const name = snake(field.name);
        return `    {NAME("${field.name}") ${kind(field)[0]}, offsetof(struct op_${snake(op.name)}, ${name})},\n`;
      });
      return `static const struct field ${snake(op.name)}_fields[] = {\n${rows.join("")}};\n`;
    });
  // The decoder alone (its fuzzer, the dump) is built without what the ops do.
  const callers = table.ops.map((op) => {
    const name = snake(op.name);
    return `static int call_${name}(struct context *c, const void *a) { return op_${name}(c, a); }\n`;
  });
  const rows = table.ops.map((op) => {
    const name = snake(op.name);
    const phases = op.phases.map((phase) => `IN_${phase.toUpperCase()}`).join(" | ");
    const list = op.fields.length > 0 ? `${name}_fields` : "NULL";
    return `    {NAME("${op.name}") ${op.code}, ${phases}, ${op.fields.length}, ${list}, CALL(${name})},\n`;
  });
  return `${made}
#include "plan_ops.h"

#include <stddef.h>

#ifdef PLAN_DECODE_ONLY
#define NAME(text) text,
#else
#define NAME(text)
#endif

${fields.join("\n")}
#ifdef PLAN_DECODE_ONLY
#define CALL(name) NULL
#else
#define CALL(name) call_##name
${callers.join("")}#endif

const struct op plan_ops[PLAN_OPS] = {
${rows.join("")}};
`;
}

const codes = new Set(table.ops.map((op) => op.code));
if (codes.size !== table.ops.length) throw new Error("plan-ops.json: a code is given twice");
// Codes may leave numbers out; the decoder finds them by halving.
table.ops.sort((a, b) => a.code - b.code);

const out = new URL("src/generated/", folder);
mkdirSync(out, { recursive: true });
writeFileSync(new URL("plan_ops.h", out), header());
writeFileSync(new URL("plan_ops.c", out), source());
