import type { Operation, TextEdit } from "../fix/fix.ts";
import { applyEdits } from "../fix/text-edits.ts";
import { parentPointer, pointerParts } from "../pointer.ts";
import { indexAmong, type NodeTable } from "./node-table.ts";
import { readText } from "./reader.ts";
import { stringifyJson } from "./stringify.ts";

/**
 * A change of the value as edits of its text, which keep everything else as it is written: indentation,
 * order, blank lines, spelling of numbers. Undefined when the change does not fit the document.
 */
export function jsonEdits(
  text: string,
  table: NodeTable,
  patch: readonly Operation[],
): readonly TextEdit[] | undefined {
  const [first, ...rest] = patch;
  if (!first) return [];
  if (rest.length === 0) return operationEdits(text, table, first);
  // Each operation sees the text that the one before it left; what differs in the end is one edit.
  let current = text;
  let currentTable = table;
  for (const operation of patch) {
    const edits = operationEdits(current, currentTable, operation);
    if (!edits) return undefined;
    current = applyEdits(current, edits);
    currentTable = readText(current, Number.POSITIVE_INFINITY).table;
  }
  return [difference(text, current)];
}

function operationEdits(
  text: string,
  table: NodeTable,
  operation: Operation,
): readonly TextEdit[] | undefined {
  switch (operation.op) {
    case "remove":
      return removal(text, table, operation.path);
    case "replace":
      return replacement(text, table, operation.path, operation.value);
    case "add":
      return addition(text, table, operation.path, operation.value);
    case "move":
      return renaming(table, operation.from, operation.path);
  }
}

function removal(text: string, table: NodeTable, path: string): readonly TextEdit[] | undefined {
  const parent = parentPointer(path);
  const node = table.find(pointerParts(path));
  const container = parent === undefined ? undefined : table.find(pointerParts(parent));
  if (node === undefined || container === undefined) return undefined;
  const siblings = table.childrenOf(container);
  const index = indexAmong(siblings, node);
  const previous = siblings[index - 1];
  const next = siblings[index + 1];
  if (next !== undefined) return [edit(memberStart(table, node), memberStart(table, next), "")];
  const { end } = table.value(node);
  if (previous !== undefined) return [edit(table.value(previous).end, end, "")];
  const { start: open, end: close } = table.value(container);
  return text[close - 1] === "}" || text[close - 1] === "]"
    ? [edit(open + 1, close - 1, "")]
    : undefined;
}

function replacement(
  text: string,
  table: NodeTable,
  path: string,
  value: unknown,
): readonly TextEdit[] | undefined {
  const node = table.find(pointerParts(path));
  if (node === undefined) return undefined;
  const { start, end } = table.value(node);
  return [edit(start, end, valueText(table, value, lineIndent(text, start)))];
}

function addition(
  text: string,
  table: NodeTable,
  path: string,
  value: unknown,
): readonly TextEdit[] | undefined {
  const parent = parentPointer(path);
  const last = pointerParts(path).at(-1);
  const container = parent === undefined ? undefined : table.find(pointerParts(parent));
  if (container === undefined || last === undefined) return undefined;
  const { start: open, end: close } = table.value(container);
  const closing = text[close - 1];
  const array = text[open] === "[" && closing === "]";
  if (!array && !(text[open] === "{" && closing === "}")) return undefined;
  const siblings = table.childrenOf(container);
  const existing = array ? undefined : table.find(pointerParts(path));
  if (existing !== undefined) return replacement(text, table, path, value);

  const write = (indent: string): string =>
    array
      ? valueText(table, value, indent)
      : `${JSON.stringify(last)}${colonStyle(text)}${valueText(table, value, indent)}`;
  const at = array && last !== "-" ? Number(last) : siblings.length;
  if (!Number.isInteger(at) || at < 0 || at > siblings.length) return undefined;
  const before = siblings[at];
  const neighbour = before ?? siblings[at - 1];
  if (neighbour === undefined) {
    const unit = table.indentUnit;
    const outer = lineIndent(text, open);
    if (unit === "") return [edit(open + 1, close - 1, write(""))];
    const inner = outer + unit;
    return [edit(open + 1, close - 1, `\n${inner}${write(inner)}\n${outer}`)];
  }
  const start = memberStart(table, neighbour);
  const gap = spaceBefore(text, start);
  const member = write(gap.includes("\n") ? gap.slice(gap.lastIndexOf("\n") + 1) : "");
  if (before !== undefined) return [edit(start, start, `${member},${gap}`)];
  const { end } = table.value(neighbour);
  // The only member of `{ "a": 1 }` follows the brace by a space that is no separator's.
  return [edit(end, end, `,${gap || separatorStyle(text)}${member}`)];
}

/** Only a new name in the same object: anything else that moves is no safe change. */
function renaming(table: NodeTable, from: string, path: string): readonly TextEdit[] | undefined {
  const node = table.find(pointerParts(from));
  const name = pointerParts(path).at(-1);
  if (node === undefined || name === undefined) return undefined;
  if (parentPointer(from) !== parentPointer(path)) return undefined;
  if (table.find(pointerParts(path)) !== undefined) return undefined;
  const key = table.key(node);
  return key && [edit(key.start, key.end, JSON.stringify(name))];
}

function edit(start: number, end: number, text: string): TextEdit {
  return { offset: start, length: end - start, text };
}

function memberStart(table: NodeTable, node: number): number {
  return (table.key(node) ?? table.value(node)).start;
}

function valueText(table: NodeTable, value: unknown, indent: string): string {
  const unit = table.indentUnit;
  const written = stringifyJson(value, unit);
  return unit === "" ? written : written.replaceAll("\n", `\n${indent}`);
}

function colonStyle(text: string): string {
  return /"\s*:(\s?)/.exec(text)?.[1] === "" ? ":" : ": ";
}

function separatorStyle(text: string): string {
  return /,( )/.exec(text)?.[1] ?? "";
}

function spaceBefore(text: string, offset: number): string {
  let start = offset;
  while (start > 0 && /[ \t\r\n]/.test(text[start - 1] as string)) start--;
  return text.slice(start, offset);
}

/** The white space at the start of the line that an offset is on. */
function lineIndent(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

/** The one edit that turns a text into another. */
function difference(from: string, to: string): TextEdit {
  let start = 0;
  const shorter = Math.min(from.length, to.length);
  while (start < shorter && from[start] === to[start]) start++;
  let same = 0;
  while (same < shorter - start && from.at(-1 - same) === to.at(-1 - same)) same++;
  return edit(start, from.length - same, to.slice(start, to.length - same));
}
