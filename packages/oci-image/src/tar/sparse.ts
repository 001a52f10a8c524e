import { ImageError } from "../error.ts";
import { textOf } from "./byte-text.ts";
import type { TarSegment } from "./entry.ts";
import { numberAt } from "./header.ts";
import { paxNumber } from "./pax.ts";

// Sparse files: the old GNU form keeps its map in the header block and blocks behind it; pax forms
// 0.0 and 0.1 in records; pax form 1.0 in front of the data.

/** A map this long already describes a file no image has; each segment costs memory and a write. */
const MAX_SEGMENTS = 1 << 20;

const OLD_MAP = { offset: 386, count: 4 };
const EXTENSION_MAP = { offset: 0, count: 21 };
const OLD_MORE = 482;
const EXTENSION_MORE = 504;
const REAL_SIZE = { name: "real size", offset: 483, length: 12 };

/** Part of an old GNU map: what this block holds, and whether another block goes on. */
export function oldSparseMap(
  block: Uint8Array,
  where: "header" | "extension",
): { segments: TarSegment[]; more: boolean } {
  const { offset, count } = where === "header" ? OLD_MAP : EXTENSION_MAP;
  const segments: TarSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + 24 * i;
    if (block[at] === 0) break;
    segments.push({
      offset: numberAt(block, { name: "sparse offset", offset: at, length: 12 }),
      length: numberAt(block, { name: "sparse length", offset: at + 12, length: 12 }),
    });
  }
  return { segments, more: block[where === "header" ? OLD_MORE : EXTENSION_MORE] !== 0 };
}

export function oldSparseSize(block: Uint8Array): number {
  return numberAt(block, REAL_SIZE);
}

/** Map of pax form 0.1, one record of numbers between commas; form 0.0 is brought to this first. */
export function paxSparseMap(text: string): TarSegment[] {
  const numbers = text === "" ? [] : text.split(",");
  if (numbers.length % 2 !== 0) throw invalid("its map has an odd count of numbers");
  const segments: TarSegment[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    segments.push({ offset: decimal(numbers[i] ?? ""), length: decimal(numbers[i + 1] ?? "") });
  }
  return segments;
}

/** Collects the map of pax form 1.0: decimal numbers, one a line, their count first. */
export class SparseMapReader {
  readonly #numbers: number[] = [];
  #digits = "";
  #expected = 1;

  get done(): boolean {
    return this.#numbers.length === this.#expected;
  }

  /** Takes the bytes of one block; what follows the map up to the block's end is padding. */
  take(block: Uint8Array): void {
    for (const byte of block) {
      if (this.done) return;
      if (byte !== 0x0a) {
        this.#digits += String.fromCharCode(byte);
        if (this.#digits.length > 20) throw invalid("its map holds no numbers");
        continue;
      }
      this.#numbers.push(decimal(this.#digits));
      this.#digits = "";
      const count = this.#numbers[0] as number;
      if (count > MAX_SEGMENTS) throw tooMany();
      this.#expected = 1 + 2 * count;
    }
  }

  segments(): TarSegment[] {
    const segments: TarSegment[] = [];
    for (let i = 1; i < this.#numbers.length; i += 2) {
      segments.push({
        offset: this.#numbers[i] as number,
        length: this.#numbers[i + 1] as number,
      });
    }
    return segments;
  }
}

/** A map's stretches without the empty ones. Throws where they overlap, overrun or do not add up. */
export function checkedSegments(
  segments: readonly TarSegment[],
  realSize: number,
  dataSize: number,
): TarSegment[] {
  if (segments.length > MAX_SEGMENTS) throw tooMany();
  let end = 0;
  let sum = 0;
  for (const { offset, length } of segments) {
    if (offset < end || length < 0 || offset + length > realSize) {
      throw invalid("its map is out of order or beyond its size");
    }
    end = offset + length;
    sum += length;
  }
  if (sum !== dataSize) throw invalid(`its map has ${sum} bytes and its data ${dataSize}`);
  return segments.filter(({ length }) => length > 0);
}

/** Numbers of a sparse map in records. */
export function sparseNumber(key: string, value: Uint8Array): number {
  const number = paxNumber(key, value);
  if (number < 0) throw invalid(`${key} is negative`);
  return number;
}

/** The list of form 0.0: offset and length records that repeat, which a map of records cannot hold. */
export function repeatedSparseMap(bytes: Uint8Array): string {
  const text = textOf(bytes);
  const numbers = text.matchAll(/GNU\.sparse\.(?:offset|numbytes)=(\d+)\n/g);
  return [...numbers].map((match) => match[1]).join(",");
}

function decimal(text: string): number {
  const number = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(number)) {
    throw invalid("its map holds no numbers");
  }
  return number;
}

function tooMany(): ImageError {
  return new ImageError("LIMIT_EXCEEDED", `read sparse file: more than ${MAX_SEGMENTS} stretches`);
}

function invalid(why: string): ImageError {
  return new ImageError("TAR_INVALID", `read sparse file: ${why}`);
}
