import type { Config, IdMapping } from "@ocikit/oci-spec";
import type { Host } from "../host/host.ts";
import { readMounts } from "../plan/config-mount.ts";
import type { Delegation, HostFacts } from "../plan/facts.ts";

/** What kernels before 4.15, which do not tell it, let their owner manage. */
const oldest = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];

function outside(uid: number, mappings: readonly IdMapping[] | undefined): number | undefined {
  if (mappings === undefined || mappings.length === 0) return uid;
  const map = mappings.find(
    ({ containerID, size }) => uid >= containerID && uid < containerID + size,
  );
  return map && map.hostID + (uid - map.containerID);
}

/**
 * Whom the cgroup of a container is given to: the user of its program, when it sees its cgroup alone and may write
 * to it (config-linux.md#cgroup-ownership); nobody else.
 */
export async function findDelegation(
  { files }: Host,
  config: Config,
  rootfs: string,
  { cgroup }: HostFacts,
): Promise<Delegation | undefined> {
  const { linux = {}, process, mounts } = config;
  const namespaces = linux.namespaces ?? [];
  const own = namespaces.some(({ type, path }) => type === "cgroup" && !path);
  const joinsUser = namespaces.some(({ type, path }) => type === "user" && path);
  if (cgroup.mode !== "v2" || !own || joinsUser) return undefined;
  const writable = readMounts(mounts, rootfs).some(
    ({ type, options }) => type === "cgroup" && !options.set.includes("ro"),
  );
  const uid = writable ? outside(process?.user?.uid ?? 0, linux.uidMappings) : undefined;
  // Root's it is already.
  if (!uid) return undefined;
  const told = (await files.readText("/sys/kernel/cgroup/delegate"))?.trim().split("\n");
  return { uid, files: told ?? oldest };
}
