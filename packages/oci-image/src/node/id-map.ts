import { ImageError } from "../error.ts";

/** A run of ids inside the container and where it stands on the host; as in /proc/self/uid_map. */
export interface IdRange {
  readonly containerId: number;
  readonly hostId: number;
  readonly size: number;
}

/** How owners in a layer become owners on the host. */
export interface IdMap {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/** Largest id: 2^32-1 means "none" to the kernel. */
export const MAX_ID = 0xffff_fffe;

/** An owner on the host for an owner in a layer. Throws `ENTRY_REFUSED` where nothing maps it. */
export function toHostId(ranges: readonly IdRange[] | undefined, id: number, what: string): number {
  if (id < 0 || id > MAX_ID) {
    throw new ImageError("ENTRY_REFUSED", `map ${what} ${id}: not from 0 to ${MAX_ID}`);
  }
  if (ranges === undefined) return id;
  const range = ranges.find(
    ({ containerId, size }) => id >= containerId && id < containerId + size,
  );
  if (range === undefined) {
    throw new ImageError("ENTRY_REFUSED", `map ${what} ${id}: no range of the id map has it`);
  }
  return range.hostId + id - range.containerId;
}

/** An owner in a layer for an owner on the host. Throws `ENTRY_REFUSED` where nothing maps it. */
export function toContainerId(
  ranges: readonly IdRange[] | undefined,
  id: number,
  what: string,
): number {
  if (ranges === undefined) return id;
  const range = ranges.find(({ hostId, size }) => id >= hostId && id < hostId + size);
  if (range === undefined) {
    throw new ImageError(
      "ENTRY_REFUSED",
      `map ${what} ${id} of the host: no range of the id map has it`,
    );
  }
  return range.containerId + id - range.hostId;
}
