import type { CgroupPlacement } from "../cgroup/placement.ts";
import type { LaunchStep, MountAttribute } from "../generated/plan-ops.ts";
import { type ConfigMount, mountAttributes } from "./config-mount.ts";
import type { CgroupFacts } from "./facts.ts";
import type { MountOptions } from "./mount-options.ts";
import { cleanPath, lastName } from "./path.ts";

export interface CgroupMountPlace {
  readonly cgroup: CgroupFacts;
  readonly placement: CgroupPlacement;
  /** Whether the container has a cgroup namespace of its own. */
  readonly cgroupNamespace: boolean;
  readonly rootless: boolean;
  /** Slot for the tmpfs with the hierarchies of v1; without one they find their places by path. */
  readonly cgroupSlot?: number;
}

/**
 * Without a namespace of its own a container sees the host's cgroups; those of a user would be his to
 * change from inside (CVE-2023-25809).
 */
function bindAttributes(
  options: MountOptions,
  { rootless }: CgroupMountPlace,
): readonly MountAttribute[] {
  const attributes = mountAttributes(options);
  return rootless && !attributes.includes("ro") ? [...attributes, "ro"] : attributes;
}

const safe: readonly MountAttribute[] = ["nosuid", "nodev", "noexec"];

/** The attributes of all that is bound in the tmpfs, at one stroke; the tmpfs itself stays as it was made. */
function changeAll(
  { from, destination: target, options }: ConfigMount,
  place: CgroupMountPlace,
): readonly LaunchStep[] {
  const set = bindAttributes(options, place);
  const clear: readonly MountAttribute[] = options.access === undefined ? [] : ["atime"];
  const all = {
    phase: "container",
    op: "changeMount",
    from,
    target,
    ...(place.cgroupSlot !== undefined && { slot: place.cgroupSlot }),
  } as const;
  const steps: LaunchStep[] = [{ ...all, recursive: true, set, clear }];
  if (set.includes("ro")) steps.push({ ...all, clear: ["ro"] });
  return steps;
}

/** The hierarchies of v1, each in its directory of a tmpfs, as the host has them. */
function planV1(mount: ConfigMount, place: CgroupMountPlace): readonly LaunchStep[] {
  const { from, destination, options } = mount;
  const propagation = options.propagation[0];
  const directory = place.cgroupSlot;
  const steps: LaunchStep[] = [
    {
      phase: "container",
      op: "mount",
      from,
      fstype: "tmpfs",
      source: "tmpfs",
      options: ["mode=755"],
      attributes: safe,
      target: destination,
      ...(propagation && { propagation }),
      guard: "proc",
      ...(directory !== undefined && { slot: directory }),
    },
  ];
  const merged: string[] = [];
  const hierarchies = place.cgroup.mode === "v1" ? place.cgroup.hierarchies : [];
  for (const { names, mountpoint, own } of hierarchies) {
    // Where we may make no cgroups the container stays in ours.
    const path = place.placement.paths[names[0] ?? ""] ?? cleanPath(`${mountpoint}/${own}`);
    const name = lastName(mountpoint);
    const target = `${destination}/${name}`;
    const goal = { target, ...(directory !== undefined && { directory, name, fresh: true }) };
    if (name.includes(",")) merged.push(name);
    steps.push(
      place.cgroupNamespace
        ? {
            phase: "container",
            op: "mount",
            from,
            fstype: "cgroup",
            // As systemd itself mounts it.
            source: names.includes("name=systemd") ? "systemd" : "cgroup",
            options: names,
            attributes: options.set.includes("ro") ? [...safe, "ro"] : safe,
            ...goal,
          }
        : {
            phase: "container",
            op: "bind",
            from,
            source: path,
            ...goal,
            recursive: true,
            ...(propagation && { propagation }),
          },
    );
  }
  if (!place.cgroupNamespace) steps.push(...changeAll(mount, place));
  for (const name of merged) {
    for (const path of name.split(",")) {
      const link = `${destination}/${path}`;
      steps.push({ phase: "container", op: "makeLink", from, path: link, target: name });
    }
  }
  return steps;
}

function planV2(mount: ConfigMount, place: CgroupMountPlace, mountpoint: string): LaunchStep {
  const { from, destination: target, options } = mount;
  const attributes = mountAttributes(options);
  const common = { phase: "container", from, target, guard: "proc" } as const;
  const propagation = options.propagation[0] && { propagation: options.propagation[0] };
  if (place.cgroupNamespace) {
    const fstype = "cgroup2";
    const source = "cgroup";
    return {
      ...common,
      op: "mount",
      fstype,
      source,
      options: options.data,
      attributes,
      ...propagation,
    };
  }
  // A new mount of the host's own hierarchy would reset its options (nsdelegate and others) for the whole
  // machine.
  const clear: readonly MountAttribute[] = options.access === undefined ? [] : ["atime"];
  return {
    ...common,
    op: "bind",
    source: mountpoint,
    recursive: false,
    set: attributes,
    clear,
    ...propagation,
  };
}

/** The steps of a mount of type `cgroup`: what that is, depends on the host. */
export function planCgroupMount(
  mount: ConfigMount,
  place: CgroupMountPlace,
): readonly LaunchStep[] {
  if (place.cgroup.mode === "none") return [];
  if (place.cgroup.mode === "v2") return [planV2(mount, place, place.cgroup.unified.mountpoint)];
  return planV1(mount, place);
}
