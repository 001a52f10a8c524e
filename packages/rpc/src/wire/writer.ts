// Messages are written one behind the other into memory they share, and are views of it: none is copied when it is
// finished. What is left of a slab when it is too short for the next message is given up.
const slabSize = 16 * 1024;
const slabReserve = 256;
let slab: Uint8Array | undefined;
let slabAt = 0;

const encoder = new TextEncoder();

// Up to this length a loop over ASCII letters beats the encoder's entry and exit.
const shortText = 48;

/**
 * Writes protobuf fields one behind the other. It has the methods that ts-proto's code calls, so that it can stand where
 * `BinaryWriter` of `@bufbuild/protobuf/wire` stands.
 */
export class BinaryWriter {
  #bytes: Uint8Array;
  #view: DataView | undefined;
  // Where the message begins in the memory, and where it goes on.
  #start: number;
  #at: number;
  // Where the messages that are open begin, innermost last.
  #forks: number[] | undefined;

  constructor() {
    if (slab === undefined || slab.length - slabAt < slabReserve) {
      slab = new Uint8Array(slabSize);
      slabAt = 0;
    }
    this.#bytes = slab;
    this.#start = slabAt;
    this.#at = slabAt;
    // One writer at a time: a second one, or one behind a writer that is never finished, has a slab of its own.
    slab = undefined;
  }

  /** The bytes written so far. The writer is empty afterwards. */
  finish(): Uint8Array {
    const bytes = this.#bytes;
    const whole = bytes.subarray(this.#start, this.#at);
    this.#start = this.#at;
    if (slab === undefined && bytes.length === slabSize) {
      slab = bytes;
      slabAt = this.#at;
      // What this writer writes from now on is not in the slab, which others use.
      this.#bytes = empty;
      this.#start = 0;
      this.#at = 0;
      this.#view = undefined;
    }
    return whole;
  }

  /** Begins a message within the message: its length stands in front of it once it is joined. */
  fork(): this {
    this.#reserve(1);
    // Room for a length below 128, the usual one; a longer one moves the message.
    this.#at++;
    this.#forks ??= [];
    this.#forks.push(this.#at);
    return this;
  }

  /** Ends what `fork` began. */
  join(): this {
    const start = this.#forks?.pop();
    if (start === undefined) throw new Error("join without fork");
    const length = this.#at - start;
    if (length < 0x80) {
      this.#bytes[start - 1] = length;
      return this;
    }
    const more = varintLength(length) - 1;
    this.#reserve(more);
    this.#bytes.copyWithin(start + more, start, this.#at);
    this.#at += more;
    writeVarint32(this.#bytes, start - 1, length);
    return this;
  }

  tag(field: number, wireType: number): this {
    return this.uint32(((field << 3) | wireType) >>> 0);
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  uint32(value: number): this {
    if ((value & 0x7f) === value && this.#at < this.#bytes.length) {
      this.#bytes[this.#at++] = value;
      return this;
    }
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw outOfRange("uint32", value);
    this.#reserve(5);
    this.#at = writeVarint32(this.#bytes, this.#at, value);
    return this;
  }

  int32(value: number): this {
    if (value >= 0 && value <= 0x7fffffff) return this.uint32(value);
    if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) {
      throw outOfRange("int32", value);
    }
    // Negative numbers are written as if they had 64 bits.
    return this.#varint64(value >>> 0, 0xffffffff);
  }

  sint32(value: number): this {
    if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) {
      throw outOfRange("sint32", value);
    }
    return this.uint32(((value << 1) ^ (value >> 31)) >>> 0);
  }

  bool(value: boolean): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = value ? 1 : 0;
    return this;
  }

  int64(value: bigint | number | string): this {
    if (typeof value === "bigint" && value >= 0n && value <= 0xffffffffn) {
      return this.uint32(Number(value));
    }
    const whole = toBigInt("int64", value);
    if (BigInt.asIntN(64, whole) !== whole) throw outOfRange("int64", value);
    return this.#bigint(BigInt.asUintN(64, whole));
  }

  uint64(value: bigint | number | string): this {
    if (typeof value === "bigint" && value >= 0n && value <= 0xffffffffn) {
      return this.uint32(Number(value));
    }
    const whole = toBigInt("uint64", value);
    if (BigInt.asUintN(64, whole) !== whole) throw outOfRange("uint64", value);
    return this.#bigint(whole);
  }

  sint64(value: bigint | number | string): this {
    const whole = toBigInt("sint64", value);
    if (BigInt.asIntN(64, whole) !== whole) throw outOfRange("sint64", value);
    return this.#bigint(BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n)));
  }

  fixed32(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw outOfRange("fixed32", value);
    this.#room(4).setUint32(this.#at - 4, value, true);
    return this;
  }

  sfixed32(value: number): this {
    if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) {
      throw outOfRange("sfixed32", value);
    }
    this.#room(4).setInt32(this.#at - 4, value, true);
    return this;
  }

  fixed64(value: bigint | number | string): this {
    const whole = toBigInt("fixed64", value);
    if (BigInt.asUintN(64, whole) !== whole) throw outOfRange("fixed64", value);
    this.#room(8).setBigUint64(this.#at - 8, whole, true);
    return this;
  }

  sfixed64(value: bigint | number | string): this {
    const whole = toBigInt("sfixed64", value);
    if (BigInt.asIntN(64, whole) !== whole) throw outOfRange("sfixed64", value);
    this.#room(8).setBigInt64(this.#at - 8, whole, true);
    return this;
  }

  float(value: number): this {
    this.#room(4).setFloat32(this.#at - 4, value, true);
    return this;
  }

  double(value: number): this {
    this.#room(8).setFloat64(this.#at - 8, value, true);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.uint32(value.length);
    return this.raw(value);
  }

  string(value: string): this {
    const { length } = value;
    if (length <= shortText) {
      this.#reserve(length + 1);
      const bytes = this.#bytes;
      const start = this.#at + 1;
      let index = 0;
      for (; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) break;
        bytes[start + index] = code;
      }
      if (index === length) {
        bytes[this.#at] = length;
        this.#at = start + length;
        return this;
      }
    }
    this.#longString(value);
    return this;
  }

  #longString(value: string): void {
    // A UTF-16 unit takes three bytes at most. The length in front is guessed, and mended when the guess was short.
    this.#reserve(value.length * 3 + 5);
    const guess = varintLength(value.length);
    const start = this.#at + guess;
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(start));
    const need = varintLength(written);
    if (need !== guess) this.#bytes.copyWithin(this.#at + need, start, start + written);
    this.#at = writeVarint32(this.#bytes, this.#at, written) + written;
  }

  #bigint(value: bigint): this {
    return this.#varint64(Number(value & 0xffffffffn), Number(value >> 32n));
  }

  #varint64(low: number, high: number): this {
    this.#reserve(10);
    const bytes = this.#bytes;
    let at = this.#at;
    let lo = low;
    let hi = high;
    while (hi > 0) {
      bytes[at++] = (lo & 0x7f) | 0x80;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    this.#at = writeVarint32(bytes, at, lo);
    return this;
  }

  /** Makes room for numbers of a fixed size, and takes it. */
  #room(size: number): DataView {
    this.#reserve(size);
    this.#at += size;
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#view;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const written = this.#at - this.#start;
    const grown = new Uint8Array(Math.max(written * 2 + size, slabSize + 1));
    grown.set(this.#bytes.subarray(this.#start, this.#at));
    // Places inside the message were counted from the start of the old memory.
    const forks = this.#forks;
    if (forks !== undefined) {
      for (let index = 0; index < forks.length; index++)
        forks[index] = (forks[index] as number) - this.#start;
    }
    this.#start = 0;
    this.#at = written;
    this.#bytes = grown;
    this.#view = undefined;
  }
}

const empty = new Uint8Array(0);

function writeVarint32(into: Uint8Array, start: number, value: number): number {
  let at = start;
  let left = value;
  while (left > 0x7f) {
    into[at++] = (left & 0x7f) | 0x80;
    left >>>= 7;
  }
  into[at++] = left;
  return at;
}

function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

function toBigInt(type: string, value: bigint | number | string): bigint {
  try {
    return BigInt(value);
  } catch {
    throw outOfRange(type, value);
  }
}

function outOfRange(type: string, value: unknown): RangeError {
  return new RangeError(`${String(value)} is no ${type}`);
}
