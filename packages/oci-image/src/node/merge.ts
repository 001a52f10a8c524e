import { renameSync } from "node:fs";
import { codeOf, type Directory, type Place, type Root } from "./beneath.ts";
import { type MetadataPolicy, restoreTimes, type Times } from "./metadata.ts";
import { removeTree } from "./remove-tree.ts";
import { copyDirectoryMetadata, timesAt } from "./take-over.ts";

/** A layer that was unpacked by itself, and what it does to those below it. */
export interface StagedLayer {
  readonly root: Root;
  readonly opaque: ReadonlySet<string>;
  readonly whiteouts: ReadonlySet<string>;
  readonly implied: ReadonlySet<string>;
  readonly everImplied: ReadonlySet<string>;
}

/**
 * Whether merging a layer is the same as unpacking it right there. It is not where the layer goes
 * through a name, or takes something away below one, that is a symlink in the tree: then it depends
 * on the order of the entries where they go.
 */
export function canMerge(target: Root, layer: StagedLayer): boolean {
  const straight = new Set<string>();
  const paths = [...layer.everImplied, ...layer.opaque, ...[...layer.whiteouts].map(parentOf)];
  return paths.every((path) => isStraight(target, path, straight));
}

/** Whether no directory on the way to a path, nor the path, is a symlink; what is missing is none. */
function isStraight(target: Root, path: string, straight: Set<string>): boolean {
  if (path === "" || straight.has(path)) return true;
  if (!isStraight(target, parentOf(path), straight)) return false;
  const found = findPlace(target, path);
  if (found?.directory.stat(found.name)?.isSymbolicLink() === true) return false;
  straight.add(path);
  return true;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

function findPlace(target: Root, path: string): Place | undefined {
  try {
    return target.place(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Moves a layer that was unpacked by itself into the tree of the layers below it, so that the tree is
 * as if it had been unpacked right there: most of it goes by renaming whole directories.
 */
export function mergeLayer(target: Root, layer: StagedLayer, policy: MetadataPolicy): void {
  new Merger(target, layer, policy).merge();
}

class Merger {
  readonly #target: Root;
  readonly #layer: StagedLayer;
  readonly #policy: MetadataPolicy;
  /** Times of directories that change on the way, set when nothing changes any more. */
  readonly #times = new Map<string, Times>();

  constructor(target: Root, layer: StagedLayer, policy: MetadataPolicy) {
    this.#target = target;
    this.#layer = layer;
    this.#policy = policy;
  }

  merge(): void {
    this.#takeAway();
    const { root, implied } = this.#layer;
    const place = { directory: root.directory, name: "." };
    if (!implied.has(""))
      this.#describe(place, { directory: this.#target.directory, name: "." }, "");
    this.#directory(root.directory, "", this.#target.directory);
    for (const path of [...this.#times.keys()].sort()) {
      const found =
        path === "" ? { directory: this.#target.directory, name: "." } : this.#target.place(path);
      const times = this.#times.get(path);
      if (found !== undefined && times !== undefined)
        restoreTimes(found.directory.at(found.name), times);
    }
  }

  /** Whiteouts first: what the layer brings itself is not there yet, so that they can't take it away. */
  #takeAway(): void {
    for (const path of this.#layer.whiteouts) {
      const place = findPlace(this.#target, path);
      if (place !== undefined) this.#remove(place.directory, place.name);
    }
    for (const path of this.#layer.opaque) {
      const directory = this.#directoryAt(path);
      if (directory === undefined) continue;
      for (const name of directory.names()) this.#remove(directory, name);
    }
  }

  /** Everything of one directory of the layer into the one it stands for. */
  #directory(from: Directory, path: string, to: Directory): void {
    for (const name of from.names()) {
      const child = path === "" ? name : `${path}/${name}`;
      const directory = from.stat(name)?.isDirectory() === true;
      const there = to.stat(name);
      if (directory && there?.isDirectory() === true) this.#into(from, child, to, name);
      else this.#move(from, to, name);
    }
  }

  #into(from: Directory, path: string, to: Directory, name: string): void {
    const described = !this.#layer.implied.has(path);
    if (described)
      this.#describe({ directory: from, name }, { directory: to, name }, to.child(name));
    const [inner, outer] = [from.open(name), to.open(name)];
    try {
      this.#remember(outer);
      this.#directory(inner, path, outer);
    } finally {
      inner.close();
      outer.close();
    }
  }

  #move(from: Directory, to: Directory, name: string): void {
    this.#remember(to);
    this.#remove(to, name);
    renameSync(from.at(name), to.at(name));
  }

  #describe(from: Place, to: Place, path: string): void {
    this.#times.set(path, timesAt(from));
    copyDirectoryMetadata(from, to, this.#policy.rootless);
  }

  #remember(directory: Directory): void {
    if (!this.#times.has(directory.path)) {
      this.#times.set(directory.path, timesAt({ directory, name: "." }));
    }
  }

  #remove(directory: Directory, name: string): void {
    this.#remember(directory);
    this.#target.forget(directory, name);
    const gone = directory.child(name);
    for (const path of this.#times.keys()) {
      if (path === gone || path.startsWith(`${gone}/`)) this.#times.delete(path);
    }
    removeTree(directory, name);
  }

  /** The directory a path leads to, symlinks followed to the end; undefined where there is none. */
  #directoryAt(path: string): Directory | undefined {
    if (path === "") return this.#target.directory;
    return findPlace(this.#target, `${path}/.entry`)?.directory;
  }
}
