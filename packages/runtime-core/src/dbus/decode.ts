import { alignmentOf, type DbusType, type DbusValue, parseSignature } from "./signature.ts";

/** Bytes that are no D-Bus message. */
export class DecodeError extends Error {}

/** Variants in variants: what the specification allows (Message Protocol: Marshaling). */
const deepest = 64;

/** The least character that is written with so many bytes after the first. */
const least = [0, 0x80, 0x800, 0x10000];

function decodeText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++] as number;
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let point = more === 0 ? first : first & (0x3f >> more);
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || at + more > bytes.length) {
      throw new DecodeError("a text of a D-Bus message is not UTF-8");
    }
    for (let i = 0; i < more; i++) {
      const next = bytes[at++] as number;
      if ((next & 0xc0) !== 0x80) throw new DecodeError("a text of a D-Bus message is not UTF-8");
      point = (point << 6) | (next & 0x3f);
    }
    if (
      point < (least[more] as number) ||
      point > 0x10ffff ||
      (point >= 0xd800 && point < 0xe000)
    ) {
      throw new DecodeError("a text of a D-Bus message is not UTF-8");
    }
    text += String.fromCodePoint(point);
  }
  return text;
}

/** Reads values out of a message, never beyond its end. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get place(): number {
    return this.#at;
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at) throw new DecodeError("a D-Bus message ends too early");
    this.#at += size;
    return at;
  }

  align(to: number): void {
    this.#take((to - (this.#at % to)) % to);
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u32(): number {
    this.align(4);
    return this.#view.getUint32(this.#take(4), true);
  }

  #text(size: number): string {
    const at = this.#take(size + 1);
    if (this.#bytes[at + size] !== 0) throw new DecodeError("a text of a D-Bus message has no end");
    return decodeText(this.#bytes.subarray(at, at + size));
  }

  #basic(code: string): DbusValue {
    const view = this.#view;
    switch (code) {
      case "y":
        return this.byte();
      case "b":
        return this.u32() !== 0;
      case "n":
        this.align(2);
        return view.getInt16(this.#take(2), true);
      case "q":
        this.align(2);
        return view.getUint16(this.#take(2), true);
      case "i":
        return this.u32() | 0;
      case "u":
      case "h":
        return this.u32();
      case "x":
        this.align(8);
        return view.getBigInt64(this.#take(8), true);
      case "t":
        this.align(8);
        return view.getBigUint64(this.#take(8), true);
      case "d":
        this.align(8);
        return view.getFloat64(this.#take(8), true);
      case "g":
        return this.#text(this.byte());
      default:
        return this.#text(this.u32());
    }
  }

  #array(element: DbusType, depth: number): DbusValue {
    const size = this.u32();
    this.align(alignmentOf(element));
    const start = this.#take(size);
    if (element.kind === "basic" && element.code === "y") {
      return this.#bytes.slice(start, start + size);
    }
    this.#at = start;
    const values: DbusValue[] = [];
    // Each element has a byte at least, so the size bounds their number.
    while (this.#at < start + size) values.push(this.value(element, depth));
    if (this.#at !== start + size) throw new DecodeError("an array of a D-Bus message is too long");
    return values;
  }

  /**
   * Reads one value.
   *
   * @throws DecodeError
   */
  value(type: DbusType, depth = 0): DbusValue {
    if (depth > deepest) throw new DecodeError("a D-Bus message is nested too deeply");
    if (type.kind === "basic") return this.#basic(type.code);
    if (type.kind === "array") return this.#array(type.element, depth + 1);
    if (type.kind === "struct") {
      this.align(8);
      return type.fields.map((field) => this.value(field, depth + 1));
    }
    const signature = this.#text(this.byte());
    const [own, more] = typesOf(signature);
    if (own === undefined || more !== undefined) {
      throw new DecodeError("a variant of a D-Bus message has no type, or several");
    }
    return { signature, value: this.value(own, depth + 1) };
  }
}

/** The types of a signature that came from outside. */
export function typesOf(signature: string): readonly DbusType[] {
  try {
    return parseSignature(signature);
  } catch (cause) {
    throw new DecodeError((cause as Error).message, { cause });
  }
}
