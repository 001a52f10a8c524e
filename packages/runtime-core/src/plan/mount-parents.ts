import type { ConfigMount } from "./config-mount.ts";
import { splitData } from "./mount-options.ts";
import { isWithin, lastName, parentPath } from "./path.ts";
import { slots } from "./slots.ts";

/** Longest value that the new mount calls carry; longer ones (an overlay's layers) go the old way. */
const longestValue = 255;

/** Whether a mount takes the old system call. */
export function needsOldCall({ options }: ConfigMount): boolean {
  return (
    options.flags.length > 0 || splitData(options.data).some((part) => part.length > longestValue)
  );
}

/** Where a mount hangs, when that is known without looking. */
export interface MountParent {
  /** Slot of the file system it hangs in. */
  readonly directory: number;
  readonly name: string;
  /** Whether nothing of that name can be there yet. */
  readonly fresh: boolean;
}

export interface MountLinks {
  /** Slot in which a mount is kept for those that hang in it. */
  readonly slot: number | undefined;
  readonly parent: MountParent | undefined;
}

/** An empty file system that is made here, so that what lies in it is known. */
function isNewTmpfs(mount: ConfigMount): boolean {
  return (
    mount.type === "tmpfs" &&
    !mount.options.remount &&
    !mount.options.copyUp &&
    !needsOldCall(mount)
  );
}

/** A file system that is mounted anew by the new calls, and so can be kept in a slot. */
function isKeepable(mount: ConfigMount): boolean {
  if (mount.type === "proc" || mount.type === "sysfs")
    return !mount.options.remount && !needsOldCall(mount);
  return isNewTmpfs(mount);
}

/** The last mount that covers a path. */
function coverOf(path: string, mounts: readonly ConfigMount[]): number {
  return mounts.findLastIndex(({ destination }) => isWithin(path, destination));
}

/**
 * Finds the mounts that hang right in a tmpfs of the same config, as most of /dev does: they are made at its
 * descriptor, without a path that could be looked up wrongly or slowly. Keeps the mounts, too, in which one of
 * the `hidden` paths lies.
 */
export function linkMounts(
  mounts: readonly ConfigMount[],
  hidden: readonly string[],
): readonly MountLinks[] {
  const kept = new Map<number, number>();
  let next: number = slots.mounts;
  const slotOf = (index: number): number | undefined => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const slot = mounts[index]?.destination === "/dev" ? slots.dev : next++;
    if (slot >= slots.trees) return undefined;
    kept.set(index, slot);
    return slot;
  };
  const parents = mounts.map(({ destination, type, options }, index): MountParent | undefined => {
    const before = mounts.slice(0, index);
    const cover = coverOf(destination, before);
    const parent = mounts[cover];
    if (!parent || !isNewTmpfs(parent) || parentPath(destination) !== parent.destination)
      return undefined;
    if (options.remount) return undefined;
    const directory = slotOf(cover);
    if (directory === undefined) return undefined;
    const made = before.slice(cover + 1).some((mount) => isWithin(mount.destination, destination));
    // What a bind brings may be a file, and its place is made accordingly.
    return { directory, name: lastName(destination), fresh: !made && type !== "bind" };
  });
  const dev = mounts.findLastIndex(({ destination }) => destination === "/dev");
  const last = mounts[dev];
  if (last && isNewTmpfs(last)) slotOf(dev);
  for (const path of hidden) {
    const cover = coverOf(path, mounts);
    const mount = mounts[cover];
    if (mount && !kept.has(cover) && isKeepable(mount)) slotOf(cover);
  }
  return mounts.map((_, index) => ({ slot: kept.get(index), parent: parents[index] }));
}

/** Where a path lies, when that is known without looking: in the slot of the mount that covers it. */
export function placeInMount(
  path: string,
  mounts: readonly ConfigMount[],
  links: readonly MountLinks[],
): { readonly directory: number; readonly name: string } | undefined {
  const cover = coverOf(path, mounts);
  const mount = mounts[cover];
  const directory = links[cover]?.slot;
  if (mount === undefined || directory === undefined) return undefined;
  const name = path.slice(mount.destination.length);
  return { directory, name: name.startsWith("/") ? name.slice(1) : name };
}
