import type { Config } from "@ocikit/oci-spec";
import { placeCgroup } from "../cgroup/placement.ts";
import type { HostFacts } from "./facts.ts";
import { compileFilter } from "./filter.ts";
import type { LaunchOptions } from "./launch-options.ts";
import { resolvePath } from "./path.ts";
import { type LaunchPlan, planLaunch as planWith } from "./plan.ts";

/**
 * Plans the launch of a container: every system call that is to come, as data, in the order in which the
 * launcher carries it out. Makes none itself, so that it runs anywhere.
 *
 * What the options leave out is the container `container` with its bundle in `/bundle`, its root file system
 * and its cgroups where the config has them, and its seccomp profile compiled.
 *
 * @throws RuntimeError `INVALID_CONFIG` for a config that can't be carried out, with its pointer;
 *   `HOST_UNSUPPORTED` for one that this host can't carry out
 */
export function planLaunch(
  config: Config,
  facts: HostFacts,
  options: Partial<LaunchOptions> = {},
): LaunchPlan {
  const { id = "container", bundle = "/bundle" } = options;
  const { seccomp, cgroupsPath } = config.linux ?? {};
  return planWith(config, facts, {
    id,
    bundle,
    rootfs: resolvePath(bundle, config.root?.path ?? "rootfs"),
    placement: placeCgroup(facts, cgroupsPath, id),
    // A plan without it would be one for a container that may do more.
    ...(seccomp && !options.seccomp && { seccomp: compileFilter(seccomp, facts.machine) }),
    ...options,
  });
}
