import { RuntimeError } from "../error.ts";
import type { MountAttribute } from "../generated/plan-ops.ts";
import type { Mount } from "../spec.ts";
import { type MountOptions, readMountOptions } from "./mount-options.ts";
import { cleanPath } from "./path.ts";

/** A mount of the config, read. */
export interface ConfigMount {
  readonly from: string;
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: MountOptions;
}

/** Reads the mounts of a config, in their order. */
export function readMounts(mounts: readonly Mount[] | undefined): readonly ConfigMount[] {
  return (mounts ?? []).map((mount, index) => {
    const options = readMountOptions(mount.options ?? []);
    const bind = options.bind || mount.type === "bind";
    const type = bind ? "bind" : (mount.type ?? "");
    const from = `/mounts/${index}`;
    const destination = cleanPath(mount.destination);
    if (destination === "/") {
      throw new RuntimeError("INVALID_CONFIG", "a mount can't cover the root directory", {
        pointer: `${from}/destination`,
      });
    }
    return { from, destination, type, source: mount.source ?? "", options };
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

/** Whether the tmpfs mounted at /dev is what lies there when devices are made. */
export function hasDevSlot(mounts: readonly ConfigMount[]): boolean {
  const at = mounts.findLastIndex(({ destination }) => destination === "/dev");
  const last = mounts[at];
  return (
    last !== undefined &&
    last.type !== "bind" &&
    last.type !== "cgroup" &&
    !last.options.remount &&
    last.options.flags.length === 0
  );
}
