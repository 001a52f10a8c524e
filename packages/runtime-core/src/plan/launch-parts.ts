import type { Config, Linux } from "@ocikit/oci-spec";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { ConfigMount } from "./config-mount.ts";
import type { HostFacts } from "./facts.ts";
import type { LaunchOptions } from "./launch-options.ts";
import type { MountMappings } from "./mount-mappings.ts";
import type { MountLinks } from "./mount-parents.ts";
import type { NamespacePlan } from "./namespaces.ts";
import type { ProcessSteps } from "./process.ts";
import { hookState } from "./state-text.ts";

/** What the phases of a launch are planned from: the config, and what was made of it. */
export interface LaunchParts {
  readonly config: Config;
  readonly linux: Linux;
  readonly facts: HostFacts;
  readonly options: LaunchOptions;
  readonly namespaces: NamespacePlan;
  readonly mounts: readonly ConfigMount[];
  readonly mappings: MountMappings;
  /** Moves network devices once the process is in its namespaces. */
  readonly devices: readonly LaunchStep[];
  /** What each mount hangs in. */
  readonly links: readonly MountLinks[];
  readonly process: ProcessSteps;
  /** Whether hooks of the runtime's side run, for which both sides wait. */
  readonly hooks: boolean;
}

/** A container's state as its hooks get it. */
export function containerState(
  config: Config,
  { id, bundle }: LaunchOptions,
  status: "creating" | "created",
): string {
  const { ociVersion, annotations } = config;
  return hookState({ ociVersion, id, status, bundle, annotations });
}
