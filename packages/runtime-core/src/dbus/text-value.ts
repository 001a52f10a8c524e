import type { DbusValue, DbusVariant } from "./signature.ts";

/** A text that is no value. */
export class TextValueError extends Error {}

/** Types that stand before a number: `uint64 5`. */
const numberTypes: Readonly<Record<string, string>> = {
  byte: "y",
  int16: "n",
  uint16: "q",
  int32: "i",
  uint32: "u",
  int64: "x",
  uint64: "t",
  double: "d",
  boolean: "b",
  string: "s",
};

const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  y: [0n, 0xffn],
  n: [-0x8000n, 0x7fffn],
  q: [0n, 0xffffn],
  i: [-0x80000000n, 0x7fffffffn],
  u: [0n, 0xffffffffn],
  x: [-(1n << 63n), (1n << 63n) - 1n],
  t: [0n, (1n << 64n) - 1n],
};

const token =
  /\s*(?:(@[a-z()]+|[a-z]+\d*(?=[\s"'[(]|$)|true|false)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([+-]?(?:0x[\da-f]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+))|([[\](),]))/iy;

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

class Text {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  refuse(): never {
    throw new TextValueError(`${JSON.stringify(this.#text)} is not a D-Bus value`);
  }

  /** The next word: of a type, a string, a number, or a sign. */
  next(): { readonly word?: string; string?: string; number?: string; sign?: string } {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text);
    if (found === null) return {};
    this.#at = token.lastIndex;
    const [, word, string, number, sign] = found;
    return {
      ...(word !== undefined && { word }),
      ...(string !== undefined && { string }),
      ...(number !== undefined && { number }),
      ...(sign !== undefined && { sign }),
    };
  }

  get ended(): boolean {
    return this.#text.slice(this.#at).trim() === "";
  }

  #number(text: string, type: string | undefined): DbusVariant {
    const isWhole = /^[+-]?(0x[\da-f]+|\d+)$/i.test(text);
    const signature = type ?? (isWhole ? "i" : "d");
    if (signature === "d") return { signature, value: Number(text) };
    const range = ranges[signature];
    if (!isWhole || range === undefined) return this.refuse();
    const size = BigInt(text.replace(/^[+-]/, ""));
    const value = text.startsWith("-") ? -size : size;
    if (value < range[0] || value > range[1]) return this.refuse();
    return { signature, value: signature === "x" || signature === "t" ? value : Number(value) };
  }

  /** A list up to its closing sign, all of one type when `of` says which or when its first element does. */
  #list(close: "]" | ")", of: string | undefined, depth: number): DbusVariant[] {
    const found: DbusVariant[] = [];
    const before = this.#at;
    if (this.next().sign === close) return found;
    this.#at = before;
    for (;;) {
      const type = close === "]" ? (of ?? found[0]?.signature) : undefined;
      found.push(this.value(type, depth));
      const { sign } = this.next();
      if (sign === close) return found;
      if (sign !== ",") this.refuse();
    }
  }

  value(type: string | undefined, depth: number): DbusVariant {
    if (depth > 8) this.refuse();
    const { word, string, number, sign } = this.next();
    if (word === "true" || word === "false") {
      if (type !== undefined && type !== "b") this.refuse();
      return { signature: "b", value: word === "true" };
    }
    if (word !== undefined) {
      const given = word.startsWith("@") ? word.slice(1) : numberTypes[word];
      if (given === undefined || (type !== undefined && type !== given)) this.refuse();
      return this.value(given, depth + 1);
    }
    if (string !== undefined) {
      if (type !== undefined && !["s", "o", "g"].includes(type)) this.refuse();
      const plain = string
        .slice(1, -1)
        .replace(/\\(.)/gs, (_, letter) => escapes[letter] ?? letter);
      return { signature: type ?? "s", value: plain };
    }
    if (number !== undefined) return this.#number(number, type);
    if (sign === "[") {
      if (type !== undefined && !type.startsWith("a")) this.refuse();
      const elements = this.#list("]", type?.slice(1), depth + 1);
      const element = type?.slice(1) ?? elements[0]?.signature;
      // An empty list says of what it is by a type before it.
      if (element === undefined || elements.some(({ signature }) => signature !== element))
        this.refuse();
      const values = elements.map(({ value }) => value);
      const value: DbusValue = element === "y" ? Uint8Array.from(values as number[]) : values;
      return { signature: `a${element}`, value };
    }
    if (sign !== "(") return this.refuse();
    const fields = this.#list(")", undefined, depth + 1);
    const signature = `(${fields.map((field) => field.signature).join("")})`;
    if (fields.length === 0 || (type !== undefined && type !== signature)) this.refuse();
    return { signature, value: fields.map(({ value }) => value) };
  }
}

/**
 * Reads a value as GVariant writes it: `'text'`, `true`, `5` (32 bits), `uint64 5`, `['a', 'b']`, `@as []`,
 * `[('/dev/null', 'rw')]`.
 *
 * @throws TextValueError
 */
export function parseTextValue(text: string): DbusVariant {
  const from = new Text(text);
  const value = from.value(undefined, 0);
  return from.ended ? value : from.refuse();
}
