import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { makeNode, setXattr } from "@ocikit/inode";
import { ImageError } from "../error.ts";
import { bytesOf, hasEscapes } from "../tar/byte-text.ts";
import type { TarEntry } from "../tar/entry.ts";
import type { TarHandler } from "../tar/parser.ts";
import { whiteoutOf } from "../whiteout.ts";
import { codeOf, type Directory, type Place, type Root } from "./beneath.ts";
import {
  changeMode,
  hostOwner,
  type MetadataPolicy,
  restoreDirectory,
  restoreFile,
  restoreOther,
  restoreTimes,
  type Times,
  timesOf,
} from "./metadata.ts";
import { removeTree, removeUnless } from "./remove-tree.ts";

/** How the whiteouts of a layer are carried out. */
export type WhiteoutForm =
  /** What they name is removed from the tree: one tree for all layers. */
  | "remove"
  /** They become overlayfs's own (0:0 devices, `trusted.overlay.opaque`): one tree a layer. */
  | "overlay"
  /** The same with `user.overlay.opaque`, for overlayfs mounted by a user (`userxattr`). */
  | "overlay-user";

export interface ExtractorOptions extends MetadataPolicy {
  readonly whiteouts: WhiteoutForm;
  /** Told of each entry before it is made. */
  readonly onEntry?: ((entry: TarEntry) => void) | undefined;
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

const FILE_TYPE: Readonly<Record<"character-device" | "block-device" | "fifo", number>> = {
  "character-device": 0o020000,
  "block-device": 0o060000,
  fifo: 0o010000,
};

/** Directories nobody described: open to read, as everybody makes them, and without a time. */
const IMPLIED_MODE = 0o755;
const EPOCH: Times = { accessedNs: 0n, modifiedNs: 0n };

/**
 * Makes the entries of layers, one layer after the other, beneath a root. Between `beginLayer` and
 * `endLayer` it is the handler of a tar parser; `finish` comes once after the last layer.
 *
 * Throws `ENTRY_REFUSED` for entries that must not be made, `FILESYSTEM` where the system refuses.
 */
export class Extractor implements TarHandler {
  readonly #root: Root;
  readonly #options: ExtractorOptions;
  /** What this layer made, with all directories above; only later layers may take it away. */
  #touched = new Set<string>();
  /** Times of directories, set when the layer is complete since every new entry changes them. */
  #times = new Map<string, Times>();
  /** Modes an unprivileged user can only set at the end, since they would lock that user out. */
  readonly #modes = new Map<string, number>();
  /** For overlayfs: directories that hide what is below them, and the 0:0 devices made so far. */
  readonly #opaque = new Set<string>();
  readonly #whiteouts = new Set<string>();
  /** The root too, until an entry describes it. */
  readonly #implied = new Set<string>([""]);
  #file: { fd: number; entry: TarEntry; place: Place; end: number } | undefined;

  constructor(root: Root, options: ExtractorOptions) {
    this.#root = root;
    this.#options = options;
  }

  beginLayer(): void {
    this.#touched = new Set();
    this.#times = new Map();
  }

  entry(entry: TarEntry): void {
    this.#options.onEntry?.(entry);
    this.#attempt(entry, () => this.#make(entry));
  }

  data(bytes: Uint8Array, offset: number): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#attempt(file.entry, () => {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(file.fd, bytes, at, bytes.length - at, offset + at);
      }
      file.end = offset + bytes.length;
    });
  }

  end(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const { fd, entry, place, end } = file;
    try {
      this.#attempt(entry, () => {
        if (entry.size > end) ftruncateSync(fd, entry.size);
        restoreFile(fd, place.directory.at(place.name), entry, this.#options);
      });
    } finally {
      closeSync(fd);
    }
  }

  /** Sets what could not be set while entries were still coming. */
  endLayer(): void {
    for (const path of [...this.#times.keys()].sort()) {
      const place = this.#placeOf(path);
      if (place === undefined) continue;
      restoreTimes(place.directory.at(place.name), this.#times.get(path) ?? EPOCH);
    }
  }

  finish(): void {
    // Deepest first: a directory above may lose the permission to go through it.
    for (const path of [...this.#modes.keys()].sort().reverse()) {
      const place = this.#placeOf(path);
      if (place === undefined) continue;
      changeMode(place.directory.at(place.name), this.#modes.get(path) ?? IMPLIED_MODE);
    }
  }

  /** Directories that entries needed and none described, so far. */
  get implied(): ReadonlySet<string> {
    return this.#implied;
  }

  /** Lets go of what is open; what was made stays. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file.fd);
    this.#file = undefined;
    this.#root.close();
  }

  #make(entry: TarEntry): void {
    const place = this.#root.place(
      entry.path,
      (parent, name) => this.#imply(parent, name),
      (parent, name) => this.#clear(parent, name),
    );
    if (place === undefined) {
      this.#rootItself(entry);
      return;
    }
    const { directory, name } = place;
    this.#remember(directory);
    const whiteout = whiteoutOf(name);
    if (whiteout !== undefined) {
      if (whiteout.kind === "opaque") this.#makeOpaque(directory);
      else if (whiteout.kind === "name") this.#takeAway(directory, whiteout.name);
      return;
    }
    switch (entry.type) {
      case "file":
        this.#makeFile(entry, place);
        break;
      case "directory":
        this.#makeDirectory(entry, place);
        break;
      case "symlink":
        this.#replace(place, () => symlinkSync(linkText(entry.linkPath), directory.at(name)));
        restoreOther(directory.at(name), entry, this.#options);
        break;
      case "hardlink":
        this.#makeLink(entry, place);
        break;
      case "character-device":
      case "block-device":
      case "fifo":
        this.#makeNode(entry, entry.type, place);
        break;
    }
    this.#touch(directory.child(name));
  }

  #rootItself(entry: TarEntry): void {
    if (entry.type !== "directory") {
      throw new ImageError("ENTRY_REFUSED", `a ${entry.type} in place of the root directory`);
    }
    this.#describe(entry, this.#root.directory, ".");
  }

  #makeDirectory(entry: TarEntry, place: Place): void {
    const { directory, name } = place;
    try {
      mkdirSync(directory.at(name), 0o700);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      if (directory.stat(name)?.isDirectory() !== true) {
        this.#clear(directory, name);
        mkdirSync(directory.at(name), 0o700);
      }
    }
    this.#describe(entry, directory, name);
    this.#unhide(directory, name);
  }

  #describe(entry: TarEntry, directory: Directory, name: string): void {
    const path = name === "." ? directory.path : directory.child(name);
    // Without write and search permission for its owner, an unprivileged user could not fill it.
    const locksOut = this.#options.rootless && (entry.mode & 0o700) !== 0o700;
    if (locksOut) this.#modes.set(path, entry.mode);
    else this.#modes.delete(path);
    const mode = locksOut ? entry.mode | 0o700 : entry.mode;
    const opaque = this.#opaque.has(path);
    this.#implied.delete(path);
    restoreDirectory(directory.at(name), entry, mode, this.#options);
    if (opaque) this.#markOpaque(directory, name);
    this.#times.set(path, timesOf(entry));
  }

  #makeFile(entry: TarEntry, place: Place): void {
    const path = place.directory.at(place.name);
    const fd = this.#replace(place, () => openSync(path, NEW_FILE, 0o600));
    this.#file = { fd, entry, place, end: 0 };
  }

  #makeLink(entry: TarEntry, place: Place): void {
    // The walk to the target ends the life of the directory this walk found.
    const directory = place.directory.duplicate();
    try {
      const target = this.#root.place(entry.linkPath);
      if (target === undefined || target.directory.stat(target.name) === undefined) {
        throw new ImageError(
          "ENTRY_REFUSED",
          `a hardlink to ${JSON.stringify(entry.linkPath)}, which is not there`,
        );
      }
      const from = target.directory.at(target.name);
      const { name } = place;
      // A link to itself is there already, and clearing the way for it would remove it.
      if (target.directory.child(target.name) === directory.child(name)) return;
      this.#replace({ directory, name }, () => linkSync(from, directory.at(name)));
    } finally {
      directory.close();
    }
  }

  #makeNode(entry: TarEntry, type: keyof typeof FILE_TYPE, place: Place): void {
    const path = place.directory.at(place.name);
    if (this.#options.rootless && type !== "fifo") {
      this.#options.warn("device nodes need privilege; empty files stand in their place");
      closeSync(this.#replace(place, () => openSync(path, NEW_FILE, 0o600)));
      restoreOther(path, entry, this.#options);
      return;
    }
    this.#replace(place, () =>
      makeNode(path, FILE_TYPE[type] | 0o600, entry.deviceMajor, entry.deviceMinor),
    );
    restoreOther(path, entry, this.#options);
  }

  /** Makes what must not be there yet, after taking away what stands in its place. */
  #replace<T>({ directory, name }: Place, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      this.#clear(directory, name);
      return make();
    }
  }

  #clear(directory: Directory, name: string): void {
    this.#remember(directory);
    this.#forget(directory, name);
    removeTree(directory, name);
  }

  #takeAway(directory: Directory, name: string): void {
    const path = directory.child(name);
    if (this.#options.whiteouts === "remove") {
      this.#root.forget(directory, name);
      removeUnless(directory, name, (inner) => this.#touched.has(inner));
      if (!this.#touched.has(path)) this.#forgetTimes(path);
      return;
    }
    // What this layer has itself stays, and hides what lies below on its own.
    if (this.#touched.has(path)) {
      if (directory.stat(name)?.isDirectory() === true) this.#markOpaque(directory, name);
      return;
    }
    if (this.#insideOpaque(path)) return;
    this.#replace({ directory, name }, () => makeNode(directory.at(name), 0o020000, 0, 0));
    this.#whiteouts.add(path);
  }

  /** A directory in place of a whiteout goes on hiding what the whiteout hid. */
  #unhide(directory: Directory, name: string): void {
    if (this.#whiteouts.delete(directory.child(name))) this.#markOpaque(directory, name);
  }

  #makeOpaque(directory: Directory): void {
    if (this.#options.whiteouts !== "remove") {
      this.#markOpaque(directory, ".");
      return;
    }
    for (const name of directory.names()) {
      const path = directory.child(name);
      this.#root.forget(directory, name);
      removeUnless(directory, name, (inner) => this.#touched.has(inner));
      if (!this.#touched.has(path)) this.#forgetTimes(path);
    }
  }

  #markOpaque(directory: Directory, name: string): void {
    const space = this.#options.whiteouts === "overlay" ? "trusted" : "user";
    setXattr(directory.at(name), `${space}.overlay.opaque`, Uint8Array.of(0x79));
    this.#opaque.add(name === "." ? directory.path : directory.child(name));
  }

  #insideOpaque(path: string): boolean {
    for (let at = path; at !== ""; at = parentOf(at)) if (this.#opaque.has(at)) return true;
    return this.#opaque.has("");
  }

  /** A directory that entries need and none described. */
  #imply(parent: Directory, name: string): void {
    const path = parent.at(name);
    this.#remember(parent);
    try {
      mkdirSync(path, 0o700);
    } catch (error) {
      // Somebody else was faster; what is there now is looked at again.
      if (codeOf(error) === "EEXIST") return;
      throw error;
    }
    this.#times.set(parent.child(name), EPOCH);
    this.#implied.add(parent.child(name));
    const owner = hostOwner({ uid: 0, gid: 0 }, this.#options);
    if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
    changeMode(path, IMPLIED_MODE);
    this.#unhide(parent, name);
    this.#touch(parent.child(name));
  }

  /** Notes the times of a directory that is about to change, unless the layer sets them itself. */
  #remember(directory: Directory): void {
    if (this.#times.has(directory.path)) return;
    this.#times.set(directory.path, currentTimes(directory));
  }

  #touch(path: string): void {
    for (let at = path; at !== "" && !this.#touched.has(at); at = parentOf(at))
      this.#touched.add(at);
  }

  #forget(directory: Directory, name: string): void {
    this.#root.forget(directory, name);
    this.#forgetTimes(directory.child(name));
  }

  /** What was noted of a tree that is gone must not be applied to one that comes after it. */
  #forgetTimes(path: string): void {
    const inside = `${path}/`;
    for (const map of [this.#times, this.#modes]) {
      for (const key of map.keys()) if (key === path || key.startsWith(inside)) map.delete(key);
    }
  }

  /** A path without symlinks that this extractor noted; undefined where it is no directory any more. */
  #placeOf(path: string): Place | undefined {
    if (path === "") return { directory: this.#root.directory, name: "." };
    try {
      const place = this.#root.place(path);
      const same = place !== undefined && place.directory.child(place.name) === path;
      return same && place.directory.stat(place.name)?.isDirectory() === true ? place : undefined;
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
      throw error;
    }
  }

  #attempt(entry: TarEntry, act: () => void): void {
    try {
      act();
    } catch (cause) {
      const where = `unpack ${JSON.stringify(entry.path)}`;
      if (cause instanceof ImageError) {
        throw new ImageError(cause.code, `${where}: ${cause.message}`, { cause });
      }
      const code = codeOf(cause);
      if (code === undefined) throw cause;
      const syscall = cause instanceof Error && "syscall" in cause ? `${cause.syscall}: ` : "";
      throw new ImageError("FILESYSTEM", `${where}: ${syscall}${code}`, { cause });
    }
  }
}

function currentTimes(directory: Directory): Times {
  const { atimeNs, mtimeNs } = fstatSync(directory.fd, { bigint: true });
  return { accessedNs: atimeNs, modifiedNs: mtimeNs };
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** A symlink's target in the bytes it had in the archive. */
function linkText(target: string): string | Buffer {
  return hasEscapes(target) ? Buffer.from(bytesOf(target)) : target;
}
