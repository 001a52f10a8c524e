import type { Mount } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { MountAttribute } from "../generated/plan-ops.ts";
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
