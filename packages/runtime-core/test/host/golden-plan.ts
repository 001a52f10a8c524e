import type { Config } from "@ocikit/oci-spec";
import { placeCgroup } from "../../src/cgroup/placement.ts";
import type { HostFacts } from "../../src/plan/facts.ts";
import type { LaunchOptions } from "../../src/plan/launch-options.ts";
import { type LaunchPlan, planLaunch } from "../../src/plan/plan.ts";

/** A config and what else a plan depends on, as `src/plan/golden` has them. */
export interface GoldenCase {
  /** Names the file of the facts. */
  readonly facts: string;
  readonly options: Partial<LaunchOptions>;
  readonly config: Config;
}

/** What a golden case comes to: the same in every body. */
export function planGolden({ config, options }: GoldenCase, facts: HostFacts): LaunchPlan {
  const missingCgroups =
    config.linux?.cgroupsPath === undefined
      ? []
      : ["/sys/fs/cgroup/memory/pods/one", "/sys/fs/cgroup/pods", "/sys/fs/cgroup/pods/one"];
  return planLaunch(config, facts, {
    id: "golden",
    bundle: "/bundle",
    rootfs: "/bundle/rootfs",
    placement: placeCgroup(facts, config.linux?.cgroupsPath, "golden"),
    missingCgroups,
    ...options,
  });
}
