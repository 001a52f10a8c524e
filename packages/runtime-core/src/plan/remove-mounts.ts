import type { LaunchStep } from "../generated/plan-ops.ts";
import { type MountsTarget, planEntrance } from "./enter-mounts.ts";
import type { LaunchPlan } from "./plan.ts";
import { slots } from "./slots.ts";

/** A mount to take away. */
export interface MountPoint {
  /** JSON pointer of the mount. */
  readonly from: string;
  /** Where in the container it lies. */
  readonly target: string;
}

/** Plans to take mounts of a running container away, the last one first: it may lie on one before it. */
export function planRemoveMounts(points: readonly MountPoint[], target: MountsTarget): LaunchPlan {
  const { host, approach, enter } = planEntrance(target, [], []);
  const proc: LaunchStep = {
    phase: "container",
    op: "openDirectory",
    from: "",
    path: "/proc",
    magic: "proc",
    slot: slots.proc,
  };
  const removed = points
    .toReversed()
    .map(
      (point): LaunchStep => ({ phase: "container", op: "unmount", ...point, proc: slots.proc }),
    );
  return { steps: [...host, proc, ...approach, ...enter, ...removed] };
}
