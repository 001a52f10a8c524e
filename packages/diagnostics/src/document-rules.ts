import type { Rule } from "./rule.ts";

const json = "https://www.rfc-editor.org/rfc/rfc8259";

/**
 * The rules about any document, whatever it is for: its text, and what a schema says of it. A package
 * gives a rule of the same id to name the clause of its own specification instead, and adds `doc/schema`
 * where its schema has demands that none of these words.
 */
export const documentRules: readonly Rule<unknown, unknown>[] = [
  { id: "doc/json-syntax", severity: "error", spec: json },
  { id: "doc/single-document", severity: "error", spec: `${json}#section-2` },
  { id: "doc/duplicate-key", severity: "error", spec: `${json}#section-4` },
  { id: "doc/size", severity: "error", spec: `${json}#section-9` },
  { id: "doc/type", severity: "error" },
  { id: "doc/integer-range", severity: "error" },
  { id: "doc/required", severity: "error" },
  { id: "doc/enum", severity: "error" },
  { id: "doc/pattern", severity: "error" },
  { id: "doc/count", severity: "error" },
  { id: "doc/null", severity: "warning" },
  { id: "doc/key-case", severity: "error" },
  { id: "doc/unknown-key", severity: "warning" },
];
