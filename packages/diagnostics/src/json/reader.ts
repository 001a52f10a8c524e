import type { Span } from "../position.ts";
import { NodeTable } from "./node-table.ts";

/** What can be wrong with a text, whatever its values mean. */
export type FaultKind = "syntax" | "second-document" | "duplicate-key" | "too-deep" | "too-large";

/** One fault of a text. */
export interface Fault extends Span {
  readonly kind: FaultKind;
  readonly message: string;
  /** The value it concerns, where that is not the one at `start`. */
  readonly node?: number;
  /** This text in place of the span mends the fault. */
  readonly replacement?: string;
  /** Where a container was opened, or a member named first. */
  readonly related?: { readonly span: Span; readonly message: string };
}

/** What was read, however far that went. */
export interface ReadText {
  readonly value: unknown;
  readonly table: NodeTable;
  readonly faults: readonly Fault[];
  /** Nodes that could not be read whole: that something is missing in them says nothing. */
  readonly broken: readonly number[];
  /** Whole numbers written with a fraction or an exponent: decoders of integer types refuse them. */
  readonly looseIntegers: readonly number[];
}

/** Real documents have a few thousand; the places and values of this many take about 100 MB. */
const maxValues = 1_000_000;

/** Enough to show what is wrong; a binary file or another format would give thousands. */
const maxFaults = 50;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const minus = 0x2d;
const slash = 0x2f;
const apostrophe = 0x27;
const equals = 0x3d;
const zero = 0x30;
const nine = 0x39;
const newline = 0x0a;

/**
 * Reads JSON (RFC 8259) in one pass: the value as `JSON.parse` gives it, except that integers past 2^53
 * are exact bigints, and where every key and value stands. Goes on after a fault where the intent is plain.
 */
export function readText(text: string, maxDepth: number): ReadText {
  return new Reader(text, maxDepth).read();
}

/** Gives up the reading after too many faults, or values. */
class GiveUp extends Error {}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #table: NodeTable;
  readonly #faults: Fault[] = [];
  readonly #broken: number[] = [];
  readonly #looseIntegers: number[] = [];
  #at = 0;
  #openObjects = 0;
  #openArrays = 0;
  #endSeen = false;
  #wrongBracketAt = -1;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    // Real configs have one value in every eight to twenty characters; the table grows when needed.
    this.#table = new NodeTable(text, Math.min(text.length >> 3, 65_536));
  }

  read(): ReadText {
    let value: unknown;
    try {
      value = this.#document();
    } catch (error) {
      if (!(error instanceof GiveUp)) throw error;
      this.#table.closeAll(this.#at);
    }
    return {
      value,
      table: this.#table,
      faults: this.#faults,
      broken: this.#broken,
      looseIntegers: this.#looseIntegers,
    };
  }

  #document(): unknown {
    const text = this.#text;
    if (text.charCodeAt(0) === 0xfeff) {
      this.#mend(0, 1, "a byte order mark stands before the document", "");
      this.#at = 1;
    }
    this.#space();
    if (this.#at === text.length) {
      this.#fault("syntax", 0, 0, "the document is empty");
      return undefined;
    }
    const value = this.#value(0, -1, -1);
    this.#space();
    // After a document that could not be read whole, what follows may well belong to it.
    if (this.#at < text.length && this.#broken.length === 0) {
      const next = text.charCodeAt(this.#at);
      const another = next === openBrace || next === openBracket || next === quote;
      this.#fault(
        "second-document",
        this.#at,
        text.trimEnd().length,
        another
          ? "a second document follows the first, and a file holds one"
          : `${this.#seen()} stands after the end of the document`,
      );
    }
    return value;
  }

  /** The value at the current place; undefined where there is none to read. */
  #value(depth: number, keyStart: number, keyEnd: number): unknown {
    const start = this.#at;
    const text = this.#text;
    const code = text.charCodeAt(start);
    const node = this.#table.open(start, keyStart, keyEnd);
    if (node >= maxValues) this.#tooMany(start);
    let value: unknown;
    if (code === quote) value = this.#string();
    else if (code === openBrace) value = this.#object(depth, node);
    else if (code === openBracket) value = this.#array(depth, node);
    else if (code === minus || (code >= zero && code <= nine)) value = this.#number(node);
    else if (code === 0x74 && text.startsWith("true", start)) value = this.#literal(4, true);
    else if (code === 0x66 && text.startsWith("false", start)) value = this.#literal(5, false);
    else if (code === 0x6e && text.startsWith("null", start)) value = this.#literal(4, null);
    else value = this.#noValue();
    this.#table.close(node, this.#at);
    if (value === undefined) this.#broken.push(node);
    return value;
  }

  #object(depth: number, node: number): Record<string, unknown> | undefined {
    if (depth >= this.#maxDepth) return this.#tooDeep();
    const object: Record<string, unknown> = {};
    const text = this.#text;
    this.#at++;
    this.#openObjects++;
    let first = true;
    while (this.#hasNext(node, first, closeBrace)) {
      first = false;
      const keyStart = this.#at;
      const key = this.#key();
      if (key === undefined) {
        this.#skipJunk(node);
        continue;
      }
      const keyEnd = this.#at;
      this.#space();
      if (text.charCodeAt(this.#at) === colon) {
        this.#at++;
        this.#space();
      } else if (!this.#withoutColon(node, keyEnd)) continue;
      const member = this.#table.length;
      const value = this.#value(depth + 1, keyStart, keyEnd);
      // The plain look-up first: only names that Object.prototype has need the second.
      if (object[key] !== undefined && Object.hasOwn(object, key)) {
        this.#duplicate(node, member, keyStart, keyEnd, key);
      }
      if (value === undefined) continue;
      if (key === "__proto__") defineOwn(object, key, value);
      else object[key] = value;
    }
    this.#openObjects--;
    return object;
  }

  #array(depth: number, node: number): unknown[] | undefined {
    if (depth >= this.#maxDepth) return this.#tooDeep();
    const array: unknown[] = [];
    this.#at++;
    this.#openArrays++;
    let first = true;
    while (this.#hasNext(node, first, closeBracket)) {
      first = false;
      const value = this.#value(depth + 1, -1, -1);
      // A null keeps the places of the elements that follow; its node is among the broken.
      array.push(value === undefined ? null : value);
    }
    this.#openArrays--;
    return array;
  }

  /** Goes to the next member or element; false when the container is over. */
  #hasNext(node: number, first: boolean, closing: number): boolean {
    const text = this.#text;
    this.#space();
    let code = text.charCodeAt(this.#at);
    if (code === comma && !first) {
      const commaAt = this.#at++;
      this.#space();
      code = text.charCodeAt(this.#at);
      if (code === closing) this.#strayComma(commaAt);
      else if (code !== comma) return this.#at < text.length || this.#ended(node);
    } else if (!first && code !== closing && code !== comma) {
      return this.#withoutComma(node, code, closing);
    }
    while (code === comma) {
      this.#strayComma(this.#at++);
      this.#space();
      code = text.charCodeAt(this.#at);
    }
    if (code === closing) {
      this.#at++;
      return false;
    }
    if (code === closeBrace || code === closeBracket) return this.#wrongBracket(node, closing);
    return this.#at < text.length || this.#ended(node);
  }

  /** Between two members or elements where no comma stands; false when the container is over. */
  #withoutComma(node: number, code: number, closing: number): boolean {
    if (this.#at >= this.#text.length) return this.#ended(node);
    if (code === closeBrace || code === closeBracket) return this.#wrongBracket(node, closing);
    if (startsValue(code)) {
      let end = this.#at;
      while (isSpace(this.#text.charCodeAt(end - 1))) end--;
      this.#mend(end, end, "a comma is missing", ",");
      return true;
    }
    const seen = this.#seen();
    const start = this.#at;
    this.#skipJunk(node);
    const closes = String.fromCharCode(closing);
    this.#fault("syntax", start, this.#at, `expected "," or "${closes}", found ${seen}`);
    return this.#hasNext(node, false, closing);
  }

  /** A bracket of the other kind: the end of a container around this one, if one is open, or a slip. */
  #wrongBracket(node: number, closing: number): false {
    const opening = this.#table.value(node).start;
    this.#broken.push(node);
    // Said once, for the innermost container, however many it ends.
    if (this.#at !== this.#wrongBracketAt) {
      this.#wrongBracketAt = this.#at;
      this.#fault(
        "syntax",
        this.#at,
        this.#at + 1,
        `found ${this.#seen()} where "${String.fromCharCode(closing)}" is needed`,
        { related: { span: { start: opening, end: opening + 1 }, message: "opened here" } },
      );
    }
    const around = closing === closeBrace ? this.#openArrays : this.#openObjects;
    if (around === 0) this.#at++;
    return false;
  }

  /** The text is over inside a container: said once, for the innermost. */
  #ended(node: number): false {
    this.#broken.push(node);
    if (this.#endSeen) return false;
    this.#endSeen = true;
    const opening = this.#table.value(node).start;
    const end = this.#text.trimEnd().length;
    const what = this.#text.charCodeAt(opening) === openBrace ? "an object" : "an array";
    this.#fault("syntax", end, end, `the document ends inside ${what}`, {
      related: { span: { start: opening, end: opening + 1 }, message: "opened here" },
    });
    return false;
  }

  #key(): string | undefined {
    const start = this.#at;
    const code = this.#text.charCodeAt(start);
    if (code === quote) return this.#string();
    if (code === apostrophe) return this.#apostropheString();
    const word = this.#word();
    if (/^[A-Za-z_$]/.test(word)) {
      this.#mend(start, this.#at, `the name ${word} needs double quotes`, JSON.stringify(word));
      return word;
    }
    this.#at = start;
    const seen = this.#seen();
    this.#at += Math.max(1, word.length);
    this.#fault(
      "syntax",
      start,
      this.#at,
      `expected the name of a member in double quotes, found ${seen}`,
    );
    return undefined;
  }

  /** After a name that no colon follows; false when no value follows either. */
  #withoutColon(node: number, keyEnd: number): boolean {
    const code = this.#text.charCodeAt(this.#at);
    if (code === equals) {
      this.#mend(this.#at, this.#at + 1, 'a name and its value are joined by ":", not "="', ":");
      this.#at++;
      this.#space();
      return true;
    }
    if (startsValue(code) && !this.#memberFollows()) {
      this.#mend(keyEnd, keyEnd, "a colon is missing after the name", ":");
      return true;
    }
    this.#broken.push(node);
    if (this.#at < this.#text.length) {
      this.#fault("syntax", keyEnd, keyEnd, "a colon and a value are missing after the name");
    }
    return false;
  }

  /** Whether a string and a colon stand here: another member, not a value. */
  #memberFollows(): boolean {
    return /^"(?:[^"\\\n]|\\.)*"\s*:/.test(this.#text.slice(this.#at, this.#at + 1000));
  }

  #duplicate(object: number, member: number, start: number, end: number, key: string): void {
    let earlier: Span | undefined;
    for (const child of this.#table.children(object, member)) {
      const span = this.#table.key(child);
      if (span && this.#table.name(span) === key) earlier = span;
    }
    this.#fault("duplicate-key", start, end, `${show(key)} stands twice in this object`, {
      node: member,
      ...(earlier && { related: { span: earlier, message: "also here" } }),
    });
  }

  /** Skips to the next comma or to the end of the container, over whole strings and brackets. */
  #skipJunk(node: number): void {
    this.#broken.push(node);
    let depth = 0;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === openBrace || code === openBracket) depth++;
      else if (code === closeBrace || code === closeBracket) {
        if (depth-- === 0) return;
      } else if (code === comma && depth === 0) return;
      this.#skipPiece(code);
    }
  }

  /** Skips one character, or a whole string. */
  #skipPiece(code: number): void {
    this.#at++;
    if (code !== quote) return;
    while (this.#at < this.#text.length) {
      const inside = this.#text.charCodeAt(this.#at++);
      if (inside === backslash && this.#at < this.#text.length) this.#at++;
      else if (inside === quote || inside === newline) return;
    }
  }

  #tooMany(start: number): never {
    this.#fault("too-large", start, start + 1, `the document has more than ${maxValues} values`);
    throw new GiveUp();
  }

  #tooDeep(): undefined {
    const start = this.#at;
    this.#fault(
      "too-deep",
      start,
      start + 1,
      `values are nested deeper than ${this.#maxDepth} levels`,
    );
    let depth = 0;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      this.#skipPiece(code);
      if (code === openBrace || code === openBracket) depth++;
      else if ((code === closeBrace || code === closeBracket) && --depth === 0) return undefined;
    }
    return undefined;
  }

  #literal(length: number, value: boolean | null): unknown {
    if (isWordPart(this.#text.charCodeAt(this.#at + length))) return this.#noValue();
    this.#at += length;
    return value;
  }

  /** Where a value has to stand and none that is JSON does. */
  #noValue(): unknown {
    const text = this.#text;
    const start = this.#at;
    if (text.charCodeAt(start) === apostrophe) return this.#apostropheString();
    const seen = this.#seen();
    const word = this.#word();
    const meant = misspelt.get(word);
    if (meant !== undefined) {
      this.#mend(start, this.#at, `${word} is not JSON; write ${meant}`, String(meant));
      return meant;
    }
    if (/^[+.\d]/.test(word)) return this.#wrongNumber(start, word);
    if (word !== "") {
      this.#fault("syntax", start, this.#at, `${show(word)} needs double quotes to be text`);
      return undefined;
    }
    // Brackets and commas belong to the container; anything else is taken for the value.
    while (this.#at < text.length && isStray(text.charCodeAt(this.#at))) this.#at++;
    if (start === text.length) {
      if (this.#endSeen) return undefined;
      this.#endSeen = true;
    }
    this.#fault("syntax", start, this.#at, `expected a value, found ${seen}`);
    return undefined;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (!isPlain(code)) break;
      at++;
    }
    this.#at = at;
    return this.#slowString(start);
  }

  /** A string with escapes or faults, from where the fast road met the first. */
  #slowString(start: number): string {
    const text = this.#text;
    let result = text.slice(start, this.#at);
    for (;;) {
      const at = this.#at;
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.#at++;
        return result;
      }
      if (at >= text.length || (code === newline && this.#endsAtLine())) {
        this.#fault("syntax", start - 1, at, "the string is not closed on its line");
        return result;
      }
      if (code === backslash) {
        result += this.#escape();
        continue;
      }
      if (code < 0x20) {
        const escaped = JSON.stringify(text[at]).slice(1, -1);
        this.#mend(at, at + 1, `a control character in a string is written ${escaped}`, escaped);
      }
      let end = at + 1;
      while (isPlain(text.charCodeAt(end))) end++;
      result += text.slice(at, end);
      this.#at = end;
    }
  }

  /**
   * Whether a string that meets the end of its line was left open there: if what follows looks like the
   * next member, or like the end of a container, and not like more of the same text.
   */
  #endsAtLine(): boolean {
    return /^\s*(?:["}\]]|$)/.test(this.#text.slice(this.#at, this.#at + 1000));
  }

  #escape(): string {
    const text = this.#text;
    const at = this.#at;
    const letter = text[at + 1] ?? "";
    const simple = escapes.get(letter);
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    const digits = text.slice(at + 2, at + 6);
    if (letter === "u" && /^[0-9A-Fa-f]{4}$/.test(digits)) {
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (letter === "u") this.#fault("syntax", at, at + 2, "\\u needs four hexadecimal digits");
    else {
      this.#mend(at, at + 1, "a backslash in a string is written \\\\", "\\\\");
    }
    this.#at++;
    return "\\";
  }

  #number(node: number): number | bigint | undefined {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let code = text.charCodeAt(at);
    if (code === minus) code = text.charCodeAt(++at);
    const digits = at;
    let value = 0;
    while (code >= zero && code <= nine) {
      value = value * 10 + (code - zero);
      code = text.charCodeAt(++at);
    }
    const length = at - digits;
    if (length === 0 || isWordPart(code) || (length > 1 && text.charCodeAt(digits) === zero)) {
      return this.#otherNumber(node);
    }
    this.#at = at;
    if (length <= 15) return digits > start ? -value : value;
    const near = Number(text.slice(start, at));
    return Number.isSafeInteger(near) ? near : exactInteger(text.slice(start, at), near);
  }

  /** Numbers that are no plain integer: fractions, exponents, and what only looks like a number. */
  #otherNumber(node: number): number | undefined {
    const start = this.#at;
    const word = this.#word();
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) {
      return this.#wrongNumber(start, word);
    }
    const value = Number(word);
    if (Number.isInteger(value)) this.#looseIntegers.push(node);
    return value;
  }

  #wrongNumber(start: number, word: string): undefined {
    const octal = /^-?0[0-7]+$/.test(word) ? Number.parseInt(word, 8) : undefined;
    const value = octal ?? Number(word);
    const hint = octal
      ? `; JSON has no octal numbers, and as a file mode this is ${value}`
      : Number.isFinite(value) && word !== "-"
        ? `; write ${value}`
        : "";
    this.#fault("syntax", start, this.#at, `${word} is not a JSON number${hint}`);
    return undefined;
  }

  #apostropheString(): string {
    const text = this.#text;
    const start = this.#at;
    const end = /['\n]|$/.exec(text.slice(start + 1))?.index ?? 0;
    const inner = text.slice(start + 1, start + 1 + end);
    const closed = text.charCodeAt(start + 1 + end) === apostrophe;
    this.#at = start + 1 + end + (closed ? 1 : 0);
    this.#mend(start, this.#at, "text needs double quotes", JSON.stringify(inner));
    return inner;
  }

  /** The run of letters, digits and signs at the current place. */
  #word(): string {
    const start = this.#at;
    while (isWordPart(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #strayComma(at: number): void {
    this.#mend(at, at + 1, "a comma has nothing after it", "");
  }

  #space(): void {
    const text = this.#text;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (isSpace(code)) this.#at++;
      else if (code === 0xfeff || code === 0xa0) {
        this.#mend(this.#at, ++this.#at, "an invisible character stands between values", " ");
      } else if (code !== slash || !this.#comment()) return;
    }
  }

  #comment(): boolean {
    const text = this.#text;
    const start = this.#at;
    const line = text.startsWith("//", start);
    if (!line && !text.startsWith("/*", start)) return false;
    const end = text.indexOf(line ? "\n" : "*/", start + 2);
    this.#at = end === -1 ? text.length : line ? end : end + 2;
    this.#mend(start, this.#at, "JSON has no comments", "");
    return true;
  }

  /** What stands at the current place, for a message. */
  #seen(): string {
    const at = this.#at;
    const code = this.#text.codePointAt(at);
    if (code === undefined) return "the end of the document";
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return `the control character ${code}`;
    const word = this.#word();
    this.#at = at;
    return show(word === "" ? String.fromCodePoint(code) : word);
  }

  #mend(start: number, end: number, message: string, replacement: string): void {
    this.#fault("syntax", start, end, message, { replacement });
  }

  #fault(
    kind: FaultKind,
    start: number,
    end: number,
    message: string,
    extra?: Partial<Fault>,
  ): void {
    // An escape may be cut off by the end of the text.
    const last = Math.min(end, this.#text.length);
    this.#faults.push({ kind, start, end: last, message, ...extra });
    if (this.#faults.length >= maxFaults) throw new GiveUp();
  }
}

const escapes = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const misspelt = new Map<string, boolean | null>([
  ["True", true],
  ["TRUE", true],
  ["False", false],
  ["FALSE", false],
  ["None", null],
  ["nil", null],
  ["Null", null],
  ["NULL", null],
  ["undefined", null],
]);

function isPlain(code: number): boolean {
  return code >= 0x20 && code !== quote && code !== backslash;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === newline || code === 0x0d || code === 0x09;
}

/** Letters, digits, and the signs of numbers. */
function isWordPart(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= zero && code <= nine) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x2e ||
    code === minus ||
    code === 0x2b ||
    code === 0x5f ||
    code === 0x24
  );
}

function startsValue(code: number): boolean {
  return (
    code === quote ||
    code === openBrace ||
    code === openBracket ||
    code === apostrophe ||
    isWordPart(code)
  );
}

/** Neither space nor a character that the container around needs. */
function isStray(code: number): boolean {
  return (
    !isSpace(code) &&
    code !== comma &&
    code !== colon &&
    code !== quote &&
    code !== openBrace &&
    code !== closeBrace &&
    code !== openBracket &&
    code !== closeBracket
  );
}

/**
 * A bigint is made only of what some integer type could hold: BigInt() takes quadratic time, and a
 * number of a million digits is wrong however exactly it is read.
 */
function exactInteger(digits: string, near: number): number | bigint {
  return digits.length <= 40 ? BigInt(digits) : near;
}

function show(word: string): string {
  return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word);
}

/** `object.__proto__ = …` would change the prototype instead of adding a member. */
function defineOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
