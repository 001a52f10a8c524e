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

/**
 * Finds the mounts that hang right in a tmpfs of the same config, as most of /dev does: they are made at its
 * descriptor, without a path that could be looked up wrongly or slowly.
 */
export function linkMounts(mounts: readonly ConfigMount[]): readonly MountLinks[] {
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
    const cover = before.findLastIndex((mount) => isWithin(destination, mount.destination));
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
  return mounts.map((_, index) => ({ slot: kept.get(index), parent: parents[index] }));
}
