import type { Part, TextDocument } from "../document.ts";
import type { Operation, TextEdit } from "../fix/fix.ts";
import type { Issue } from "../issue.ts";
import { pointerParts, toPointer } from "../pointer.ts";
import { LineTable, type Position, type Span } from "../position.ts";
import { jsonEdits } from "./json-edits.ts";
import type { NodeTable } from "./node-table.ts";
import type { Fault, FaultKind, ReadText } from "./reader.ts";

const jsonSpec = "https://www.rfc-editor.org/rfc/rfc8259";

/** The rule that reports each kind of fault, and the clause that demands it. */
const rules: Readonly<Record<FaultKind, { readonly rule: string; readonly spec: string }>> = {
  syntax: { rule: "doc/json-syntax", spec: jsonSpec },
  "second-document": { rule: "doc/single-document", spec: `${jsonSpec}#section-2` },
  "duplicate-key": { rule: "doc/duplicate-key", spec: `${jsonSpec}#section-4` },
  "too-deep": { rule: "doc/size", spec: `${jsonSpec}#section-9` },
  "too-large": { rule: "doc/size", spec: `${jsonSpec}#section-9` },
};

/** JSON text with its value, its faults, and the place of every part. */
export class JsonDocument implements TextDocument {
  readonly text: string;
  readonly value: unknown;
  readonly issues: readonly Issue[];
  readonly broken: ReadonlySet<string>;
  readonly looseIntegers: readonly string[];
  readonly #table: NodeTable;
  readonly #lines: LineTable;

  constructor(text: string, read: ReadText, source: string | undefined) {
    this.text = text;
    this.value = read.value;
    this.#table = read.table;
    this.#lines = new LineTable(text);
    this.issues = read.faults.map((fault) => this.#issue(fault, source));
    this.broken = new Set(read.broken.map((node) => toPointer(this.#table.path(node))));
    this.looseIntegers = read.looseIntegers.map((node) => toPointer(this.#table.path(node)));
  }

  locate(pointer: string, part: Part = "value"): Span | undefined {
    const node = this.#table.find(pointerParts(pointer));
    if (node === undefined) return undefined;
    return part === "key" ? this.#table.key(node) : this.#table.value(node);
  }

  mark(pointer: string, part: Part = "value"): Span | undefined {
    const node = this.#table.find(pointerParts(pointer));
    if (node === undefined) return undefined;
    const { start, end } = this.#table.value(node);
    const first = this.text[start];
    if (part === "value" && first !== "{" && first !== "[") return { start, end };
    return this.#table.key(node) ?? { start, end: Math.min(start + 1, end) };
  }

  position(offset: number): Position {
    return this.#lines.position(offset);
  }

  pointerAt(offset: number): string {
    return toPointer(this.#table.pathAt(offset));
  }

  edits(patch: readonly Operation[]): readonly TextEdit[] | undefined {
    return jsonEdits(this.text, this.#table, patch);
  }

  #issue(fault: Fault, source: string | undefined): Issue {
    const { start, end, message, node, replacement, related } = fault;
    const parts = node === undefined ? this.#table.pathAt(start) : this.#table.path(node);
    return {
      ...rules[fault.kind],
      severity: "error",
      pointer: toPointer(parts),
      message,
      ...(source !== undefined && { source }),
      position: this.position(start),
      end: this.position(end),
      ...(related && {
        related: [{ message: related.message, position: this.position(related.span.start) }],
      }),
      ...(replacement !== undefined && {
        fix: {
          title: replacement === "" ? "remove it" : `write ${replacement.trim() || "a space"}`,
          patch: [],
          edits: [{ offset: start, length: end - start, text: replacement }],
        },
      }),
    };
  }
}
