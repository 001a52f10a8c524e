import { type CgroupPlacement, cgroupAncestors } from "../cgroup/placement.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { HostFacts } from "./facts.ts";
import { parentPath } from "./path.ts";

const from = "/linux/cgroupsPath";

function cpusetCopies(directory: string, parent: string): readonly LaunchStep[] {
  // A new cpuset has no CPUs, and a process that would join it is refused.
  return ["cpuset.cpus", "cpuset.mems"].map((file) => ({
    phase: "host",
    op: "copyFile",
    from: "",
    source: `${parent}/${file}`,
    target: `${directory}/${file}`,
  }));
}

function makeDirectories(paths: readonly string[]): readonly LaunchStep[] {
  return paths.map((path) => ({
    phase: "host",
    op: "makeDirectory",
    from,
    path,
    mode: 0o755,
    existing: true,
  }));
}

/** Makes the v2 cgroup, with the controllers of its limits handed down to it. */
export function makeUnified(
  placement: CgroupPlacement,
  missing: readonly string[],
  controllers: readonly string[],
): readonly LaunchStep[] {
  const { unified, unifiedMountpoint } = placement;
  if (unified === undefined || unifiedMountpoint === undefined) return [];
  const own = missing.filter((path) => path.startsWith(`${unifiedMountpoint}/`));
  const steps: LaunchStep[] = [...makeDirectories(own)];
  if (controllers.length > 0) {
    // One write each: one that can't be had here keeps none of the others from being handed down.
    const texts = controllers.map((name) => `+${name}`);
    for (const directory of [unifiedMountpoint, ...cgroupAncestors(unified, unifiedMountpoint)]) {
      const path = `${directory}/cgroup.subtree_control`;
      steps.push({ phase: "host", op: "writeFile", from, path, texts, optional: true });
    }
  }
  return [...steps, ...makeOwn(placement, unified)];
}

/** Controllers that are handed down in v2: all where there is no other, else those that limits need. */
export function handedDown(
  { unified, unifiedControllers = [] }: CgroupPlacement,
  { cgroup }: HostFacts,
  limits: readonly LaunchStep[],
): readonly string[] {
  if (cgroup.mode === "v2") return cgroup.unified.controllers;
  return unifiedControllers.filter((name) =>
    limits.some((step) => step.op === "writeFile" && step.path.startsWith(`${unified}/${name}.`)),
  );
}

/** The container's own cgroup, which nobody else may be in; one of systemd's making is there, and held. */
function makeOwn({ made }: CgroupPlacement, path: string): readonly LaunchStep[] {
  return made ? makeDirectories([path]) : [{ phase: "host", op: "makeCgroup", from, path }];
}

/** Makes a v1 cgroup in each hierarchy. */
export function makeV1(
  placement: CgroupPlacement,
  missing: readonly string[],
  rootless: boolean,
): readonly LaunchStep[] {
  return placement.directories.flatMap(({ names, mountpoint, path }) => {
    const ancestors = cgroupAncestors(path, mountpoint);
    const own = missing.filter((directory) => ancestors.includes(directory));
    const steps: LaunchStep[] = [...makeDirectories(own)];
    if (names.includes("cpuset")) {
      // Those that were there are an administrator's, who has to have set them.
      const settled = rootless ? own : ancestors;
      let parent = rootless ? parentPath(own[0] ?? path) : mountpoint;
      for (const ancestor of settled) {
        steps.push(...cpusetCopies(ancestor, parent));
        parent = ancestor;
      }
      return [...steps, ...makeOwn(placement, path), ...cpusetCopies(path, parent)];
    }
    return [...steps, ...makeOwn(placement, path)];
  });
}
