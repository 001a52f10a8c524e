import { type Document, isMap, isScalar, isSeq, type Node } from "yaml";
import type { Part, TextDocument } from "../document.ts";
import type { Operation, TextEdit } from "../fix/fix.ts";
import type { Issue } from "../issue.ts";
import { stringifyJson } from "../json/stringify.ts";
import { parentPointer, pointerParts, toPointer } from "../pointer.ts";
import { LineTable, type Position, type Span } from "../position.ts";
import type { Anchors } from "./anchors.ts";
import { keyName, nodeAt } from "./yaml-value.ts";

/** YAML text with its value and the place of every part. */
export class YamlDocument implements TextDocument {
  readonly text: string;
  readonly value: unknown;
  readonly issues: readonly Issue[];
  readonly broken: ReadonlySet<string>;
  /** YAML decoders go by the value of a number, not by its spelling. */
  readonly looseIntegers: readonly string[] = [];
  readonly #document: Document;
  readonly #anchors: Anchors;
  readonly #lines: LineTable;

  constructor(
    text: string,
    document: Document,
    anchors: Anchors,
    value: unknown,
    issues: readonly Issue[],
    broken: ReadonlySet<string>,
  ) {
    this.text = text;
    this.value = value;
    this.issues = issues;
    this.broken = broken;
    this.#document = document;
    this.#anchors = anchors;
    this.#lines = new LineTable(text);
  }

  locate(pointer: string, part: Part = "value"): Span | undefined {
    const found = nodeAt(this.#document, this.#anchors, pointerParts(pointer));
    return found && spanOf(part === "key" ? found.key : found.node);
  }

  mark(pointer: string, part: Part = "value"): Span | undefined {
    const found = nodeAt(this.#document, this.#anchors, pointerParts(pointer));
    if (!found) return undefined;
    const value = spanOf(found.node);
    if (part === "value" && isScalar(found.node) && value) return value;
    const key = spanOf(found.key);
    if (key) return key;
    return value && { start: value.start, end: Math.min(value.start + 1, value.end) };
  }

  position(offset: number): Position {
    return this.#lines.position(offset);
  }

  pointerAt(offset: number): string {
    const parts: string[] = [];
    let node: unknown = this.#document.contents;
    for (;;) {
      const next = memberAt(node, offset);
      if (!next) return toPointer(parts);
      parts.push(next.part);
      node = next.node;
    }
  }

  /** New names and new values in place; what would move lines about is left to a person. */
  edits(patch: readonly Operation[]): readonly TextEdit[] | undefined {
    const [operation, more] = patch;
    if (!operation) return [];
    if (more) return undefined;
    if (operation.op === "replace") {
      const span = this.locate(operation.path);
      return span && [edit(span, stringifyJson(operation.value))];
    }
    if (operation.op !== "move") return undefined;
    if (parentPointer(operation.from) !== parentPointer(operation.path)) return undefined;
    if (this.locate(operation.path)) return undefined;
    const key = this.locate(operation.from, "key");
    return key && [edit(key, name(pointerParts(operation.path).at(-1) ?? ""))];
  }
}

function spanOf(node: Node | undefined): Span | undefined {
  const range = node?.range;
  return range ? { start: range[0], end: range[1] } : undefined;
}

function memberAt(
  container: unknown,
  offset: number,
): { readonly part: string; readonly node: unknown } | undefined {
  if (isMap(container)) {
    for (const pair of container.items) {
      const key = spanOf(pair.key as Node);
      const value = spanOf((pair.value ?? undefined) as Node | undefined);
      const start = key?.start ?? value?.start ?? 0;
      if (offset >= start && offset < (value?.end ?? key?.end ?? 0)) {
        return { part: keyName(pair), node: pair.value };
      }
    }
  } else if (isSeq(container)) {
    for (const [index, item] of container.items.entries()) {
      const span = spanOf(item as Node);
      if (span && offset >= span.start && offset < span.end) {
        return { part: String(index), node: item };
      }
    }
  }
  return undefined;
}

function edit({ start, end }: Span, text: string): TextEdit {
  return { offset: start, length: end - start, text };
}

/** A name as a person would write it: without quotes where none are needed. */
function name(text: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(text) && !/^(?:true|false|null|y|n|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
