import type { Hash } from "./hash.ts";

// SHA-256 and SHA-512 of FIPS 180-4, for browsers: WebCrypto hashes only what is in memory whole,
// and a layer must be verified while it streams.

const PRIMES: readonly bigint[] = firstPrimes(80);

/** The first 64 bits behind the point of the square or cube root of a prime. */
function fraction(prime: bigint, root: 2n | 3n): bigint {
  const scaled = prime << (64n * root);
  let guess = 1n << 72n;
  for (;;) {
    const next =
      root === 2n ? (guess + scaled / guess) >> 1n : (2n * guess + scaled / (guess * guess)) / 3n;
    if (next >= guess) return BigInt.asUintN(64, guess);
    guess = next;
  }
}

function firstPrimes(count: number): bigint[] {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0n)) primes.push(n);
  }
  return primes;
}

const ROUNDS = PRIMES.map((prime) => fraction(prime, 3n));
const START = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2n));
const high = (value: bigint): number => Number(value >> 32n) | 0;
const low = (value: bigint): number => Number(value & 0xffff_ffffn) | 0;
const K_HIGH = Int32Array.from(ROUNDS, high);
const K_LOW = Int32Array.from(ROUNDS, low);

/** Blocks, padding and the length at the end, which both hashes share. */
abstract class Sha2 implements Hash {
  readonly #block: Uint8Array<ArrayBuffer>;
  readonly #lengthBytes: number;
  protected readonly view: DataView;
  #filled = 0;
  #total = 0;

  constructor(blockBytes: number) {
    this.#block = new Uint8Array(blockBytes);
    this.#lengthBytes = blockBytes / 8;
    this.view = new DataView(this.#block.buffer);
  }

  protected abstract compress(): void;
  protected abstract words(): Iterable<number>;

  update(bytes: Uint8Array): void {
    this.#total += bytes.length;
    this.#take(bytes);
  }

  hex(): string {
    const length = this.#total;
    const size = this.#block.length;
    const pad = new Uint8Array(2 * size);
    pad[0] = 0x80;
    const rest = (this.#filled + 1 + this.#lengthBytes) % size;
    const padded = 1 + (rest === 0 ? 0 : size - rest) + this.#lengthBytes;
    const view = new DataView(pad.buffer);
    view.setUint32(padded - 8, Math.floor(length / 2 ** 29));
    view.setUint32(padded - 4, (length << 3) >>> 0);
    this.#take(pad.subarray(0, padded));
    return [...this.words()].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #take(bytes: Uint8Array): void {
    const size = this.#block.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + size - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === size) {
        this.compress();
        this.#filled = 0;
      }
    }
  }
}

const rotate = (value: number, bits: number): number => (value >>> bits) | (value << (32 - bits));

/** SHA-256 for platforms without an incremental one of their own. */
export class Sha256 extends Sha2 {
  readonly #state = Int32Array.from(START, high);
  readonly #w = new Int32Array(64);

  constructor() {
    super(64);
  }

  protected override words(): Iterable<number> {
    return this.#state;
  }

  protected override compress(): void {
    const w = this.#w;
    // Typed arrays of a fixed length: the index stays inside, so what is read is a number.
    const at = (array: Int32Array, index: number): number => array[index] as number;
    for (let i = 0; i < 16; i++) w[i] = this.view.getInt32(4 * i);
    for (let i = 16; i < 64; i++) {
      const x = at(w, i - 15);
      const y = at(w, i - 2);
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w[i] = (at(w, i - 16) + s0 + at(w, i - 7) + s1) | 0;
    }
    const state = this.#state;
    let [a, b, c, d, e, f, g, h] = state as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(K_HIGH, i) + at(w, i)) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      state[i] = at(state, i) + value;
    });
  }
}

const MASK = 0xffff_ffff_ffff_ffffn;
const turn = (value: bigint, bits: bigint): bigint =>
  (value >> bits) | ((value << (64n - bits)) & MASK);

/** SHA-512 by way of bigint: seldom met, so short rather than fast. */
export class Sha512 extends Sha2 {
  #state = [...START] as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

  constructor() {
    super(128);
  }

  protected override *words(): Iterable<number> {
    for (const value of this.#state) {
      yield high(value);
      yield low(value);
    }
  }

  protected override compress(): void {
    const w: bigint[] = [];
    const at = (index: number): bigint => w[index] as bigint;
    for (let i = 0; i < 16; i++) w.push(this.view.getBigUint64(8 * i));
    for (let i = 16; i < 80; i++) {
      const x = at(i - 15);
      const y = at(i - 2);
      const s0 = turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n);
      const s1 = turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n);
      w.push((at(i - 16) + s0 + at(i - 7) + s1) & MASK);
    }
    let [a, b, c, d, e, f, g, h] = this.#state;
    for (let i = 0; i < 80; i++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const k = (BigInt((K_HIGH[i] as number) >>> 0) << 32n) | BigInt((K_LOW[i] as number) >>> 0);
      const t1 = h + s1 + ((e & f) ^ (~e & MASK & g)) + k + at(i);
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + t1) & MASK;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) & MASK;
    }
    const [p, q, r, s, t, u, v, x] = this.#state;
    const sum = (one: bigint, two: bigint): bigint => (one + two) & MASK;
    this.#state = [
      sum(p, a),
      sum(q, b),
      sum(r, c),
      sum(s, d),
      sum(t, e),
      sum(u, f),
      sum(v, g),
      sum(x, h),
    ];
  }
}
