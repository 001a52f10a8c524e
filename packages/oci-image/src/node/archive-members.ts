import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import type { Index } from "../document.ts";
import { ImageError } from "../error.ts";
import { sniffCompression } from "../media-type.ts";
import { parseJson, readUpTo } from "../read-document.ts";
import type { TarEntry } from "../tar/entry.ts";
import { TarParser } from "../tar/parser.ts";
import { readFileChunks } from "./file-source.ts";

/** Files of an archive that are held in memory whole: indexes and lists of names. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
const MAX_MEMBERS = 1_000_000;
const HEADER_STEP = 64 * 1024;

/** Where a file's bytes lie in the archive. */
export interface Member {
  readonly offset: number;
  readonly size: number;
}

/** What an archive turns out to hold: documents made for it, and where its blobs lie. */
export interface ArchiveContents {
  readonly index: Index;
  readonly blobs: ReadonlyMap<string, Member | Uint8Array>;
}

/** Finds where the files of an archive lie, passing over their bytes without reading them. */
export async function scanMembers(
  handle: FileHandle,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const links: { readonly path: string; readonly target: string }[] = [];
  let current: TarEntry | undefined;
  const parser = new TarParser({
    entry: (entry) => {
      current = entry;
    },
    data: () => {},
    end: () => {},
  });
  const { size } = await handle.stat();
  const buffer = new Uint8Array(HEADER_STEP);
  let at = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    if (at === 0 && sniffCompression(buffer) !== "none") {
      throw new ImageError(
        "UNSUPPORTED",
        `open archive ${path}: it is compressed; decompress it first`,
      );
    }
    // Block by block, so that the place where a file's bytes start is known.
    for (let block = 0; block < bytesRead; block += 512) {
      current = undefined;
      parser.push(buffer.subarray(block, Math.min(block + 512, bytesRead)));
      at += Math.min(512, bytesRead - block);
      const entry = current as TarEntry | undefined;
      if (entry === undefined) continue;
      // What is passed over is never read, so that nothing else tells of an end that came too soon.
      if (at + entry.size > size && entry.segments === undefined) {
        throw new ImageError(
          "TAR_INVALID",
          `open archive ${path}: it stops in the middle of ${entry.path}`,
        );
      }
      if (members.size + links.length >= MAX_MEMBERS) {
        throw new ImageError(
          "LIMIT_EXCEEDED",
          `open archive ${path}: more than ${MAX_MEMBERS} files`,
        );
      }
      const name = posix.join("/", entry.path).slice(1);
      if (entry.type === "file" && entry.segments === undefined)
        members.set(name, { offset: at, size: entry.size });
      if (entry.type === "symlink")
        links.push({
          path: name,
          target: posix.join("/", posix.dirname(name), entry.linkPath).slice(1),
        });
      if (entry.type === "hardlink")
        links.push({ path: name, target: posix.join("/", entry.linkPath).slice(1) });
      if (parser.skippable === 0) continue;
      at += parser.skippable;
      parser.skip();
      break;
    }
  }
  parser.finish();
  // Old versions of docker save wrote a layer two images share once, and links to it.
  for (const link of links) {
    const target = members.get(link.target);
    if (target !== undefined) members.set(link.path, target);
  }
  return members;
}

/** Reads files of an archive by their names. */
export class MemberReader {
  readonly path: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, path: string, members: ReadonlyMap<string, Member>) {
    this.#handle = handle;
    this.path = path;
    this.members = members;
  }

  member(name: string): Member {
    const found = this.members.get(posix.join("/", name).slice(1));
    if (found === undefined) {
      throw new ImageError(
        "DOCUMENT_INVALID",
        `open archive ${this.path}: it has no ${JSON.stringify(name)}`,
      );
    }
    return found;
  }

  chunks({ offset, size }: Member, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return readFileChunks(this.#handle, { offset, length: size, signal });
  }

  async bytes(name: string): Promise<Uint8Array> {
    return readUpTo(this.chunks(this.member(name)), MAX_LIST_BYTES, `${name} of ${this.path}`);
  }

  async json(name: string): Promise<unknown> {
    return parseJson(await this.bytes(name), `${name} of ${this.path}`);
  }
}
