import { placeCgroup } from "../cgroup/placement.ts";
import type { Host } from "../host/host.ts";
import type { HostFacts } from "../plan/facts.ts";
import { parentPath } from "../plan/path.ts";

/** Whether a directory, or the nearest one above it that is there, can be written by us. */
async function isOurs(host: Host, path: string): Promise<boolean> {
  for (let at = path; ; at = parentPath(at)) {
    const found = await host.files.status(at);
    if (found === undefined && at !== "/") continue;
    if (found === undefined) return false;
    const { uid, gid, mode } = found;
    const bit = uid === host.uid ? 0o200 : gid === host.gid ? 0o020 : 0o002;
    return (mode & bit) !== 0;
  }
}

/**
 * Without root's rights cgroups of v1 can be made only where a directory was given to us, and only a config
 * that names it can mean it. What is left are the hierarchies in which that is so.
 */
export async function delegatedCgroups(
  host: Host,
  facts: HostFacts,
  cgroupsPath: string | undefined,
): Promise<HostFacts> {
  const { cgroup, rootless } = facts;
  if (!rootless || cgroup.mode !== "v1" || !cgroupsPath) return facts;
  const whole = placeCgroup({ cgroup, manageCgroups: true }, cgroupsPath, "");
  const ours = new Set<string>();
  for (const { path, mountpoint } of whole.directories) {
    if (await isOurs(host, path)) ours.add(mountpoint);
  }
  const { unified: hybrid, ...v1 } = cgroup;
  const unified = whole.unified !== undefined && (await isOurs(host, whole.unified));
  return {
    ...facts,
    manageCgroups: ours.size > 0,
    cgroup: {
      ...v1,
      hierarchies: cgroup.hierarchies.filter(({ mountpoint }) => ours.has(mountpoint)),
      ...(unified && hybrid && { unified: hybrid }),
    },
  };
}
