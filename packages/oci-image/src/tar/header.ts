import { ImageError } from "../error.ts";
import { textOf } from "./byte-text.ts";

/** Archives are made of blocks of this many bytes. */
export const BLOCK = 512;

/** A header block's fields, before long names and pax records have their say. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modifiedSeconds: number;
  readonly typeFlag: string;
  readonly linkName: string;
  readonly userName: string;
  readonly groupName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** Where a number stands in a header block. */
interface Field {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

const MODE: Field = { name: "mode", offset: 100, length: 8 };
const UID: Field = { name: "uid", offset: 108, length: 8 };
const GID: Field = { name: "gid", offset: 116, length: 8 };
const SIZE: Field = { name: "size", offset: 124, length: 12 };
const TIME: Field = { name: "mtime", offset: 136, length: 12 };
const CHECKSUM: Field = { name: "checksum", offset: 148, length: 8 };
const MAJOR: Field = { name: "device major", offset: 329, length: 8 };
const MINOR: Field = { name: "device minor", offset: 337, length: 8 };

/** Whether a block is all zeros; two of them end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < BLOCK; i++) if (block[i] !== 0) return false;
  return true;
}

/** Reads a header block. Throws `TAR_INVALID` where the checksum or a number is wrong. */
export function decodeHeader(block: Uint8Array): TarHeader {
  verifyChecksum(block);
  const dialect = dialectOf(block);
  const name = textAt(block, 0, 100);
  const prefix =
    dialect === "ustar"
      ? textAt(block, 345, 155)
      : dialect === "star"
        ? textAt(block, 345, 131)
        : "";
  const known = dialect !== "v7";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: numberAt(block, MODE),
    uid: numberAt(block, UID),
    gid: numberAt(block, GID),
    size: numberAt(block, SIZE),
    modifiedSeconds: numberAt(block, TIME),
    typeFlag: String.fromCharCode(block[156] as number),
    linkName: textAt(block, 157, 100),
    userName: known ? textAt(block, 265, 32) : "",
    groupName: known ? textAt(block, 297, 32) : "",
    deviceMajor: known ? numberAt(block, MAJOR) : 0,
    deviceMinor: known ? numberAt(block, MINOR) : 0,
  };
}

type Dialect = "v7" | "ustar" | "star" | "gnu";

function dialectOf(block: Uint8Array): Dialect {
  const magic = String.fromCharCode(...block.subarray(257, 265));
  if (magic === "ustar  \0") return "gnu";
  if (!magic.startsWith("ustar\0")) return "v7";
  return String.fromCharCode(...block.subarray(508, 512)) === "tar\0" ? "star" : "ustar";
}

/** Old tars summed signed bytes; both sums are accepted, as everybody does. */
function verifyChecksum(block: Uint8Array): void {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const inside = i >= CHECKSUM.offset && i < CHECKSUM.offset + CHECKSUM.length;
    const byte = inside ? 0x20 : (block[i] as number);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stated = numberAt(block, CHECKSUM);
  if (stated !== unsigned && stated !== signed) {
    throw new ImageError(
      "TAR_INVALID",
      `read tar header: checksum ${stated} where the block sums to ${unsigned}`,
    );
  }
}

export function textAt(block: Uint8Array, offset: number, length: number): string {
  const end = block.indexOf(0, offset);
  const stop = end === -1 || end > offset + length ? offset + length : end;
  return textOf(block.subarray(offset, stop));
}

/** Octal digits between blanks, or base 256 where the first bit is set. */
export function numberAt(block: Uint8Array, field: Field): number {
  const first = block[field.offset] as number;
  return first >= 0x80 ? binaryAt(block, field) : octalAt(block, field);
}

function octalAt(block: Uint8Array, { name, offset, length }: Field): number {
  const blank = (byte: number): boolean => byte === 0x20 || byte === 0;
  let start = offset;
  let end = offset + length;
  while (start < end && blank(block[start] as number)) start++;
  while (end > start && blank(block[end - 1] as number)) end--;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (block[i] as number) - 0x30;
    if (digit < 0 || digit > 7) {
      // Some writers end a field with a blank or NUL and leave rubbish behind it.
      if (blank(block[i] as number)) break;
      throw new ImageError("TAR_INVALID", `read tar header: ${name} is not an octal number`);
    }
    value = value * 8 + digit;
  }
  return value;
}

function binaryAt(block: Uint8Array, { name, offset, length }: Field): number {
  const negative = ((block[offset] as number) & 0x40) !== 0;
  let value = negative ? -1n : 0n;
  for (let i = 0; i < length; i++) {
    const byte = block[offset + i] as number;
    const bits = i === 0 ? (negative ? byte | 0x80 : byte & 0x7f) : byte;
    value = i === 0 && negative ? BigInt.asIntN(8, BigInt(bits)) : (value << 8n) | BigInt(bits);
  }
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new ImageError("TAR_INVALID", `read tar header: ${name} is beyond what can be counted`);
  }
  return number;
}
