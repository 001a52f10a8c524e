export type { Position } from "@ocikit/oci-spec";
export type {
  CgroupFacts,
  CgroupHierarchy,
  CgroupPlacement,
  HostFacts,
  LaunchErrorDetails,
  LaunchOptions,
  LaunchPlan,
  LaunchStep,
  RuntimeErrorCode,
  RuntimeErrorDetails,
  UnifiedHierarchy,
} from "./plan/index.ts";
export {
  describePlan,
  describeStep,
  encodePlan,
  LaunchError,
  placeCgroup,
  planLaunch,
  RuntimeError,
} from "./plan/index.ts";
export type {
  DeleteOptions,
  ExecOptions,
  ExecProcess,
  KillOptions,
} from "./runtime/container.ts";
export { Container } from "./runtime/container.ts";
export type { WaitOptions } from "./runtime/container-process.ts";
export { ContainerProcess } from "./runtime/container-process.ts";
export type { Exit } from "./runtime/exit.ts";
export { readHost } from "./runtime/read-host.ts";
export type { CreateOptions, PlanOptions, RuntimeOptions } from "./runtime/runtime.ts";
export { Runtime } from "./runtime/runtime.ts";
export type { ContainerState } from "./runtime/state.ts";
export type { Stdio, StdioOption, Streams } from "./runtime/stdio.ts";
