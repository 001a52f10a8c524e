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
  readonly #children = new Map<number, readonly number[]>();
  readonly #members = new Map<number, ReadonlyMap<string, number>>();
  #indentUnit: string | undefined;

  constructor(text: string, expectedNodes: number) {
    this.#text = text;
    this.#cells = new Int32Array(Math.max(16, expectedNodes) * stride);
  }

  get length(): number {
    return this.#length;
  }

  /** One level of indentation as the text has it; empty when it is written on one line. */
  get indentUnit(): string {
    this.#indentUnit ??=
      /\n([ \t]+)/.exec(this.#text)?.[1] ?? (this.#text.trim().includes("\n") ? "  " : "");
    return this.#indentUnit;
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

  /** The children of a container that is closed; kept, so that asking again costs nothing. */
  childrenOf(node: number): readonly number[] {
    let children = this.#children.get(node);
    if (!children) {
      children = [...this.children(node)];
      this.#children.set(node, children);
    }
    return children;
  }

  /** The node at a path; of members with one name the last, which is the one whose value counts. */
  find(parts: readonly string[]): number | undefined {
    let node = this.#length === 0 ? undefined : 0;
    for (const part of parts) {
      if (node === undefined) return undefined;
      node = this.#isArray(node) ? this.#element(node, part) : this.#membersOf(node).get(part);
    }
    return node;
  }

  /** The path of the innermost value whose key or value covers an offset. */
  pathAt(offset: number): string[] {
    return this.#descend(
      (child) => (this.key(child)?.start ?? this.#cell(child, 0)) <= offset,
      (child) => offset < this.#cell(child, endCell),
    );
  }

  path(node: number): string[] {
    return this.#descend(
      (child) => child <= node,
      (child) => node < this.#cell(child, nextCell),
    );
  }

  /** The way down by the last child that begins early enough, as long as it does not end too early. */
  #descend(begins: (child: number) => boolean, goesOn: (child: number) => boolean): string[] {
    const parts: string[] = [];
    if (this.#length === 0) return parts;
    for (let node = 0; ; ) {
      const children = this.childrenOf(node);
      const index = lastIndexWhere(children, begins);
      const child = children[index];
      if (child === undefined || !goesOn(child)) return parts;
      parts.push(this.#part(node, child, index));
      node = child;
    }
  }

  /** The part of a path that leads to a child. */
  #part(node: number, child: number, index: number): string {
    const key = this.key(child);
    return !key || this.#isArray(node) ? String(index) : this.name(key);
  }

  #isArray(node: number): boolean {
    return this.#text.charCodeAt(this.#cell(node, 0)) === openBracket;
  }

  #element(node: number, part: string): number | undefined {
    return /^(?:0|[1-9]\d*)$/.test(part) ? this.childrenOf(node)[Number(part)] : undefined;
  }

  #membersOf(node: number): ReadonlyMap<string, number> {
    let members = this.#members.get(node);
    if (!members) {
      const children = this.childrenOf(node);
      members = new Map(children.map((child, index) => [this.#part(node, child, index), child]));
      this.#members.set(node, members);
    }
    return members;
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

/** The last index of which something holds that holds for a part at the start only; -1 for none. */
function lastIndexWhere(sorted: readonly number[], holds: (entry: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where a node stands in the ascending list of its siblings. */
export function indexAmong(siblings: readonly number[], node: number): number {
  return lastIndexWhere(siblings, (sibling) => sibling <= node);
}
