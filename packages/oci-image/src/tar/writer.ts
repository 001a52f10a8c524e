import { ImageError } from "../error.ts";
import { bytesOf } from "./byte-text.ts";
import { type TarEntry, type TarEntryInput, type TarEntryType, tarEntry } from "./entry.ts";
import { BLOCK } from "./header.ts";
import { concat, formatPax, formatPaxTime, XATTR_PREFIX } from "./pax.ts";

const FLAGS: Readonly<Record<TarEntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  "character-device": "3",
  "block-device": "4",
  directory: "5",
  fifo: "6",
};

const encoder = new TextEncoder();

/** Largest number in octal fields of 7 and 11 digits; above it a pax record says it. */
const MAX_SMALL = 0o7777777;
const MAX_LARGE = 0o77777777777;

/**
 * Header blocks for one entry: plain ustar where everything fits, with a pax header in front where
 * something does not. The same entry gives the same bytes on every machine.
 *
 * Throws `TAR_INVALID` for what no archive can say, such as a negative size.
 */
export function encodeHeader(input: TarEntryInput): Uint8Array {
  const entry = checked(tarEntry(input));
  const path =
    entry.type === "directory" && !entry.path.endsWith("/") ? `${entry.path}/` : entry.path;
  const split = splitPath(bytesOf(path));
  const records = paxRecords(entry, path, split !== undefined);
  const block = ustarBlock({
    entry,
    name: split?.name ?? bytesOf(path).subarray(0, 100),
    prefix: split?.prefix ?? new Uint8Array(),
    link: bytesOf(entry.linkPath).subarray(0, 100),
  });
  if (records.length === 0) return block;
  const body = formatPax(records);
  const head = ustarBlock({
    entry: tarEntry({ type: "file", path: "", size: body.length }),
    name: encoder.encode("PaxHeaders/entry"),
    prefix: new Uint8Array(),
    link: new Uint8Array(),
    flag: "x",
  });
  return concat([head, body, padding(body.length), block]);
}

/** Zeros from the end of a file of `size` bytes to the end of its last block. */
export function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The two blocks of zeros that end an archive. */
export const TRAILER: Uint8Array = new Uint8Array(2 * BLOCK);

/** An entry to write, with the bytes of its file where it is one; they must add up to its size. */
export type TarInput = TarEntryInput & {
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
};

/** Writes an archive. Throws `TAR_INVALID` where a file's bytes are not as many as its size says. */
export async function* writeTar(
  entries: Iterable<TarInput> | AsyncIterable<TarInput>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { body, ...entry } of entries) {
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
      const bytes = typeof body === "string" ? encoder.encode(body) : (body ?? new Uint8Array());
      yield encodeHeader({ ...entry, size: bytes.length });
      if (bytes.length > 0) yield bytes;
      if (bytes.length % BLOCK !== 0) yield padding(bytes.length);
      continue;
    }
    const size = entry.size ?? 0;
    yield encodeHeader(entry);
    let written = 0;
    for await (const chunk of body) {
      written += chunk.length;
      if (written > size) break;
      yield chunk;
    }
    if (written !== size) {
      throw invalid(`${JSON.stringify(entry.path)} has not the ${size} bytes its header says`);
    }
    if (size % BLOCK !== 0) yield padding(size);
  }
  yield TRAILER;
}

function checked(entry: TarEntry): TarEntry {
  const whole = (name: "size" | "uid" | "gid" | "deviceMajor" | "deviceMinor"): void => {
    if (!Number.isSafeInteger(entry[name]) || entry[name] < 0) {
      throw invalid(`${JSON.stringify(entry.path)} has a ${name} of ${entry[name]}`);
    }
  };
  for (const name of ["size", "uid", "gid", "deviceMajor", "deviceMinor"] as const) whole(name);
  if (entry.path === "" && entry.type !== "file") throw invalid("an entry has no path");
  if (entry.path.includes("\0") || entry.linkPath.includes("\0")) {
    throw invalid(`${JSON.stringify(entry.path)} holds a zero byte`);
  }
  if (entry.deviceMajor > MAX_SMALL || entry.deviceMinor > MAX_SMALL) {
    throw invalid(`${JSON.stringify(entry.path)} has a device number too large for an archive`);
  }
  return entry;
}

function paxRecords(
  entry: TarEntry,
  path: string,
  pathFits: boolean,
): [string, string | Uint8Array][] {
  const records: [string, string | Uint8Array][] = [];
  if (!pathFits || !isAscii(path)) records.push(["path", bytesOf(path)]);
  if (bytesOf(entry.linkPath).length > 100 || !isAscii(entry.linkPath)) {
    records.push(["linkpath", bytesOf(entry.linkPath)]);
  }
  if (entry.size > MAX_LARGE) records.push(["size", String(entry.size)]);
  if (entry.uid > MAX_SMALL) records.push(["uid", String(entry.uid)]);
  if (entry.gid > MAX_SMALL) records.push(["gid", String(entry.gid)]);
  if (!fitsName(entry.userName)) records.push(["uname", entry.userName]);
  if (!fitsName(entry.groupName)) records.push(["gname", entry.groupName]);
  const seconds = entry.modifiedNs / 1_000_000_000n;
  if (entry.modifiedNs % 1_000_000_000n !== 0n || seconds < 0n || seconds > BigInt(MAX_LARGE)) {
    records.push(["mtime", formatPaxTime(entry.modifiedNs)]);
  }
  if (entry.accessedNs !== undefined) records.push(["atime", formatPaxTime(entry.accessedNs)]);
  for (const name of [...entry.xattrs.keys()].sort()) {
    records.push([XATTR_PREFIX + name, entry.xattrs.get(name) as Uint8Array]);
  }
  return records;
}

interface Ustar {
  readonly entry: TarEntry;
  readonly name: Uint8Array;
  readonly prefix: Uint8Array;
  readonly link: Uint8Array;
  readonly flag?: string;
}

function ustarBlock({ entry, name, prefix, link, flag }: Ustar): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const text = (value: string, offset: number): void => block.set(encoder.encode(value), offset);
  const octal = (value: number, offset: number, digits: number, max: number): void =>
    text((value <= max ? value : 0).toString(8).padStart(digits, "0"), offset);
  block.set(name, 0);
  octal(entry.mode & 0o7777, 100, 7, MAX_SMALL);
  octal(entry.uid, 108, 7, MAX_SMALL);
  octal(entry.gid, 116, 7, MAX_SMALL);
  octal(entry.type === "file" ? entry.size : 0, 124, 11, MAX_LARGE);
  const seconds = Number(entry.modifiedNs / 1_000_000_000n);
  octal(seconds < 0 ? 0 : seconds, 136, 11, MAX_LARGE);
  text(flag ?? FLAGS[entry.type], 156);
  block.set(link, 157);
  text("ustar\u000000", 257);
  if (fitsName(entry.userName)) text(entry.userName, 265);
  if (fitsName(entry.groupName)) text(entry.groupName, 297);
  octal(entry.deviceMajor, 329, 7, MAX_SMALL);
  octal(entry.deviceMinor, 337, 7, MAX_SMALL);
  block.set(prefix, 345);
  text("        ", 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A path in ustar's two fields, cut at a slash; undefined where it does not fit. */
function splitPath(path: Uint8Array): { name: Uint8Array; prefix: Uint8Array } | undefined {
  if (path.length <= 100) return { name: path, prefix: new Uint8Array() };
  for (let slash = Math.min(155, path.length - 2); slash > 0; slash--) {
    if (path[slash] === 0x2f && path.length - slash - 1 <= 100) {
      return { name: path.subarray(slash + 1), prefix: path.subarray(0, slash) };
    }
  }
  return undefined;
}

function fitsName(name: string): boolean {
  return isAscii(name) && name.length < 32;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function invalid(why: string): ImageError {
  return new ImageError("TAR_INVALID", `write tar: ${why}`);
}
