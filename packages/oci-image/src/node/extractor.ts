import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
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
import { type Whiteout, whiteoutOf } from "../whiteout.ts";
import { cleanParts, codeOf, type Directory, type Place, type Root } from "./beneath.ts";
import { EPOCH, IMPLIED_MODE, makeImpliedDirectory } from "./implied-directory.ts";
import {
  changeMode,
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
  | "overlay-user"
  /** They are only noted, for a tree that is merged into the one of the layers below. */
  | "note";

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
  readonly #everImplied = new Set<string>();
  #dependsOnLower = false;
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

  /** Directories that hide all that is below them; noted, whatever the form. */
  get opaque(): ReadonlySet<string> {
    return this.#opaque;
  }

  /** What the layer takes away and brings nothing in place of. */
  get whiteouts(): ReadonlySet<string> {
    return this.#whiteouts;
  }

  /** Directories that were implied at any time, also if they were described or replaced after that. */
  get everImplied(): ReadonlySet<string> {
    return this.#everImplied;
  }

  /** Whether the layer can only be understood on top of those below, as when it links to their files. */
  get dependsOnLower(): boolean {
    return this.#dependsOnLower;
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
    const whiteout = whiteoutOf(cleanParts(entry.path).at(-1) ?? "");
    if (whiteout !== undefined) {
      this.#hide(entry, whiteout);
      return;
    }
    const place = this.#placeFor(entry);
    if (place === undefined) {
      this.#rootItself(entry);
      return;
    }
    const { directory, name } = place;
    this.#remember(directory);
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

  #placeFor(entry: TarEntry): Place | undefined {
    return this.#root.place(
      entry.path,
      (parent, name) => this.#imply(parent, name),
      (parent, name) => this.#clear(parent, name),
    );
  }

  #hide(entry: TarEntry, whiteout: Whiteout): void {
    if (whiteout.kind === "ignored") return;
    let place: Place | undefined;
    if (this.#isOverlay) place = this.#placeFor(entry);
    else {
      // Only what is there can be taken away; nothing is made for it to be missing from.
      try {
        place = this.#root.place(entry.path);
      } catch (error) {
        if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
        this.#noteMissing(entry, whiteout);
        return;
      }
    }
    if (place === undefined) return;
    this.#remember(place.directory);
    if (whiteout.kind === "opaque") this.#makeOpaque(place.directory);
    else this.#takeAway(place.directory, whiteout.name);
  }

  /** A whiteout in a directory that this layer has not: only the layers below can tell what it means. */
  #noteMissing(entry: TarEntry, whiteout: Whiteout): void {
    if (this.#options.whiteouts !== "note") return;
    const parts = cleanParts(entry.path).slice(0, -1);
    for (let count = 1; count <= parts.length; count++) {
      const place = this.#find(parts.slice(0, count).join("/"));
      const stats = place?.directory.stat(place.name);
      // A symlink of this layer on the way: where it leads is a question for below. Anything else that
      // is no directory hides what the whiteout would take away.
      if (stats?.isSymbolicLink() === true) this.#dependsOnLower = true;
      if (stats?.isDirectory() === false) return;
    }
    const directory = parts.join("/");
    if (whiteout.kind === "opaque") this.#opaque.add(directory);
    else if (whiteout.kind === "name") this.#whiteouts.add([...parts, whiteout.name].join("/"));
  }

  get #isOverlay(): boolean {
    return this.#options.whiteouts === "overlay" || this.#options.whiteouts === "overlay-user";
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
      const target = this.#find(entry.linkPath);
      const stats = target?.directory.stat(target.name);
      if (target === undefined || stats === undefined || stats.isDirectory()) {
        this.#dependsOnLower = true;
        const why = stats === undefined ? "which is not there" : "a directory";
        throw new ImageError(
          "ENTRY_REFUSED",
          `a hardlink to ${JSON.stringify(entry.linkPath)}, ${why}`,
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
    // Something of this layer that hid a lower directory; one that takes its place hides it too.
    if (this.#options.whiteouts !== "remove" && directory.stat(name)?.isDirectory() === false) {
      this.#whiteouts.add(directory.child(name));
    }
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
      if (directory.stat(name)?.isDirectory() !== true) return;
      // As with an opaque directory that has something in it already.
      if (this.#options.whiteouts === "note") this.#dependsOnLower = true;
      this.#markOpaque(directory, name);
      return;
    }
    if (this.#insideOpaque(path)) return;
    this.#whiteouts.add(path);
    if (this.#options.whiteouts === "note") return;
    this.#replace({ directory, name }, () => makeNode(directory.at(name), 0o020000, 0, 0));
  }

  /** A directory in place of a whiteout goes on hiding what the whiteout hid. */
  #unhide(directory: Directory, name: string): void {
    // A noted one is carried out before what the layer brings is there, and may stay.
    if (this.#options.whiteouts === "note") return;
    if (this.#whiteouts.delete(directory.child(name))) this.#markOpaque(directory, name);
  }

  #makeOpaque(directory: Directory): void {
    if (this.#options.whiteouts !== "remove") {
      // What came before it may be in directories of the layers below, which then stay as they are there.
      if (this.#options.whiteouts === "note" && directory.names().length > 0) {
        this.#dependsOnLower = true;
      }
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
    this.#opaque.add(name === "." ? directory.path : directory.child(name));
    if (this.#options.whiteouts === "note") return;
    const space = this.#options.whiteouts === "overlay" ? "trusted" : "user";
    setXattr(directory.at(name), `${space}.overlay.opaque`, Uint8Array.of(0x79));
  }

  /** Whether all that lies below a path is hidden already by a directory above it. */
  #insideOpaque(path: string): boolean {
    if (this.#opaque.has("")) return true;
    for (let at = parentOf(path); at !== ""; at = parentOf(at))
      if (this.#opaque.has(at)) return true;
    return false;
  }

  /** A directory that entries need and none described. */
  #imply(parent: Directory, name: string): void {
    this.#remember(parent);
    try {
      makeImpliedDirectory(parent, name, this.#options);
    } catch (error) {
      // Somebody else was faster; what is there now is looked at again.
      if (codeOf(error) === "EEXIST") return;
      throw error;
    }
    this.#times.set(parent.child(name), EPOCH);
    this.#implied.add(parent.child(name));
    this.#everImplied.add(parent.child(name));
    this.#unhide(parent, name);
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
    const place = this.#find(path);
    const same = place !== undefined && place.directory.child(place.name) === path;
    return same && place.directory.stat(place.name)?.isDirectory() === true ? place : undefined;
  }

  /** Where a path leads, if all directories on the way are there. */
  #find(path: string): Place | undefined {
    try {
      return this.#root.place(path);
    } catch (error) {
      if (["ENOENT", "ENOTDIR", "ELOOP"].includes(codeOf(error) ?? "")) return undefined;
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
