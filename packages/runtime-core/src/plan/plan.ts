import type { Config } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep, NamespaceName } from "../generated/plan-ops.ts";
import { sharedAttributes } from "./attributes.ts";
import { readMounts } from "./config-mount.ts";
import { containerSteps } from "./container-phase.ts";
import type { HostFacts } from "./facts.ts";
import { hiddenPaths } from "./hidden-paths.ts";
import { hostSteps } from "./host-phase.ts";
import { openOnHost } from "./host-trees.ts";
import { canSetGroups } from "./idmap.ts";
import type { LaunchOptions } from "./launch-options.ts";
import { containerState, type LaunchParts } from "./launch-parts.ts";
import { planMappings } from "./mount-mappings.ts";
import { linkMounts } from "./mount-parents.ts";
import { planNamespaces } from "./namespaces.ts";
import { planNetDevices } from "./net-devices.ts";
import { planProcess } from "./process.ts";
import { slots } from "./slots.ts";
import { startSteps } from "./start-phase.ts";

/** What the launcher does to bring a container to life: plain data. */
export interface LaunchPlan {
  readonly steps: readonly LaunchStep[];
}

function mustOwn(parts: LaunchParts, kind: NamespaceName, property: string, given: unknown): void {
  if (given === undefined || given === "" || parts.namespaces.own.has(kind)) return;
  throw new RuntimeError(
    "INVALID_CONFIG",
    `${property} needs a ${kind} namespace of the container's own`,
    {
      pointer: `/${property}`,
    },
  );
}

/**
 * Plans the launch of a container: every system call that is to come, as data. Makes none itself.
 *
 * @throws RuntimeError `INVALID_CONFIG` for a config that can't be carried out, with its pointer;
 *   `HOST_UNSUPPORTED` for one that this host can't carry out
 */
export function planLaunch(config: Config, facts: HostFacts, options: LaunchOptions): LaunchPlan {
  const linux = config.linux ?? {};
  if (config.process === undefined) {
    throw new RuntimeError("INVALID_CONFIG", "process property must not be empty", { pointer: "" });
  }
  const namespaces = planNamespaces(linux);
  const mounts = readMounts(config.mounts, options.rootfs);
  const process = planProcess(config.process, {
    pointer: "/process",
    setGroups: canSetGroups(linux, facts),
    limitsFromHost: namespaces.own.has("user") && !facts.rootless,
    shared: sharedAttributes(linux),
    keepSlots: options.fifo === undefined ? [] : [slots.fifoReader, slots.fifoWriter],
    ...(options.seccomp && { seccomp: options.seccomp }),
    state: {
      ociVersion: config.ociVersion,
      container: containerState(config, options, "creating"),
    },
  });
  const { prestart = [], createRuntime = [] } = config.hooks ?? {};
  const hooks = prestart.length + createRuntime.length > 0;
  const mappings = planMappings(mounts, linux, namespaces);
  const devices = planNetDevices(linux, namespaces);
  const links = linkMounts(mounts, hiddenPaths(linux));
  const parts = {
    config,
    linux,
    facts,
    options,
    namespaces,
    mounts,
    mappings,
    devices,
    links,
    process,
    hooks,
  };
  mustOwn(parts, "uts", "hostname", config.hostname);
  mustOwn(parts, "uts", "domainname", config.domainname);
  if (!namespaces.own.has("mount")) refuseHidden(parts);
  const container = containerSteps(parts);
  const opened =
    namespaces.own.has("user") && !facts.rootless
      ? openOnHost(container, options)
      : { container, early: [], late: [] };
  const host = hostSteps(parts, opened);
  return { steps: [...host, ...opened.container, ...startSteps(parts)] };
}

/** What is hidden in a /proc that is not the container's own is hidden from nobody. */
function refuseHidden({ linux }: LaunchParts): void {
  const name = (["maskedPaths", "readonlyPaths"] as const).find((one) => linux[one]?.length);
  if (name === undefined) return;
  throw new RuntimeError(
    "HOST_UNSUPPORTED",
    `unable to restrict sys entries without a private MNT namespace: leave out ${name}`,
    { pointer: `/linux/${name}` },
  );
}
