import type { Part, TextDocument } from "../document.ts";
import type { Operation } from "../fix/fix.ts";
import type { Issue } from "../issue.ts";
import { joinPointer, parentPointer, pointerParts, toPointer } from "../pointer.ts";
import type { Span } from "../position.ts";
import { type Canonical, canonicalize } from "./canonical.ts";
import { fieldsOf, type MessageTable } from "./message-table.ts";

/** How a canonical value and the document it came from name the same things. */
export class Spelling {
  readonly #table: MessageTable;
  readonly #message: string;
  readonly #canonical: Canonical;

  constructor(table: MessageTable, message: string, canonical: Canonical) {
    this.#table = table;
    this.#message = message;
    this.#canonical = canonical;
  }

  /** The pointer into the document. What is not there yet gets the spelling the document uses. */
  original(pointer: string): string {
    let at = "";
    let origin = "";
    let type: string | undefined = this.#message;
    for (const part of pointerParts(pointer)) {
      const name = this.#canonical.renamed.get(at)?.get(part);
      const next = this.#step(type, part);
      origin = joinPointer(origin, name ?? (this.#isThere(at, part) ? part : next.written));
      at = joinPointer(at, part);
      type = next.type;
    }
    return origin;
  }

  /** The pointer into the canonical value. */
  canonical(pointer: string): string {
    let type: string | undefined = this.#message;
    const parts = pointerParts(pointer).map((part) => {
      const next = this.#step(type, part);
      type = next.type;
      return next.canonical;
    });
    return toPointer(parts);
  }

  /** Whether a pointer is that of a second name of a field, which is nowhere in the canonical value. */
  isSecondName(pointer: string): boolean {
    return this.#canonical.twice.some((one) => one.pointer === pointer);
  }

  /** A message about the canonical value in the document's spelling. */
  wording(message: string, pointer: string): string {
    const { renamed, protoNames } = this.#canonical;
    const parent = parentPointer(pointer) ?? "";
    const name = pointerParts(pointer).at(-1) ?? "";
    const written = renamed.get(parent)?.get(name);
    const own =
      written === undefined
        ? message
        : message.replaceAll(JSON.stringify(name), JSON.stringify(written));
    if (!protoNames) return own;
    return own.replaceAll(/"([a-z][A-Za-z0-9]*)"/g, (quoted, word: string) => {
      const protoName = this.#protoNames().get(word);
      return protoName === undefined ? quoted : JSON.stringify(protoName);
    });
  }

  /** A change of the canonical value as one of the document. */
  patch(patch: readonly Operation[]): Operation[] {
    return patch.map((operation) =>
      operation.op === "move"
        ? { ...operation, from: this.original(operation.from), path: this.original(operation.path) }
        : { ...operation, path: this.original(operation.path) },
    );
  }

  #protoNameCache: ReadonlyMap<string, string> | undefined;

  #protoNames(): ReadonlyMap<string, string> {
    this.#protoNameCache ??= new Map(
      Object.keys(this.#table.messages)
        .flatMap((message) => fieldsOf(this.#table, message).all)
        .filter(({ jsonName, protoName }) => jsonName !== protoName)
        .map(({ jsonName, protoName }) => [jsonName, protoName]),
    );
    return this.#protoNameCache;
  }

  /** What a part of a pointer, in either spelling, names in a message, a list (`[]type`) or a map (`{}type`). */
  #step(
    type: string | undefined,
    part: string,
  ): { canonical: string; written: string; type: string | undefined } {
    if (type?.startsWith("*")) return { canonical: part, written: part, type: type.slice(1) };
    const field = type === undefined ? undefined : fieldsOf(this.#table, type).find(part);
    if (field === undefined) return { canonical: part, written: part, type: undefined };
    const inside = field.kind === "message" ? field.type : undefined;
    return {
      canonical: field.jsonName,
      written: this.#canonical.protoNames ? field.protoName : field.jsonName,
      type: inside !== undefined && field.label !== "one" ? `*${inside}` : inside,
    };
  }

  #isThere(parent: string, part: string): boolean {
    let value: unknown = this.#canonical.value;
    for (const step of [...pointerParts(parent), part]) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return false;
      value = Reflect.get(value, step);
    }
    return true;
  }
}

/** A document in the JSON form of a message, seen in its canonical form; positions and edits are those of its text. */
export class ProtoDocument implements TextDocument {
  readonly text: string;
  readonly value: unknown;
  readonly issues: readonly Issue[];
  readonly broken: ReadonlySet<string>;
  readonly looseIntegers: readonly string[];
  readonly spelling: Spelling;
  readonly #document: TextDocument;

  constructor(document: TextDocument, table: MessageTable, message: string, source?: string) {
    const canonical = canonicalize(table, message, document.value);
    this.#document = document;
    this.spelling = new Spelling(table, message, canonical);
    this.text = document.text;
    this.value = canonical.value;
    this.broken = new Set([...document.broken].map((pointer) => this.spelling.canonical(pointer)));
    this.looseIntegers = document.looseIntegers.map((pointer) => this.spelling.canonical(pointer));
    const twice = canonical.twice.map(({ pointer, first, second }): Issue => {
      const span = document.mark(pointer, "key") ?? { start: 0, end: 0 };
      return {
        rule: "doc/duplicate-key",
        severity: "error",
        pointer,
        message: `${JSON.stringify(second)} and ${JSON.stringify(first)} are two names of one field`,
        ...(source !== undefined && { source }),
        position: document.position(span.start),
        end: document.position(span.end),
      };
    });
    this.issues = [...document.issues, ...twice];
  }

  locate(pointer: string, part?: Part): Span | undefined {
    return this.#document.locate(this.spelling.original(pointer), part);
  }

  mark(pointer: string, part?: Part): Span | undefined {
    return this.#document.mark(this.spelling.original(pointer), part);
  }

  position(offset: number): ReturnType<TextDocument["position"]> {
    return this.#document.position(offset);
  }

  pointerAt(offset: number): string {
    return this.spelling.canonical(this.#document.pointerAt(offset));
  }

  edits(patch: readonly Operation[]): ReturnType<TextDocument["edits"]> {
    return this.#document.edits(this.spelling.patch(patch));
  }
}
