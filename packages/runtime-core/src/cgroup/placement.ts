import type { CgroupFacts, HostFacts } from "../plan/facts.ts";
import { cleanPath, isWithin, parentPath } from "../plan/path.ts";

/** The container's cgroup in one hierarchy of v1. */
export interface CgroupDirectory {
  /** The hierarchy's controllers, or `name=systemd` and the like. */
  readonly names: readonly string[];
  readonly mountpoint: string;
  readonly path: string;
}

/** Where a container's cgroups are. */
export interface CgroupPlacement {
  /** As state.json tells them: by controller under v1, under the empty name for v2 alone. */
  readonly paths: Readonly<Record<string, string>>;
  readonly directories: readonly CgroupDirectory[];
  /** Its directory in the v2 hierarchy. */
  readonly unified?: string;
  readonly unifiedMountpoint?: string;
  /** Controllers that v2 has while v1 has others. */
  readonly unifiedControllers?: readonly string[];
  /** Whether systemd has made them before the launch. */
  readonly made?: boolean;
}

function place(mountpoint: string, own: string, cgroupsPath: string): string {
  // An absolute path counts from the root of the hierarchy, a relative one from where we are ourselves.
  const inner = cgroupsPath.startsWith("/")
    ? cleanPath(cgroupsPath)
    : `${cleanPath(own)}${cleanPath(`/${cgroupsPath}`)}`;
  return cleanPath(`${mountpoint}/${inner}`);
}

function placeUnified(
  cgroup: Exclude<CgroupFacts, { mode: "none" }>,
  inner: string,
): string | undefined {
  if (cgroup.unified === undefined) return undefined;
  const { mountpoint, own } = cgroup.unified;
  // v2 alone: beside our own cgroup, not in it, since one that has processes can hand no controllers down.
  return place(mountpoint, cgroup.mode === "v2" ? parentPath(cleanPath(own)) : own, inner);
}

/**
 * Finds the place of a container's cgroups by `linux.cgroupsPath`, which without one is the container's id
 * beneath our own cgroup, or beside it with v2; nowhere, where none can be made. `..` never leads out of a hierarchy.
 */
export function placeCgroup(
  { cgroup, manageCgroups }: Pick<HostFacts, "cgroup" | "manageCgroups">,
  cgroupsPath: string | undefined,
  id: string,
): CgroupPlacement {
  const inner = cgroupsPath || id;
  if (cgroup.mode === "none" || !manageCgroups) return { paths: {}, directories: [] };
  const unified = placeUnified(cgroup, inner);
  const shared = {
    ...(unified !== undefined && { unified }),
    ...(cgroup.unified && { unifiedMountpoint: cgroup.unified.mountpoint }),
  };
  if (cgroup.mode === "v2") return { paths: { "": unified ?? "" }, directories: [], ...shared };
  const directories = cgroup.hierarchies.map(({ names, mountpoint, own }) => ({
    names,
    mountpoint,
    path: place(mountpoint, own, inner),
  }));
  const paths: Record<string, string> = {};
  for (const { names, path } of directories) for (const name of names) paths[name] = path;
  const controllers = cgroup.unified?.controllers ?? [];
  const beside = controllers.length > 0 && { unifiedControllers: controllers };
  return { paths, directories, ...shared, ...beside };
}

/** The place of a unit of systemd: the same in every hierarchy, in those that it does not know too. */
export function placeUnit(
  cgroup: Exclude<CgroupFacts, { mode: "none" }>,
  inner: string,
): CgroupPlacement {
  const rooted: typeof cgroup =
    cgroup.mode === "v2"
      ? { ...cgroup, unified: { ...cgroup.unified, own: "/" } }
      : { ...cgroup, hierarchies: cgroup.hierarchies.map((one) => ({ ...one, own: "/" })) };
  const placement = placeCgroup({ cgroup: rooted, manageCgroups: true }, inner, "");
  return { ...placement, made: true };
}

/** Every directory of a placement once, that of v2 first. */
export function cgroupDirectories({ unified, directories }: CgroupPlacement): readonly string[] {
  const paths = directories.map(({ path }) => path);
  return [...new Set(unified === undefined ? paths : [unified, ...paths])];
}

/** The directories between a hierarchy's root and a cgroup, outermost first, both left out. */
export function cgroupAncestors(path: string, mountpoint: string): readonly string[] {
  const found: string[] = [];
  for (
    let at = parentPath(path);
    at !== mountpoint && isWithin(at, mountpoint);
    at = parentPath(at)
  ) {
    found.unshift(at);
  }
  return found;
}
