import { capabilityNames } from "../data/capability-names.ts";
import { type FileTree, readText } from "../host.ts";

/** Whether who checks has a capability; undefined when that cannot be seen. */
export async function hasCapability(files: FileTree, name: string): Promise<boolean | undefined> {
  const status = await readText(files, "/proc/self/status");
  const [, mask] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? "") ?? [];
  if (mask === undefined) return undefined;
  return ((BigInt(`0x${mask}`) >> BigInt(capabilityNames.indexOf(name))) & 1n) === 1n;
}

/** The effective user and group of who checks; undefined when that cannot be seen. */
export async function ownIds(
  files: FileTree,
): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  const status = (await readText(files, "/proc/self/status")) ?? "";
  const [, uid] = /^Uid:\s*\d+\s+(\d+)/m.exec(status) ?? [];
  const [, gid] = /^Gid:\s*\d+\s+(\d+)/m.exec(status) ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
