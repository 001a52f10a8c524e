import type { CgroupDirectories } from "../cgroup/resources.ts";
import type { StateFile } from "./state-file.ts";

/**
 * Where a container's cgroups are: by controller in v1, under the empty name in v2, which may stand beside v1 and
 * have what that has not. state.json names v2 only where it is alone, as other programs expect.
 */
export function keptCgroups({
  cgroup_paths: paths,
  ocikit,
}: StateFile): Readonly<Record<string, string>> {
  const named = new Set(Object.values(paths));
  const beside = ocikit.cgroupDirectories.find((path) => !named.has(path));
  return beside === undefined ? paths : { ...paths, "": beside };
}

/** Whether v2 has all there is. */
export function isUnifiedAlone({ cgroup_paths: paths }: StateFile): boolean {
  return paths[""] !== undefined;
}

/** The same as places for resources. */
export function keptDirectories(state: StateFile): CgroupDirectories {
  const { "": unified, ...v1 } = keptCgroups(state);
  const directories = Object.entries(v1).map(([name, path]) => ({
    names: [name],
    mountpoint: "",
    path,
  }));
  return { directories, ...(unified !== undefined && { unified }) };
}
