import type { Span } from "../position.ts";

const stride = 5;
const endCell = 1;
const keyCell = 2;
const nextCell = 4;
const openBracket = 0x5b;

/**
 * Where every value of a text stands, as integers in document order: start, end, start and end of its
 * key (-1 without one), and the node that follows its subtree. Twenty bytes a value and no objects, so
 * that keeping positions costs a check next to nothing.
 */
export class NodeTable {
  readonly #text: string;
  #cells: Int32Array;
  #length = 0;

  constructor(text: string, expectedNodes: number) {
    this.#text = text;
    this.#cells = new Int32Array(Math.max(16, expectedNodes) * stride);
  }

  get length(): number {
    return this.#length;
  }

  /** Begins a node; `close` must follow once its subtree is in the table. */
  open(start: number, keyStart: number, keyEnd: number): number {
    const node = this.#length;
    const cell = node * stride;
    if (cell === this.#cells.length) {
      const grown = new Int32Array(this.#cells.length * 2);
      grown.set(this.#cells);
      this.#cells = grown;
    }
    const cells = this.#cells;
    cells[cell] = start;
    cells[cell + keyCell] = keyStart;
    cells[cell + keyCell + 1] = keyEnd;
    this.#length = node + 1;
    return node;
  }

  close(node: number, end: number): void {
    const cell = node * stride;
    this.#cells[cell + endCell] = end;
    this.#cells[cell + nextCell] = this.#length;
  }

  /** Ends what a reader that gave up left open. */
  closeAll(end: number): void {
    for (let node = 0; node < this.#length; node++) {
      if (this.#cell(node, nextCell) === 0) this.close(node, end);
    }
  }

  value(node: number): Span {
    return { start: this.#cell(node, 0), end: this.#cell(node, endCell) };
  }

  /** The key with its quotes; undefined for elements of an array and for the top value. */
  key(node: number): Span | undefined {
    const start = this.#cell(node, keyCell);
    return start === -1 ? undefined : { start, end: this.#cell(node, keyCell + 1) };
  }

  /** The children of a container, in the order of the text; of one that is still open, those before `end`. */
  *children(node: number, end?: number): Generator<number> {
    const after = end ?? this.#cell(node, nextCell);
    for (let child = node + 1; child < after; child = this.#cell(child, nextCell)) yield child;
  }

  /** The node at a path; of members with one name the last, which is the one whose value counts. */
  find(parts: readonly string[]): number | undefined {
    if (this.#length === 0) return undefined;
    let node = 0;
    for (const part of parts) {
      let found: number | undefined;
      for (const [child, name] of this.#named(node)) {
        if (name === part) found = child;
      }
      if (found === undefined) return undefined;
      node = found;
    }
    return node;
  }

  /** The path of the innermost value whose key or value covers an offset. */
  pathAt(offset: number): string[] {
    return this.#descend(
      (child) =>
        offset < this.#cell(child, endCell) &&
        offset >= (this.key(child)?.start ?? this.#cell(child, 0)),
    );
  }

  path(node: number): string[] {
    return this.#descend((child) => node >= child && node < this.#cell(child, nextCell));
  }

  #descend(holds: (child: number) => boolean): string[] {
    const parts: string[] = [];
    let node: number | undefined = this.#length === 0 ? undefined : 0;
    while (node !== undefined) {
      let inside: number | undefined;
      for (const [child, name] of this.#named(node)) {
        if (!holds(child)) continue;
        parts.push(name);
        inside = child;
        break;
      }
      node = inside;
    }
    return parts;
  }

  /** The children with the part of a path that leads to each. */
  *#named(node: number): Generator<[child: number, name: string]> {
    const array = this.#text.charCodeAt(this.#cell(node, 0)) === openBracket;
    let index = 0;
    for (const child of this.children(node)) {
      const key = this.key(child);
      yield [child, array || !key ? String(index) : this.name(key)];
      index++;
    }
  }

  /** The name that a key stands for, also of keys that are no JSON but were understood. */
  name({ start, end }: Span): string {
    const text = this.#text;
    const inner = text.slice(start + 1, end - 1);
    if (text[start] === "'") return inner;
    if (text[start] !== '"') return text.slice(start, end);
    if (!inner.includes("\\")) return inner;
    try {
      return JSON.parse(text.slice(start, end)) as string;
    } catch {
      // A wrong escape, which the reader reports; its text is the best name there is.
      return inner;
    }
  }

  #cell(node: number, offset: number): number {
    return this.#cells[node * stride + offset] as number;
  }
}
