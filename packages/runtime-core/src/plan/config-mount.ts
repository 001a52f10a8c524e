import type { Mount } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { MountAttribute } from "../generated/plan-ops.ts";
import { type IdMaps, readIdmapValue } from "./idmap-option.ts";
import { type MountOptions, readMountOptions } from "./mount-options.ts";
import { cleanPath, isWithin } from "./path.ts";

/** A mount of the config, read. */
export interface ConfigMount {
  readonly from: string;
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: MountOptions;
  readonly ids?: MountIds;
}

/** How the ids of a mount's files are mapped; without maps of its own as the container's are. */
export interface MountIds {
  readonly recursive: boolean;
  readonly maps?: IdMaps;
}

function readIds(mount: Mount, { idmap }: MountOptions, from: string): MountIds | undefined {
  const { uidMappings: users = [], gidMappings: groups = [] } = mount;
  const given = users.length + groups.length > 0;
  if (!given && idmap === undefined) return undefined;
  const refuse = (message: string, pointer: string): never => {
    throw new RuntimeError("INVALID_CONFIG", message, { pointer });
  };
  const recursive = idmap?.recursive ?? false;
  const told = idmap?.maps === undefined ? undefined : readIdmapValue(idmap.maps, from);
  if (given && users.length === 0) refuse("uidMappings are missing", `${from}/gidMappings`);
  if (given && groups.length === 0) refuse("gidMappings are missing", `${from}/uidMappings`);
  const maps = given ? { users, groups } : told;
  return { recursive, ...(maps && { maps }) };
}

/**
 * Reads the mounts of a config, in their order. A destination that names the root as the host sees it is
 * meant to lie in it, as other runtimes have it.
 */
export function readMounts(
  mounts: readonly Mount[] | undefined,
  rootfs: string,
): readonly ConfigMount[] {
  return (mounts ?? []).map((mount, index) => {
    const options = readMountOptions(mount.options ?? []);
    const bind = options.bind || mount.type === "bind";
    const type = bind ? "bind" : (mount.type ?? "");
    const from = `/mounts/${index}`;
    const path = cleanPath(mount.destination);
    const destination =
      rootfs !== "/" && isWithin(path, rootfs) ? cleanPath(path.slice(rootfs.length)) : path;
    const ids = readIds(mount, options, from);
    if (ids && type !== "bind") {
      const pointer = mount.uidMappings ? `${from}/uidMappings` : `${from}/options`;
      const message = "only the ids of bind mounts can be mapped";
      throw new RuntimeError("INVALID_CONFIG", message, { pointer });
    }
    if (destination === "/") {
      throw new RuntimeError("INVALID_CONFIG", "a mount can't cover the root directory", {
        pointer: `${from}/destination`,
      });
    }
    return { from, destination, type, source: mount.source ?? "", options, ...(ids && { ids }) };
  });
}

/** The attributes of a new mount. */
export function mountAttributes({ set, access }: MountOptions): readonly MountAttribute[] {
  return access === undefined || access === "relatime" ? set : [...set, access];
}

/** Whether the container brings its own /dev, which is then left as it is. */
export function bringsDev(mounts: readonly ConfigMount[]): boolean {
  return mounts.some(({ type, destination }) => type === "bind" && destination === "/dev");
}
