import type { LaunchStep } from "../generated/plan-ops.ts";
import { planAffinity } from "./attributes.ts";
import { bringsDev } from "./config-mount.ts";
import { planDevices } from "./devices.ts";
import { gates } from "./gates.ts";
import type { LaunchParts } from "./launch-parts.ts";
import type { MountLinks } from "./mount-parents.ts";
import { planMount } from "./mounts.ts";
import { slots } from "./slots.ts";

const from = "/linux/cgroupsPath";

/** The process joins its cgroups, and only then makes the namespace whose root they are. */
function joinCgroups({ facts, options, namespaces }: LaunchParts): readonly LaunchStep[] {
  const steps: LaunchStep[] = [];
  const { directories } = options.placement;
  if (directories.length > 0) {
    if (!namespaces.fork) {
      steps.push({ phase: "container", op: "await", from: "", gate: gates.cgroup });
    }
    if (!facts.rootless && !namespaces.own.has("user")) {
      for (const { path } of directories)
        steps.push({ phase: "container", op: "joinCgroup", from, path });
    }
  }
  const own = namespaces.from.cgroup;
  if (own !== undefined && !namespaces.joined.some(({ kind }) => kind === "cgroup")) {
    steps.push({ phase: "container", op: "unshare", from: own, namespaces: ["cgroup"] });
  }
  return [...steps, planAffinity(undefined, "")];
}

/** File systems, devices, cgroups: what is made while the host's tree is still in sight. */
export function mountSteps(parts: LaunchParts): readonly LaunchStep[] {
  const { linux, facts, options, namespaces, mounts } = parts;
  const { placement } = options;
  const cgroupNamespace = namespaces.own.has("cgroup");
  const place = {
    bundle: options.bundle,
    cgroup: facts.cgroup,
    placement,
    cgroupNamespace,
    rootless: facts.rootless,
    mappings: parts.mappings.slots,
    ...(linux.mountLabel !== undefined && { mountLabel: linux.mountLabel }),
  };
  const joined = joinCgroups(parts);
  const steps: LaunchStep[] = [];
  const firstCgroup = mounts.findIndex(({ type }) => type === "cgroup");
  const { links } = parts;
  for (const [index, mount] of mounts.entries()) {
    // As late as it can be: the other side makes the cgroups meanwhile.
    if (index === firstCgroup) steps.push(...joined);
    const cgroupSlot = index === firstCgroup ? slots.cgroupTmpfs : undefined;
    steps.push(
      ...planMount(mount, links[index] as MountLinks, {
        ...place,
        ...(cgroupSlot !== undefined && { cgroupSlot }),
      }),
    );
  }
  if (firstCgroup < 0) steps.push(...joined);
  if (!bringsDev(mounts)) {
    const bindNodes = namespaces.own.has("user") || facts.rootless;
    const devSlot = links.some(({ slot }) => slot === slots.dev);
    const devices = { devSlot, bindNodes, kcore: facts.kcore };
    steps.push(...planDevices(linux.devices, devices));
  }
  return steps;
}
