import { blockBytes, padding, type TarEntry } from "./tar-entry.ts";

/** The most that a header outside ustar's fields may hold: names of paths, nothing else. */
const maxExtendedBytes = 1024 * 1024;

/** A file of an archive that ends early, or is none at all. */
export class TarError extends Error {
  override readonly name = "TarError";
}

/** An entry with its bytes, which must be read, or passed over, before the next entry comes. */
export interface TarItem {
  readonly entry: TarEntry;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Reads an archive as it comes: ustar, with the long names of PAX and of GNU. Throws a TarError for what is none. */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarItem, void, undefined> {
  const bytes = new ByteSource(source);
  let extended: Record<string, string> = {};
  for (;;) {
    const block = await bytes.take(blockBytes);
    if (block === undefined) return;
    if (block.every((byte) => byte === 0)) break;
    const header = decodeBlock(block);
    switch (header.flag) {
      case "x":
        extended = { ...extended, ...parseRecords(await extension(bytes, header.size)) };
        continue;
      case "g":
        await extension(bytes, header.size);
        continue;
      case "L":
        extended.path = cString(await extension(bytes, header.size));
        continue;
      case "K":
        extended.linkpath = cString(await extension(bytes, header.size));
        continue;
    }
    const entry = toEntry(header, extended);
    extended = {};
    let left = entry.size;
    const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      while (left > 0) {
        const chunk = await bytes.some(left);
        if (chunk === undefined) throw new TarError("the archive ends inside a file");
        left -= chunk.length;
        yield chunk;
      }
    };
    yield { entry, content: content() };
    // Whatever the reader left of it.
    for await (const _ of content());
    await bytes.skip(padding(entry.size));
  }
  // Some writers pad the end to a larger block, and would get a broken pipe.
  for (;;) if ((await bytes.some(blockBytes)) === undefined) return;
}

interface Header {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  readonly flag: string;
  readonly target: string;
}

function decodeBlock(block: Buffer): Header {
  const text = (from: number, length: number): string =>
    cString(block.subarray(from, from + length));
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (Number.parseInt(text(148, 8).trim(), 8) !== sum) throw new TarError("not a tar archive");
  const prefix = block.toString("latin1", 257, 262) === "ustar" ? text(345, 155) : "";
  return {
    // GNU's own headers have other things where ustar has the prefix, and never a name there.
    name: prefix !== "" && block[263] === 0x30 ? `${prefix}/${text(0, 100)}` : text(0, 100),
    mode: number(block, 100, 8) & 0o7777,
    size: number(block, 124, 12),
    mtime: number(block, 136, 12),
    flag: text(156, 1),
    target: text(157, 100),
  };
}

/** A number in octal, or in binary behind a set bit, which is how GNU writes large ones. */
function number(block: Buffer, from: number, length: number): number {
  const field = block.subarray(from, from + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let value = 0;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw new TarError("a number too large in the archive");
    return value;
  }
  const digits = cString(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw new TarError("a number that is none in the archive");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function toEntry(header: Header, extended: Readonly<Record<string, string>>): TarEntry {
  const name = extended.path ?? header.name;
  const size = extended.size === undefined ? header.size : Number(extended.size);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarError("a size that is none");
  const type = typeOf(header.flag, name);
  return {
    name: name.replace(/\/+$/, ""),
    type,
    mode: header.mode,
    size: type === "file" ? size : 0,
    mtime: header.mtime,
    target: extended.linkpath ?? header.target,
  };
}

function typeOf(flag: string, name: string): TarEntry["type"] {
  switch (flag) {
    case "":
    case "0":
    case "7":
      return name.endsWith("/") ? "directory" : "file";
    case "1":
      return "hardlink";
    case "2":
      return "symlink";
    case "5":
      return "directory";
    default:
      return "other";
  }
}

async function extension(bytes: ByteSource, size: number): Promise<Buffer> {
  if (size > maxExtendedBytes) throw new TarError(`a header of ${size} bytes`);
  const content = size === 0 ? Buffer.alloc(0) : await bytes.take(size);
  if (content === undefined) throw new TarError("the archive ends inside a header");
  await bytes.skip(padding(size));
  return content;
}

function parseRecords(bytes: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(bytes.toString("latin1", at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length) {
      throw new TarError("a header that can't be read");
    }
    const text = bytes.toString("utf8", space + 1, at + length - 1);
    const equals = text.indexOf("=");
    records[text.slice(0, equals)] = text.slice(equals + 1);
    at += length;
  }
  return records;
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end === -1 ? bytes.length : end);
}

/** Hands out the bytes of a stream in the pieces that are asked for. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Exactly so many; undefined at the end of the stream. */
  async take(count: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let have = 0;
    while (have < count) {
      const piece = await this.some(count - have);
      if (piece === undefined) {
        if (have === 0) return undefined;
        throw new TarError("the archive ends inside a block");
      }
      pieces.push(piece);
      have += piece.length;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /** At least one and at most so many; undefined at the end of the stream. */
  async some(count: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#held = Buffer.from(value.buffer, value.byteOffset, value.length);
    }
    const piece = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const piece = await this.some(left);
      if (piece === undefined) throw new TarError("the archive ends inside a block");
      left -= piece.length;
    }
  }
}
