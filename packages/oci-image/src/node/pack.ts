import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { available, getXattr, listXattrs } from "@ocikit/inode";
import { ImageError } from "../error.ts";
import type { CallOptions } from "../store.ts";
import { bytesOf, textOf } from "../tar/byte-text.ts";
import type { TarEntryInput, TarEntryType } from "../tar/entry.ts";
import { type TarInput, writeTar } from "../tar/writer.ts";
import { isReservedName } from "../whiteout.ts";
import { type Directory, Root } from "./beneath.ts";
import { readFileChunks } from "./file-source.ts";
import { type IdMap, toContainerId } from "./id-map.ts";
import { belongsToHost } from "./xattr-filter.ts";

export interface PackOptions extends CallOptions {
  /** Owners on the host to owners in the layer; the same ones by default. */
  readonly idMap?: IdMap | undefined;
  /** Owner of everything in the layer, whoever owns it on disk. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** No time in the layer is later, in seconds since 1970: the value of SOURCE_DATE_EPOCH. */
  readonly sourceDateEpoch?: number | undefined;
  /** Where the tree stands in the layer; its root by default. */
  readonly prefix?: string | undefined;
  /** Told of what is left out, such as sockets. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * The archive of a directory: entries in byte order of their names, one inode written once and linked
 * after that, neither user names nor access times. The same tree gives the same bytes.
 *
 * Throws `ENTRY_REFUSED` for names that would be read as whiteouts and owners no id map has.
 */
export function packDirectory(
  directory: string,
  options: PackOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  return writeTar(entriesOf(directory, options));
}

/** Entries of a tree, its root first. */
export async function* entriesOf(
  directory: string,
  options: PackOptions = {},
): AsyncGenerator<TarInput, void, undefined> {
  const root = Root.open(directory);
  try {
    const packer = new Packer(options);
    const prefix = (options.prefix ?? "").replace(/^\/+|\/+$/g, "");
    // The root's own entry only where it is the layer's root or stands at a place of its own.
    yield packer.describe(root.directory, ".", prefix === "" ? "./" : `${prefix}/`);
    yield* packer.children(root.directory, prefix);
  } finally {
    root.close();
  }
}

const TYPES: readonly (readonly [keyof BigIntStats & `is${string}`, TarEntryType])[] = [
  ["isFile", "file"],
  ["isDirectory", "directory"],
  ["isSymbolicLink", "symlink"],
  ["isCharacterDevice", "character-device"],
  ["isBlockDevice", "block-device"],
  ["isFIFO", "fifo"],
];

/** What a packer may be told of a file: an entry instead of it, or a first entry inside it. */
export interface Replacement {
  readonly instead?: TarInput;
  readonly inside?: TarInput;
}

export interface PackerOptions extends PackOptions {
  readonly replace?: (
    directory: Directory,
    name: string,
    path: string,
    stats: BigIntStats,
  ) => Replacement | undefined;
}

/** Makes entries of what is on disk; knows which inodes it met. */
export class Packer {
  readonly #options: PackerOptions;
  readonly #inodes = new Map<string, string>();

  constructor(options: PackerOptions) {
    this.#options = options;
  }

  /** Everything below a directory. */
  async *children(directory: Directory, prefix: string): AsyncGenerator<TarInput, void, undefined> {
    for (const name of sortedNames(directory)) {
      this.#options.signal?.throwIfAborted();
      const path = prefix === "" ? name : `${prefix}/${name}`;
      yield* this.one(directory, name, path);
    }
  }

  /** One file, or a whole tree. */
  async *one(
    directory: Directory,
    name: string,
    path: string,
  ): AsyncGenerator<TarInput, void, undefined> {
    const stats = lstatSync(directory.at(name), { bigint: true });
    if (stats.isSocket()) {
      this.#options.warn?.(`${path} is a socket, which no layer can hold`);
      return;
    }
    refuseReserved(name, path);
    const replacement = this.#options.replace?.(directory, name, path, stats);
    if (replacement?.instead !== undefined) {
      yield replacement.instead;
      return;
    }
    if (stats.isDirectory()) {
      const inner = directory.open(name);
      try {
        yield this.describe(directory, name, `${path}/`);
        if (replacement?.inside !== undefined) yield replacement.inside;
        yield* this.children(inner, path);
      } finally {
        inner.close();
      }
      return;
    }
    const key = `${stats.dev}:${stats.ino}`;
    const known = stats.nlink > 1n ? this.#inodes.get(key) : undefined;
    const entry = this.describe(directory, name, path);
    if (known !== undefined) {
      // Attributes too: docker and containerd set the owner anew for each name, which takes away the
      // capabilities of the file.
      yield { ...entry, type: "hardlink", linkPath: known, size: 0 };
      return;
    }
    if (stats.nlink > 1n) this.#inodes.set(key, path);
    if (entry.type === "file" && (entry.size ?? 0) > 0)
      yield this.#withBody(directory, name, entry);
    else yield entry;
  }

  /** An entry without its bytes. */
  describe(directory: Directory, name: string, path: string): TarInput {
    const at = directory.at(name);
    const stats = lstatSync(at, { bigint: true });
    const type = TYPES.find(([is]) => stats[is]())?.[1];
    if (type === undefined)
      throw new ImageError("ENTRY_REFUSED", `pack ${path}: of no type a layer can hold`);
    const device = type === "character-device" || type === "block-device";
    return {
      type,
      path,
      size: type === "file" ? Number(stats.size) : 0,
      mode: Number(stats.mode & 0o7777n),
      ...this.#owner(stats),
      modifiedNs: this.#clamp(stats.mtimeNs),
      ...(type === "symlink" ? { linkPath: textOf(readlinkSync(at, { encoding: "buffer" })) } : {}),
      ...(device ? { deviceMajor: major(stats.rdev), deviceMinor: minor(stats.rdev) } : {}),
      xattrs: xattrsOf(at),
    };
  }

  #owner(stats: BigIntStats): { uid: number; gid: number } {
    const { owner, idMap } = this.#options;
    return (
      owner ?? {
        uid: toContainerId(idMap?.uids, Number(stats.uid), "uid"),
        gid: toContainerId(idMap?.gids, Number(stats.gid), "gid"),
      }
    );
  }

  #clamp(ns: bigint): bigint {
    const { sourceDateEpoch } = this.#options;
    if (sourceDateEpoch === undefined) return ns;
    const limit = BigInt(sourceDateEpoch) * 1_000_000_000n;
    return ns > limit ? limit : ns;
  }

  /** The file is opened now and held: what is read is what was described, or the archive is refused. */
  #withBody(directory: Directory, name: string, entry: TarEntryInput): TarInput {
    const fd = openSync(
      directory.at(name),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const stats = fstatSync(fd);
    if (!stats.isFile()) {
      closeSync(fd);
      throw new ImageError("ENTRY_REFUSED", `pack ${entry.path}: it changed meanwhile`);
    }
    return { ...entry, size: stats.size, body: bodyOf(fd, stats.size, this.#options.signal) };
  }
}

async function* bodyOf(
  fd: number,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  // A descriptor that is reached through /proc becomes a handle that can be read in another thread.
  const handle = await open(`/proc/self/fd/${fd}`, "r");
  closeSync(fd);
  try {
    yield* readFileChunks(handle, { length: size, signal });
  } finally {
    await handle.close();
  }
}

/** Names in byte order, which is the same on every machine and in every language. */
export function sortedNames(directory: Directory): string[] {
  return directory
    .names()
    .map((name) => ({ name, bytes: Buffer.from(bytesOf(name)) }))
    .sort((one, two) => Buffer.compare(one.bytes, two.bytes))
    .map(({ name }) => name);
}

export function refuseReserved(name: string, path: string): void {
  if (isReservedName(name)) {
    throw new ImageError(
      "ENTRY_REFUSED",
      `pack ${path}: a name that starts with .wh. would be read as a whiteout`,
    );
  }
}

export function xattrsOf(path: string | Buffer): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  if (!available) return xattrs;
  for (const name of listXattrs(path)) {
    if (belongsToHost(name) || name.startsWith("system.")) continue;
    const value = getXattr(path, name);
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs;
}

/** A device number as Linux packs it into 64 bits. */
function major(device: bigint): number {
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn));
}

function minor(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));
}
