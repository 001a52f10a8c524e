import type { CgroupPlacement } from "../cgroup/placement.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import { slots } from "./slots.ts";

/**
 * Lets the launching side open what is bound: a process in a new user namespace has lost the right to pass
 * through directories of the host that only root may enter. Binds beyond the slots there are stay as they
 * were.
 */
export function openOnHost(
  steps: readonly LaunchStep[],
  placement: CgroupPlacement,
): {
  readonly host: readonly LaunchStep[];
  readonly container: readonly LaunchStep[];
  readonly inherit: readonly number[];
} {
  const host: LaunchStep[] = [];
  const inherit: number[] = [];
  const container = steps.map((step): LaunchStep => {
    const tree = slots.trees + inherit.length;
    if (step.op !== "bind" || step.tree !== undefined || tree >= slots.mappings) return step;
    // What of /dev is bound, everyone can reach.
    if (!step.from.startsWith("/mounts/")) return step;
    if (placement.directories.some(({ path }) => path === step.source)) return step;
    const { from, source: path, recursive } = step;
    host.push({
      phase: "host",
      op: "openTree",
      from,
      path,
      recursive: recursive ?? false,
      slot: tree,
    });
    inherit.push(tree);
    return { ...step, tree };
  });
  return { host, container, inherit };
}
