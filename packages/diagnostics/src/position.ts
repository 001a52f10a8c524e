/** A place in a text. */
export interface Position {
  /** UTF-16 code units before it, as JavaScript strings and editors count. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** UTF-16 code units from the start of the line, from 1. */
  readonly column: number;
}

/** A stretch of text: `end` is the first place after it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Turns offsets of one text into lines and columns; the line table is made when first asked. */
export class LineTable {
  readonly #text: string;
  #starts: number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  position(offset: number): Position {
    const starts = this.#lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { offset, line: low + 1, column: offset - (starts[low] as number) + 1 };
  }

  /** The text of a line (from 1) without its line break; undefined past the last. */
  line(line: number): string | undefined {
    const starts = this.#lineStarts();
    const start = starts[line - 1];
    if (start === undefined) return undefined;
    const end = starts[line] ?? this.#text.length + 1;
    const text = this.#text.slice(start, end - 1);
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }

  get count(): number {
    return this.#lineStarts().length;
  }

  #lineStarts(): number[] {
    if (this.#starts) return this.#starts;
    const starts = [0];
    for (let at = this.#text.indexOf("\n"); at !== -1; at = this.#text.indexOf("\n", at + 1)) {
      starts.push(at + 1);
    }
    this.#starts = starts;
    return starts;
  }
}
