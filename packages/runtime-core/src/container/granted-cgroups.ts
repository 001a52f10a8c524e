import { type CgroupPlacement, placeCgroup } from "../cgroup/placement.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { HostFacts } from "../plan/facts.ts";
import { parentPath } from "../plan/path.ts";

/** Whether a directory, or the nearest above it that is there, lets us make something in it. */
async function isGranted({ files, uid, gid }: Host, directory: string): Promise<boolean> {
  for (let at = directory; ; at = parentPath(at)) {
    const found = await files.status(at);
    if (found === undefined && at !== "/") continue;
    if (found === undefined) return false;
    const { mode } = found;
    if (found.uid === uid) return (mode & 0o200) !== 0;
    return found.gid === gid ? (mode & 0o020) !== 0 : (mode & 0o002) !== 0;
  }
}

/**
 * What is left of a placement for who is not root: the hierarchies in which an administrator has given us a
 * directory. Where a path was asked for, all of them must be: the words are those of runc.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED`
 */
async function grantedCgroups(
  host: Host,
  placement: CgroupPlacement,
  cgroupsPath: string | undefined,
): Promise<CgroupPlacement> {
  const granted: CgroupPlacement["directories"][number][] = [];
  for (const directory of placement.directories) {
    if (await isGranted(host, directory.path)) granted.push(directory);
    else if (cgroupsPath) refuse(directory.path);
  }
  const { unified, unifiedMountpoint } = placement;
  const hasUnified = unified !== undefined && (await isGranted(host, unified));
  // Beside v1 hierarchies that of v2 holds nothing that anybody asked for.
  if (unified !== undefined && !hasUnified && cgroupsPath && placement.directories.length === 0) {
    refuse(unified);
  }
  const paths = Object.entries(placement.paths).filter(
    ([name, path]) =>
      granted.some((one) => one.path === path) || (name === "" && hasUnified && path === unified),
  );
  return {
    paths: Object.fromEntries(paths),
    directories: granted,
    ...(hasUnified && { unified }),
    ...(hasUnified && unifiedMountpoint !== undefined && { unifiedMountpoint }),
  };
}

/**
 * Finds the place of a container's cgroups: root makes them anywhere, others where they may.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED` when a path was asked for where we may make none
 */
export async function findPlacement(
  host: Host,
  facts: HostFacts,
  cgroupsPath: string | undefined,
  id: string,
): Promise<CgroupPlacement> {
  const placement = placeCgroup({ cgroup: facts.cgroup, manageCgroups: true }, cgroupsPath, id);
  return facts.manageCgroups ? placement : grantedCgroups(host, placement, cgroupsPath);
}

function refuse(path: string): never {
  throw new RuntimeError(
    "HOST_UNSUPPORTED",
    `unable to apply cgroup configuration: mkdir ${path}: permission denied`,
    { pointer: "/linux/cgroupsPath" },
  );
}
