/**
 * Whether a text is a value in the text form of GVariant, in which systemd's D-Bus properties are
 * written: numbers, quoted strings, booleans, arrays, tuples, dictionaries, with or without a type.
 */
export function isGVariant(text: string): boolean {
  const reader = new Reader(text);
  return reader.value(0) && reader.atEnd();
}

/** No property of a unit is nested anywhere near as deep. */
const maxDepth = 16;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#take(/\s*/y);
    return this.#at === this.#text.length;
  }

  value(depth: number): boolean {
    if (depth > maxDepth) return false;
    // A type, as a word or as a signature after "@".
    this.#take(
      /\s*(?:boolean|byte|u?int(?:16|32|64)|handle|double|string|objectpath|signature)\s/y,
    );
    this.#take(/\s*@[ybnqiuxthdsogvma(){}?*r]+\s/y);
    this.#take(/\s*just\s/y);
    if (this.#take(/\s*(?:true|false|nothing)\b/y)) return true;
    if (this.#take(/\s*[+-]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)(?![\w.])/y))
      return true;
    if (this.#take(/\s*b?'(?:[^'\\]|\\.)*'/y) || this.#take(/\s*b?"(?:[^"\\]|\\.)*"/y)) return true;
    if (this.#take(/\s*\[/y)) return this.#list("]", depth);
    if (this.#take(/\s*\(/y)) return this.#list(")", depth);
    if (this.#take(/\s*</y)) return this.value(depth + 1) && this.#take(/\s*>/y);
    return this.#take(/\s*\{/y) && this.#entries(depth);
  }

  /** The rest of an array or tuple; a tuple of one has a comma after it. */
  #list(closing: "]" | ")", depth: number): boolean {
    const end = closing === "]" ? /\s*\]/y : /\s*\)/y;
    for (;;) {
      if (this.#take(end)) return true;
      if (!this.value(depth + 1)) return false;
      if (!this.#take(/\s*,/y)) return this.#take(end);
    }
  }

  #entries(depth: number): boolean {
    for (;;) {
      if (this.#take(/\s*\}/y)) return true;
      if (!this.value(depth + 1) || !this.#take(/\s*[:,]/y) || !this.value(depth + 1)) return false;
      if (!this.#take(/\s*,/y)) return this.#take(/\s*\}/y);
    }
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
