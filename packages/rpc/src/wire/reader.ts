const decoder = new TextDecoder();

// Up to this length a loop over ASCII letters beats the decoder's entry and exit.
const shortText = 24;

/** No bytes: the value of a bytes field that is not there. */
export const noBytes: Uint8Array = new Uint8Array(0);

interface Utf8Slicer {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
}

// Node and Bun have a decoder without an object in between.
const slicer: Utf8Slicer["utf8Slice"] | undefined =
  typeof Buffer === "undefined"
    ? undefined
    : (Buffer.prototype as unknown as Partial<Utf8Slicer>).utf8Slice; // as: in no type, in every version

/**
 * Reads protobuf fields one after the other, never beyond the end of its bytes. It has the methods that ts-proto's code
 * calls, so that it can stand where `BinaryReader` of `@bufbuild/protobuf/wire` stands.
 *
 * Throws a RangeError for bytes that end within a field, and for a number too long.
 */
export class BinaryReader {
  pos = 0;
  readonly len: number;
  readonly #bytes: Uint8Array;
  #view: DataView | undefined;
  // ts-proto's code counts here how deep it is; a field of the class costs less than one that is added.
  readonly __tsProtoDecodeDepth: number = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.len = bytes.length;
  }

  /** The number of a field and its wire type. */
  tag(): [field: number, wireType: number] {
    const tag = this.uint32();
    return [tag >>> 3, tag & 7];
  }

  uint32(): number {
    const bytes = this.#bytes;
    const first = bytes[this.pos] as number;
    if (first < 0x80) {
      this.pos++;
      return first;
    }
    let value = first & 0x7f;
    let at = this.pos + 1;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = bytes[at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = at;
        return value >>> 0;
      }
    }
    return this.#wide(bytes, at, value >>> 0);
  }

  /** A number of more than 32 bits where 32 were expected: negative ones are written so. What is above is dropped. */
  #wide(bytes: Uint8Array, from: number, value: number): number {
    let at = from;
    for (let more = 0; more < 5; more++) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      if (byte < 0x80) {
        this.pos = at;
        return value;
      }
    }
    throw at > this.len ? tooShort() : new RangeError("invalid varint");
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): boolean {
    const first = this.#bytes[this.pos] as number;
    if (first < 0x80) {
      this.pos++;
      return first !== 0;
    }
    return this.#long(false) !== 0n;
  }

  uint64(): bigint {
    const first = this.#bytes[this.pos] as number;
    if (first < 0x80) {
      this.pos++;
      return BigInt(first);
    }
    return this.#long(false);
  }

  int64(): bigint {
    const first = this.#bytes[this.pos] as number;
    if (first < 0x80) {
      this.pos++;
      return BigInt(first);
    }
    return this.#long(true);
  }

  sint64(): bigint {
    const value = this.uint64();
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }

  #long(signed: boolean): bigint {
    const bytes = this.#bytes;
    let at = this.pos;
    // 49 bits fit a number exactly; most counters do.
    let low = 0;
    let scale = 1;
    for (let index = 0; index < 7; index++) {
      const byte = bytes[at++];
      if (byte === undefined) throw tooShort();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.pos = at;
        return BigInt(low);
      }
      scale *= 0x80;
    }
    let high = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw tooShort();
      high |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = at;
        const value = (BigInt(high) << 49n) | BigInt(low);
        return signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
      }
    }
    throw new RangeError("invalid varint");
  }

  fixed32(): number {
    return this.#take(4).getUint32(this.pos - 4, true);
  }

  sfixed32(): number {
    return this.#take(4).getInt32(this.pos - 4, true);
  }

  fixed64(): bigint {
    return this.#take(8).getBigUint64(this.pos - 8, true);
  }

  sfixed64(): bigint {
    return this.#take(8).getBigInt64(this.pos - 8, true);
  }

  float(): number {
    return this.#take(4).getFloat32(this.pos - 4, true);
  }

  double(): number {
    return this.#take(8).getFloat64(this.pos - 8, true);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const length = this.uint32();
    if (length === 0) return noBytes;
    const start = this.pos;
    this.#advance(length);
    const { buffer, byteOffset } = this.#bytes;
    return new Uint8Array(buffer, byteOffset + start, length);
  }

  /** Bytes that are not UTF-8 become replacement characters. */
  string(): string {
    const length = this.uint32();
    const start = this.pos;
    this.#advance(length);
    const bytes = this.#bytes;
    const end = this.pos;
    if (length <= shortText) {
      const text = readAscii(bytes, start, end);
      if (text !== undefined) return text;
    }
    if (slicer !== undefined) return slicer.call(bytes, start, end);
    return decoder.decode(bytes.subarray(start, end));
  }

  /** Passes over the value of a field. Returns its bytes. */
  skip(wireType: number, field?: number): Uint8Array {
    const start = this.pos;
    switch (wireType) {
      case 0:
        this.uint64();
        break;
      case 1:
        this.#advance(8);
        break;
      case 2:
        this.#advance(this.uint32());
        break;
      case 3:
        this.#skipGroup(field);
        break;
      case 5:
        this.#advance(4);
        break;
      default:
        throw new RangeError(`wire type ${wireType} has no value`);
    }
    return this.#bytes.subarray(start, this.pos);
  }

  // Groups can hold groups; a few bytes must not make this deep.
  #skipGroup(field: number | undefined, depth = 0): void {
    if (depth > 100) throw new RangeError("groups are nested too deep");
    for (;;) {
      const [inner, wireType] = this.tag();
      if (wireType === 4) {
        if (field !== undefined && inner !== field) throw new RangeError("the wrong group ends");
        return;
      }
      if (wireType === 3) this.#skipGroup(inner, depth + 1);
      else this.skip(wireType);
    }
  }

  #take(size: number): DataView {
    this.#advance(size);
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#view ??= new DataView(buffer, byteOffset, byteLength);
    return this.#view;
  }

  #advance(size: number): void {
    if (size > this.len - this.pos) throw tooShort();
    this.pos += size;
  }
}

/** Text of ASCII letters; undefined when there are others. Four at a time: each concatenation has its price. */
function readAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    if ((a | b | c | d) > 0x7f) return undefined;
    text += String.fromCharCode(a, b, c, d);
  }
  for (; at < end; at++) {
    const a = bytes[at] as number;
    if (a > 0x7f) return undefined;
    text += String.fromCharCode(a);
  }
  return text;
}

function tooShort(): RangeError {
  return new RangeError("the message ends within a field");
}
