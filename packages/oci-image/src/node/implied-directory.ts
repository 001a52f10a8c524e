import { lchownSync, mkdirSync } from "node:fs";
import type { Directory } from "./beneath.ts";
import { changeMode, hostOwner, type MetadataPolicy, type Times } from "./metadata.ts";

/** Directories nobody described: open to read, as everybody makes them, and without a time. */
export const IMPLIED_MODE = 0o755;
export const EPOCH: Times = { accessedNs: 0n, modifiedNs: 0n };

/** Makes a directory that entries need and none described; throws EEXIST where something stands. */
export function makeImpliedDirectory(
  parent: Directory,
  name: string,
  policy: MetadataPolicy,
): void {
  const path = parent.at(name);
  mkdirSync(path, 0o700);
  const owner = hostOwner({ uid: 0, gid: 0 }, policy);
  if (owner !== undefined) lchownSync(path, owner.uid, owner.gid);
  changeMode(path, IMPLIED_MODE);
}
