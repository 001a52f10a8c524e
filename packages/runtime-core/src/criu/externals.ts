import type { Config } from "@ocikit/oci-spec";
import type { Host } from "../host/host.ts";
import { type ConfigMount, readMounts } from "../plan/config-mount.ts";
import type { CgroupFacts } from "../plan/facts.ts";
import { lastName, resolvePath } from "../plan/path.ts";
import type { ExternalMount } from "./request.ts";
import { resolveInRoot } from "./resolve-in-root.ts";

/** A container as far as what lies outside of it is concerned. */
export interface Surroundings {
  readonly config: Config;
  /** Absolute path of the bundle, for sources that are relative. */
  readonly bundle: string;
  readonly rootfs: string;
  readonly cgroup: CgroupFacts;
  /** The container's directory in the v2 hierarchy. */
  readonly unified: string | undefined;
}

const defaultDevices = ["null", "zero", "full", "tty", "random", "urandom"].map(
  (name) => `/dev/${name}`,
);

function isBind({ type, options }: ConfigMount): boolean {
  return type === "bind" || options.bind;
}

/** What a container sees of cgroups without a namespace for them: each hierarchy is a mount of the host's. */
function hierarchyMounts(
  { destination }: ConfigMount,
  { config, cgroup, unified }: Surroundings,
): readonly ExternalMount[] {
  const own = config.linux?.namespaces?.some(({ type }) => type === "cgroup") ?? false;
  if (own) return [];
  if (cgroup.mode !== "v1") {
    return unified === undefined ? [] : [{ mountpoint: destination, value: unified }];
  }
  return cgroup.hierarchies.map(({ mountpoint, own: path }) => ({
    mountpoint: `${destination}/${lastName(mountpoint)}`,
    value: `${mountpoint}${path}`.replace(/\/$/, ""),
  }));
}

/** Where mounts of the host's lie in a container, and what they are; nodes of devices may be such mounts too. */
async function hostMounts(host: Host, around: Surroundings): Promise<readonly ExternalMount[]> {
  const { config, bundle, rootfs } = around;
  const found: ExternalMount[] = [];
  for (const mount of readMounts(config.mounts, rootfs)) {
    if (isBind(mount)) {
      const mountpoint = await resolveInRoot(host.files, rootfs, mount.destination);
      found.push({ mountpoint, value: resolvePath(bundle, mount.source) });
    } else if (mount.type === "cgroup") found.push(...hierarchyMounts(mount, around));
  }
  const own = (config.linux?.devices ?? []).map(({ path }) => path);
  for (const path of new Set([...defaultDevices, ...own])) {
    found.push({ mountpoint: path, value: path });
  }
  return found;
}

/** The mounts that CRIU shall not write down, each under the name of its place. */
export async function mountsToDump(
  host: Host,
  around: Surroundings,
  pid: number,
): Promise<readonly ExternalMount[]> {
  const mounts = await hostMounts(host, around);
  const found = mounts.map(({ mountpoint }) => ({ mountpoint, value: mountpoint }));
  for (const path of around.config.linux?.maskedPaths ?? []) {
    const masked = await host.files.status(`/proc/${pid}/root${path}`);
    if (masked === undefined || masked.kind === "directory") continue;
    found.push({ mountpoint: path, value: "/dev/null" });
  }
  return found;
}

/** What lies where CRIU left something out. */
export async function mountsToRestore(
  host: Host,
  around: Surroundings,
): Promise<readonly ExternalMount[]> {
  const mounts = await hostMounts(host, around);
  if ((around.config.linux?.maskedPaths ?? []).length === 0) return mounts;
  return [...mounts, { mountpoint: "/dev/null", value: "/dev/null" }];
}

/** A tree of the host's and where the container has it. */
interface Laid {
  readonly destination: string;
  readonly tree: string;
}

/**
 * Makes what mounts need to lie on, as the launch of a new container does: in the root, or in the folder of the host
 * that an earlier mount has put there. What lies in a tmpfs CRIU brings back itself.
 */
export async function makeMountpoints(host: Host, around: Surroundings): Promise<void> {
  const { rootfs, bundle } = around;
  const mounts = readMounts(around.config.mounts, rootfs);
  const memory = mounts
    .filter(({ type }) => type === "tmpfs")
    .map(({ destination }) => destination);
  const laid: Laid[] = [{ destination: "", tree: rootfs }];
  for (const mount of mounts) {
    const { destination, type } = mount;
    if (type === "cgroup" || memory.some((above) => destination.startsWith(`${above}/`))) continue;
    const source = isBind(mount) ? resolvePath(bundle, mount.source) : undefined;
    await makeMountpoint(host, laid, destination, source);
    if (source !== undefined) laid.unshift({ destination, tree: source });
  }
}

async function makeMountpoint(
  host: Host,
  laid: readonly Laid[],
  destination: string,
  source: string | undefined,
): Promise<void> {
  const { files } = host;
  const below = laid.find((one) => destination.startsWith(`${one.destination}/`));
  if (below === undefined) return;
  const rest = destination.slice(below.destination.length);
  const path = `${below.tree}${await resolveInRoot(files, below.tree, rest)}`;
  if ((await files.status(path)) !== undefined) return;
  const kind = source === undefined ? "" : await sourceKind(host, source);
  if (kind === "" || kind === "directory") return files.makeDirectories(path, 0o755);
  await files.makeDirectories(path.slice(0, path.lastIndexOf("/")), 0o755);
  await files.append(path, "", 0o755);
}

async function sourceKind({ files }: Host, source: string): Promise<string> {
  const real = await files.realPath(source);
  return (real === undefined ? undefined : await files.status(real))?.kind ?? "";
}
