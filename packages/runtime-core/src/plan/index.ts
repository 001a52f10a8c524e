// What plans need and make: pure, so that it runs in browsers too.
export type { CgroupPlacement } from "../cgroup/placement.ts";
export { placeCgroup } from "../cgroup/placement.ts";
export type { LaunchErrorDetails, RuntimeErrorCode, RuntimeErrorDetails } from "../error.ts";
export { LaunchError, RuntimeError } from "../error.ts";
export type { LaunchStep } from "../generated/plan-ops.ts";
export { describePlan, describeStep } from "./describe.ts";
export { encodePlan } from "./encode.ts";
export type {
  CgroupFacts,
  CgroupHierarchy,
  HostFacts,
  UnifiedHierarchy,
} from "./facts.ts";
export type { LaunchOptions } from "./launch-options.ts";
export type { LaunchPlan } from "./plan.ts";
export { planLaunch } from "./plan-launch.ts";
