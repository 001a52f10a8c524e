import { ImageError } from "../error.ts";
import { bytesOf, textOf } from "./byte-text.ts";

// Extended headers of POSIX 1003.1 pax: records "LENGTH KEY=VALUE\n" with the length in decimal,
// itself included. Values are bytes (an attribute's may hold anything); keys are text.

const NEWLINE = 0x0a;
const EQUALS = 0x3d;
const SPACE = 0x20;

/** Ten digits: more than any record that fits the limit on headers. */
const MAX_LENGTH_DIGITS = 10;

/** Attributes as GNU tar, Go, umoci, docker and star write them: the value is the raw bytes. */
export const XATTR_PREFIX = "SCHILY.xattr.";

/** The same as libarchive writes them beside or instead: name percent-encoded, value in base64. */
const LIBARCHIVE_PREFIX = "LIBARCHIVE.xattr.";

/** Reads the records of one extended header. Throws `TAR_INVALID`. */
export function parsePax(bytes: Uint8Array): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const { length, start } = recordLength(bytes, at);
    const end = at + length;
    const equals = bytes.indexOf(EQUALS, start);
    if (end > bytes.length || end <= start || bytes[end - 1] !== NEWLINE) {
      throw invalid(`a record of ${length} bytes does not end where it says`);
    }
    if (equals === -1 || equals >= end - 1 || equals === start)
      throw invalid("a record has no key");
    records.set(textOf(bytes.subarray(start, equals)), bytes.slice(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function recordLength(bytes: Uint8Array, at: number): { length: number; start: number } {
  let length = 0;
  for (let i = at; i < bytes.length && i - at <= MAX_LENGTH_DIGITS; i++) {
    const byte = bytes[i] as number;
    if (byte === SPACE && i > at) return { length, start: i + 1 };
    if (byte < 0x30 || byte > 0x39) break;
    length = length * 10 + byte - 0x30;
  }
  throw invalid("a record does not begin with its length");
}

/** Writes records in the order they come. */
export function formatPax(records: Iterable<readonly [string, string | Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [key, value] of records) {
    const body = [bytesOf(` ${key}=`), typeof value === "string" ? bytesOf(value) : value];
    const rest = body.reduce((sum, part) => sum + part.length, 1);
    // The length counts its own digits, so one more digit can make it need yet another.
    let length = rest + String(rest).length;
    if (String(length).length + rest !== length) length = rest + String(length).length;
    parts.push(bytesOf(String(length)), ...body, Uint8Array.of(NEWLINE));
  }
  return concat(parts);
}

/** Extended attributes among the records. */
export function paxXattrs(records: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (key.startsWith(LIBARCHIVE_PREFIX)) {
      const name = percentDecoded(key.slice(LIBARCHIVE_PREFIX.length));
      if (!records.has(XATTR_PREFIX + name)) xattrs.set(name, base64Decoded(value));
    }
    if (key.startsWith(XATTR_PREFIX)) xattrs.set(key.slice(XATTR_PREFIX.length), value);
  }
  return xattrs;
}

/** A whole number from 0 to 2^53-1. Throws `TAR_INVALID`. */
export function paxNumber(key: string, value: Uint8Array): number {
  const text = textOf(value);
  const number = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw invalid(`${key} is not a whole number`);
  }
  return number;
}

/** Seconds with a decimal fraction, as nanoseconds; digits beyond the ninth are cut. */
export function paxTime(key: string, value: Uint8Array): bigint {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(textOf(value));
  if (match === null) throw invalid(`${key} is not a time`);
  const [, sign, seconds, fraction = ""] = match;
  const ns =
    BigInt(seconds as string) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
  return sign === "-" ? -ns : ns;
}

/** Seconds with as many decimals as are needed. */
export function formatPaxTime(ns: bigint): string {
  const sign = ns < 0n ? "-" : "";
  const positive = ns < 0n ? -ns : ns;
  const fraction = String(positive % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${sign}${positive / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function percentDecoded(name: string): string {
  return name.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function base64Decoded(value: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(atob(textOf(value)), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new ImageError("TAR_INVALID", "read pax header: an attribute is not base64", { cause });
  }
}

function invalid(why: string): ImageError {
  return new ImageError("TAR_INVALID", `read pax header: ${why}`);
}
