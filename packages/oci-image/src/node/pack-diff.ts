import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { getXattr } from "@ocikit/inode";
import { type TarInput, writeTar } from "../tar/writer.ts";
import { opaqueWhiteout, whiteoutFor } from "../whiteout.ts";
import { type Directory, Root } from "./beneath.ts";
import { Packer, type PackOptions, refuseReserved, sortedNames, xattrsOf } from "./pack.ts";

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CHUNK = 256 * 1024;

/**
 * The archive that makes `upper` of `lower`: what is new or different in type, mode, owner, time,
 * attributes, links or bytes, and a whiteout for all that is gone. The same trees give the same bytes.
 */
export function packDiff(
  lower: string,
  upper: string,
  options: PackOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  return writeTar(differences(lower, upper, options));
}

async function* differences(
  lower: string,
  upper: string,
  options: PackOptions,
): AsyncGenerator<TarInput, void, undefined> {
  const roots = [Root.open(lower), Root.open(upper)] as const;
  try {
    const [before, after] = [roots[0].directory, roots[1].directory];
    const packer = new Packer(options);
    if (!sameMetadata(before, after, ".")) yield packer.describe(after, ".", "./");
    yield* new Differ(packer, options).inside(before, after, "");
  } finally {
    for (const root of roots) root.close();
  }
}

class Differ {
  readonly #packer: Packer;
  readonly #options: PackOptions;

  constructor(packer: Packer, options: PackOptions) {
    this.#packer = packer;
    this.#options = options;
  }

  async *inside(
    lower: Directory,
    upper: Directory,
    prefix: string,
  ): AsyncGenerator<TarInput, void, undefined> {
    const there = new Set(upper.names());
    for (const name of sortedNames(lower)) {
      if (!there.has(name)) yield whiteout(prefix, whiteoutFor(name));
    }
    for (const name of sortedNames(upper)) {
      this.#options.signal?.throwIfAborted();
      const path = prefix === "" ? name : `${prefix}/${name}`;
      const old = lower.stat(name);
      const directory = upper.stat(name)?.isDirectory() === true;
      if (old === undefined || old.isDirectory() !== directory)
        yield* this.#packer.one(upper, name, path);
      else if (directory) yield* this.#directory(lower, upper, name, path);
      else if (!sameFile(lower, upper, name)) yield* this.#packer.one(upper, name, path);
    }
  }

  async *#directory(
    lower: Directory,
    upper: Directory,
    name: string,
    path: string,
  ): AsyncGenerator<TarInput, void, undefined> {
    refuseReserved(name, path);
    if (!sameMetadata(lower, upper, name)) yield this.#packer.describe(upper, name, `${path}/`);
    const [before, after] = [lower.open(name), upper.open(name)];
    try {
      yield* this.inside(before, after, path);
    } finally {
      before.close();
      after.close();
    }
  }
}

function whiteout(prefix: string, name: string): TarInput {
  return {
    type: "file",
    path: prefix === "" ? name : `${prefix}/${name}`,
    mode: 0o600,
    modifiedNs: 0n,
  };
}

function sameMetadata(lower: Directory, upper: Directory, name: string): boolean {
  const [one, two] = [lower, upper].map((directory) =>
    lstatSync(directory.at(name), { bigint: true }),
  ) as [BigIntStats, BigIntStats];
  const same = (["mode", "uid", "gid", "mtimeNs", "rdev"] as const).every(
    (key) => one[key] === two[key],
  );
  return same && sameXattrs(xattrsOf(lower.at(name)), xattrsOf(upper.at(name)));
}

function sameFile(lower: Directory, upper: Directory, name: string): boolean {
  const [one, two] = [lower, upper].map((directory) =>
    lstatSync(directory.at(name), { bigint: true }),
  ) as [BigIntStats, BigIntStats];
  if (one.size !== two.size || one.nlink !== two.nlink || !sameMetadata(lower, upper, name))
    return false;
  if (one.isSymbolicLink()) {
    const read = (directory: Directory): Buffer =>
      readlinkSync(directory.at(name), { encoding: "buffer" });
    return read(lower).equals(read(upper));
  }
  // The same inode, as where one tree was made of hardlinks to the other.
  if (!one.isFile() || (one.dev === two.dev && one.ino === two.ino)) return true;
  return sameBytes(openSync(lower.at(name), READ), openSync(upper.at(name), READ));
}

function sameBytes(one: number, two: number): boolean {
  const buffers = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)] as const;
  try {
    for (;;) {
      const lengths = [fill(one, buffers[0]), fill(two, buffers[1])] as const;
      if (lengths[0] !== lengths[1]) return false;
      if (lengths[0] === 0) return true;
      if (buffers[0].compare(buffers[1], 0, lengths[0], 0, lengths[0]) !== 0) return false;
    }
  } finally {
    closeSync(one);
    closeSync(two);
  }
}

function fill(fd: number, buffer: Buffer): number {
  let length = 0;
  while (length < buffer.length) {
    const step = readSync(fd, buffer, length, buffer.length - length, null);
    if (step === 0) break;
    length += step;
  }
  return length;
}

function sameXattrs(
  one: ReadonlyMap<string, Uint8Array>,
  two: ReadonlyMap<string, Uint8Array>,
): boolean {
  if (one.size !== two.size) return false;
  for (const [name, value] of one) {
    const other = two.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}

/** The archive of an overlayfs upper directory: its 0:0 devices and opaque directories as whiteouts. */
export function packOverlay(
  upper: string,
  options: PackOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  return writeTar(overlayEntries(upper, options));
}

async function* overlayEntries(
  upper: string,
  options: PackOptions,
): AsyncGenerator<TarInput, void, undefined> {
  const root = Root.open(upper);
  try {
    const packer = new Packer({
      ...options,
      replace: (directory, name, path, stats) => {
        const slash = path.lastIndexOf("/");
        const above = slash === -1 ? "" : path.slice(0, slash);
        if (stats.isCharacterDevice() && stats.rdev === 0n)
          return { instead: whiteout(above, whiteoutFor(name)) };
        if (stats.isDirectory() && isOpaque(directory, name))
          return { inside: whiteout(path, opaqueWhiteout) };
        return undefined;
      },
    });
    yield packer.describe(root.directory, ".", "./");
    yield* packer.children(root.directory, "");
  } finally {
    root.close();
  }
}

function isOpaque(directory: Directory, name: string): boolean {
  const path = directory.at(name);
  return ["trusted.overlay.opaque", "user.overlay.opaque"].some(
    (key) => getXattr(path, key)?.[0] === 0x79,
  );
}
