import { lchownSync, lstatSync } from "node:fs";
import { available, getXattr, listXattrs, setXattr } from "@ocikit/inode";
import { codeOf, type Place, Root } from "./beneath.ts";
import { changeMode, clearXattrs, restoreTimes, type Times } from "./metadata.ts";
import { belongsToHost } from "./xattr-filter.ts";

/**
 * Gives directories that a layer only implies what the nearest layer below gave them: over others,
 * overlayfs shows the upper directory's owner and mode, which nobody chose.
 */
export function takeOver(
  layer: string,
  implied: ReadonlySet<string>,
  below: readonly string[],
  rootless: boolean,
): void {
  if (implied.size === 0 || below.length === 0) return;
  const roots = [...below].reverse().map((path) => Root.open(path));
  const target = Root.open(layer);
  try {
    // Deepest first: setting a directory's attributes leaves the times of those above alone.
    for (const path of [...implied].sort().reverse()) {
      for (const root of roots) {
        const found = lookUp(root, path);
        if (found === "hidden") break;
        if (found !== "absent") {
          copyMetadata(found, target, path, rootless);
          break;
        }
      }
    }
  } finally {
    for (const root of [...roots, target]) root.close();
  }
}

type Found = { readonly root: Root; readonly path: string } | "absent" | "hidden";

function lookUp(root: Root, path: string): Found {
  try {
    const place = placeOf(root, path);
    const stats = place?.directory.stat(place.name);
    if (place === undefined || stats === undefined) return "absent";
    return stats.isDirectory() ? { root, path } : "hidden";
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return "absent";
    if (code === "ENOTDIR" || code === "ELOOP") return "hidden";
    throw error;
  }
}

function placeOf(root: Root, path: string): Place | undefined {
  return path === "" ? { directory: root.directory, name: "." } : root.place(path);
}

function copyMetadata(
  { root, path }: { readonly root: Root; readonly path: string },
  target: Root,
  to: string,
  rootless: boolean,
): void {
  const from = placeOf(root, path);
  const place = placeOf(target, to);
  if (from === undefined || place === undefined) return;
  copyDirectoryMetadata(from, place, rootless);
  restoreTimes(place.directory.at(place.name), timesAt(from));
}

/** Access and modification time of what stands at a place. */
export function timesAt({ directory, name }: Place): Times {
  const { atimeNs, mtimeNs } = lstatSync(directory.at(name), { bigint: true });
  return { accessedNs: atimeNs, modifiedNs: mtimeNs };
}

/** Gives a directory another one's owner, attributes and mode; its times are the caller's affair. */
export function copyDirectoryMetadata(from: Place, to: Place, rootless: boolean): void {
  const [source, target] = [from.directory.at(from.name), to.directory.at(to.name)];
  const stats = lstatSync(source, { bigint: true });
  if (!rootless) lchownSync(target, Number(stats.uid), Number(stats.gid));
  clearXattrs(target);
  for (const name of available ? listXattrs(source) : []) {
    const value = belongsToHost(name) ? undefined : getXattr(source, name);
    if (value !== undefined) setXattr(target, name, value);
  }
  changeMode(target, Number(stats.mode & 0o7777n));
}
