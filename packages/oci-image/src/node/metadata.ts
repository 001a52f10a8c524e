import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  openSync,
} from "node:fs";
import { available, listXattrs, removeXattr, setTimes, setXattr } from "@ocikit/inode";
import { ImageError } from "../error.ts";
import { bytesOf } from "../tar/byte-text.ts";
import type { TarEntry } from "../tar/entry.ts";
import { codeOf, type Path } from "./beneath.ts";
import { type IdMap, toHostId } from "./id-map.ts";
import { belongsToHost } from "./xattr-filter.ts";

const SECOND = 1_000_000_000n;

/** How owners, attributes and devices are treated. */
export interface MetadataPolicy {
  readonly ids: IdMap | undefined;
  /** Unprivileged: everything belongs to the user who unpacks, what needs privilege is left out. */
  readonly rootless: boolean;
  /** Told once a reason, of what was left out. */
  readonly warn: (message: string) => void;
}

/** Access and modification time, in nanoseconds since 1970. */
export interface Times {
  readonly accessedNs: bigint;
  readonly modifiedNs: bigint;
}

export function timesOf(entry: TarEntry): Times {
  return { accessedNs: entry.accessedNs ?? entry.modifiedNs, modifiedNs: entry.modifiedNs };
}

/** Owner, attributes, mode, times of an open file, in the order in which none undoes another. */
export function restoreFile(fd: number, path: Path, entry: TarEntry, policy: MetadataPolicy): void {
  const owner = hostOwner(entry, policy);
  // A new owner takes away setuid bits and capabilities, so it comes first.
  if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
  restoreXattrs(path, entry, policy);
  fchmodSync(fd, entry.mode);
  const { accessedNs, modifiedNs } = timesOf(entry);
  if (isWhole(accessedNs) && isWhole(modifiedNs))
    futimesSync(fd, seconds(accessedNs), seconds(modifiedNs));
  else restoreTimes(path, { accessedNs, modifiedNs });
}

/** The same for a directory, but for its times: its entries would change them again. */
export function restoreDirectory(
  path: Path,
  entry: TarEntry,
  mode: number,
  policy: MetadataPolicy,
): void {
  restoreOwner(path, entry, policy);
  clearXattrs(path);
  restoreXattrs(path, entry, policy);
  changeMode(path, mode);
}

/** Owner and attributes of a symlink, fifo or device node. */
export function restoreOther(path: Path, entry: TarEntry, policy: MetadataPolicy): void {
  restoreOwner(path, entry, policy);
  restoreXattrs(path, entry, policy);
  if (entry.type !== "symlink") changeMode(path, entry.mode);
  restoreTimes(path, timesOf(entry));
}

/** Times of anything, a symlink's own; Node's seconds are too coarse for most fractions. */
export function restoreTimes(path: Path, { accessedNs, modifiedNs }: Times): void {
  const plain = isWhole(accessedNs) && isWhole(modifiedNs);
  if (plain || !available) lutimesSync(path, seconds(accessedNs), seconds(modifiedNs));
  else setTimes(path, accessedNs, modifiedNs);
}

/** Mode of a file that must not be a symlink: chmod(2) follows, so it goes by a descriptor. */
export function changeMode(path: Path, mode: number): void {
  const O_PATH = 0o10000000;
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    // The descriptor of a symlink would name the link itself, for which the kernel says EOPNOTSUPP.
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
}

/** Owner on the host, or undefined where owners are not set. */
export function hostOwner(
  entry: Pick<TarEntry, "uid" | "gid">,
  { ids, rootless }: MetadataPolicy,
): { uid: number; gid: number } | undefined {
  if (rootless) return undefined;
  return { uid: toHostId(ids?.uids, entry.uid, "uid"), gid: toHostId(ids?.gids, entry.gid, "gid") };
}

function restoreOwner(path: Path, entry: TarEntry, policy: MetadataPolicy): void {
  const owner = hostOwner(entry, policy);
  if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
}

function restoreXattrs(path: Path, entry: TarEntry, policy: MetadataPolicy): void {
  for (const [name, value] of entry.xattrs) {
    if (belongsToHost(name)) {
      policy.warn(`the attribute ${name} belongs to the host and is left out`);
      continue;
    }
    try {
      setXattr(path, bytesOf(name), value);
    } catch (cause) {
      const code = codeOf(cause);
      const unable = code === "EOPNOTSUPP" || (policy.rootless && code === "EPERM");
      if (unable) {
        policy.warn(`the attribute ${name} cannot be kept here (${code}) and is left out`);
        continue;
      }
      const why = code === "ENOSYS" ? "the native module @ocikit/inode is not built" : code;
      throw new ImageError("ENTRY_REFUSED", `set attribute ${name} of ${entry.path}: ${why}`, {
        cause,
      });
    }
  }
}

/** A directory that is there already keeps none of the attributes a lower layer gave it. */
export function clearXattrs(path: Path): void {
  if (!available) return;
  for (const name of listXattrs(path)) {
    if (belongsToHost(name) || name.startsWith("system.")) continue;
    removeXattr(path, name);
  }
}

function isWhole(ns: bigint): boolean {
  return ns % SECOND === 0n;
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}
