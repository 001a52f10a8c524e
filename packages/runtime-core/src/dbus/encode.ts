import { utf8Room, writeUtf8 } from "../plan/utf8.ts";
import { alignmentOf, type DbusType, type DbusValue, parseSignature } from "./signature.ts";

/** Bytes of a message as they grow, little-endian. */
export class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;

  get size(): number {
    return this.#used;
  }

  /** A copy of all that was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#used);
  }

  /** Makes room and answers its place. */
  #take(size: number): number {
    const at = this.#used;
    if (at + size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, at + size));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#used += size;
    return at;
  }

  align(to: number): void {
    const missing = (to - (this.#used % to)) % to;
    const at = this.#take(missing);
    this.#bytes.fill(0, at, at + missing);
  }

  byte(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    this.align(2);
    const at = this.#take(2);
    this.#view.setUint16(at, value, true);
  }

  /** Writes at the end, or over what stands at `place`. */
  u32(value: number, place?: number): void {
    if (place === undefined) this.align(4);
    const at = place ?? this.#take(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: bigint): void {
    this.align(8);
    const at = this.#take(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }

  f64(value: number): void {
    this.align(8);
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Text with its NUL; answers how many bytes it is without. */
  text(text: string): number {
    const start = this.#take(text.length * utf8Room + 1);
    const end = writeUtf8(this.#bytes, start, text);
    if (end < 0) throw new TypeError("D-Bus takes no text with a NUL");
    this.#bytes[end] = 0;
    this.#used = end + 1;
    return end - start;
  }
}

function wrong(type: DbusType, value: DbusValue): never {
  const what = type.kind === "basic" ? type.code : type.kind;
  throw new TypeError(`${String(value)} is not of the D-Bus type ${what}`);
}

function number(type: DbusType, value: DbusValue): number {
  return typeof value === "number" ? value : wrong(type, value);
}

function isList(value: DbusValue): value is readonly DbusValue[] {
  return Array.isArray(value);
}

function encodeText(to: Writer, code: string, text: string): void {
  if (code === "g") {
    to.byte(text.length);
    to.text(text);
    return;
  }
  to.u32(0);
  const place = to.size - 4;
  const size = to.text(text);
  to.u32(size, place);
}

function encodeBasic(to: Writer, type: DbusType & { kind: "basic" }, value: DbusValue): void {
  const { code } = type;
  if (code === "y") to.byte(number(type, value));
  else if (code === "b") to.u32(value === true ? 1 : value === false ? 0 : wrong(type, value));
  else if (code === "n" || code === "q") to.u16(number(type, value));
  else if (code === "i" || code === "u" || code === "h") to.u32(number(type, value));
  else if (code === "d") to.f64(number(type, value));
  else if (code === "x" || code === "t") {
    to.u64(typeof value === "bigint" ? value : wrong(type, value));
  } else encodeText(to, code, typeof value === "string" ? value : wrong(type, value));
}

function encodeVariant(to: Writer, type: DbusType, value: DbusValue): void {
  if (typeof value !== "object" || !("signature" in value)) wrong(type, value);
  const [own, more] = parseSignature(value.signature);
  if (own === undefined || more !== undefined) wrong(type, value.signature);
  encodeText(to, "g", value.signature);
  encodeValue(to, own, value.value);
}

function encodeArray(to: Writer, type: DbusType & { kind: "array" }, value: DbusValue): void {
  to.u32(0);
  const place = to.size - 4;
  // What stands between the length and the first element does not count.
  to.align(alignmentOf(type.element));
  const start = to.size;
  if (value instanceof Uint8Array) to.raw(value);
  else if (isList(value)) for (const element of value) encodeValue(to, type.element, element);
  else wrong(type, value);
  to.u32(to.size - start, place);
}

/** Writes one value. A value that is not of the type is a fault of the caller: TypeError. */
export function encodeValue(to: Writer, type: DbusType, value: DbusValue): void {
  if (type.kind === "basic") encodeBasic(to, type, value);
  else if (type.kind === "variant") encodeVariant(to, type, value);
  else if (type.kind === "array") encodeArray(to, type, value);
  else {
    if (!isList(value) || value.length !== type.fields.length) wrong(type, String(value));
    to.align(8);
    for (const [index, field] of type.fields.entries()) {
      encodeValue(to, field, value[index] as DbusValue);
    }
  }
}
