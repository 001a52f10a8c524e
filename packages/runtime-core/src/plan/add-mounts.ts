import type { Linux } from "@ocikit/oci-spec";
import type { CgroupPlacement } from "../cgroup/placement.ts";
import { RuntimeError } from "../error.ts";
import type { BindStep, LaunchStep, MountStep, NamespaceName } from "../generated/plan-ops.ts";
import type { ConfigMount } from "./config-mount.ts";
import { type MountsTarget, namespaceSlot, planEntrance } from "./enter-mounts.ts";
import { openOnHost } from "./host-trees.ts";
import { planMappings } from "./mount-mappings.ts";
import { needsOldCall } from "./mount-parents.ts";
import { planDelayedReadonly, planMount } from "./mounts.ts";
import type { LaunchPlan } from "./plan.ts";
import type { MountPoint } from "./remove-mounts.ts";
import { slots } from "./slots.ts";

/** A running container that gets mounts. */
export interface AddMountsTarget extends MountsTarget {
  /** What relative sources are relative to. */
  readonly cwd: string;
  /** How its user namespace maps ids. */
  readonly maps: Pick<Linux, "uidMappings" | "gidMappings">;
  /** Label that goes with every new file system. */
  readonly mountLabel?: string | undefined;
}

/**
 * File systems that take nothing from the host's files, each with the namespace that it shows: they are
 * mounted as the container would do it.
 */
const kernelOwn: Readonly<Record<string, NamespaceName | undefined>> = {
  cgroup2: "cgroup",
  devpts: undefined,
  mqueue: "ipc",
  proc: "pid",
  ramfs: undefined,
  sysfs: "network",
  tmpfs: undefined,
};

function isKernelOwn({ type }: ConfigMount): boolean {
  return Object.hasOwn(kernelOwn, type);
}

/** The mounts that the launcher has slots for at once. */
const mostMounts = slots.trees - slots.mounts;

const noCgroups: CgroupPlacement = { paths: {}, directories: [] };

function check(mounts: readonly ConfigMount[]): void {
  if (mounts.length > mostMounts) {
    const message = `more mounts than can be added at once, which are ${mostMounts}`;
    throw new RuntimeError("HOST_UNSUPPORTED", message, { pointer: `/mounts/${mostMounts}` });
  }
  for (const mount of mounts) {
    const { from, type, options } = mount;
    const refuse = (message: string, pointer: string): never => {
      throw new RuntimeError("INVALID_CONFIG", message, { pointer });
    };
    if (options.remount) refuse("a mount that is there can't be changed", `${from}/options`);
    if (type === "cgroup") {
      refuse("cgroups are mounted only when a container is created", `${from}/type`);
    }
    if (type !== "bind" && !isKernelOwn(mount) && needsOldCall(mount)) {
      const message = `${type} can be mounted in a running container only without these options`;
      refuse(message, `${from}/options`);
    }
  }
}

/** Without a word on it a mount is the container's alone: its source is one of the host's peers otherwise. */
function alone(mount: ConfigMount): ConfigMount {
  const { type, options } = mount;
  if (type !== "bind" || options.propagation.length > 0) return mount;
  return { ...mount, options: { ...options, propagation: ["rprivate"] } };
}

/** Steps of mounts, told apart by whether they look at the host's files or at the container's. */
interface Parted {
  readonly outside: readonly LaunchStep[];
  readonly inside: readonly LaunchStep[];
}

/** What takes files of the host is made there, detached, and only bound in the container. */
function detach(step: MountStep, slot: number): Parted {
  const { from, source, target, guard } = step;
  const { guard: _, ...made } = step;
  const bind: BindStep = {
    phase: "container",
    op: "bind",
    from,
    source,
    tree: slot,
    target,
    ...(guard && { guard }),
  };
  return { outside: [{ ...made, detached: true, slot }], inside: [bind] };
}

function partStep(step: LaunchStep, mount: ConfigMount, index: number): Parted {
  if (step.op === "bind" && step.tree === undefined) {
    const { from, source: path, recursive = false } = step;
    const slot = slots.trees + index;
    const open = { phase: "container", op: "openTree", from, path, recursive, slot } as const;
    return { outside: [open], inside: [{ ...step, tree: slot }] };
  }
  if (step.op === "openTree" || step.op === "mapTree") return { outside: [step], inside: [] };
  if (step.op === "mount" && !isKernelOwn(mount)) return detach(step, slots.mounts + index);
  return { outside: [], inside: [step] };
}

/**
 * Plans mounts in a container that runs. Sources are opened on the host, by its paths, before the process is
 * among the container's mounts; there every target is looked up beneath the root.
 *
 * @throws RuntimeError `INVALID_CONFIG` for a mount that can't be made, with its pointer;
 *   `HOST_UNSUPPORTED` for more than can be added at once
 */
export function planAddMounts(given: readonly ConfigMount[], target: AddMountsTarget): LaunchPlan {
  check(given);
  const mounts = given.map(alone);
  const user = target.namespaces.includes("user");
  const kind = "user";
  const joined = user ? [{ kind, path: "", from: "", slot: namespaceSlot(kind) } as const] : [];
  const mappings = planMappings(mounts, target.maps, { joined, own: new Set() });
  const place = {
    bundle: target.cwd,
    mappings: mappings.slots,
    // Of use for mounts of cgroups alone, which are refused.
    cgroup: { mode: "none" },
    placement: noCgroups,
    cgroupNamespace: false,
    rootless: target.rootless,
    ...(target.mountLabel && { mountLabel: target.mountLabel }),
  } as const;
  const planned = mounts.map((mount) =>
    planMount(mount, { slot: undefined, parent: undefined }, place),
  );
  // In its user namespace the process may not pass where only the host's root may.
  const visited =
    user && !target.rootless ? openOnHost(planned.flat(), { placement: noCgroups }) : undefined;
  const received = (visited?.container ?? []).filter(({ from }) => from === "");
  const parted = mounts.flatMap((mount, index) => {
    const steps = visited?.container.filter(
      ({ from }) => from === mount.from || from.startsWith(`${mount.from}/`),
    );
    return (steps ?? planned[index] ?? []).map((step) => partStep(step, mount, index));
  });
  const kinds = mounts.flatMap(({ type }) => kernelOwn[type] ?? []);
  const entrance = planEntrance(target, kinds, visited ? [] : mappings.made);
  return {
    steps: [
      ...mappings.host,
      ...entrance.host,
      ...(visited?.early ?? []),
      ...(visited?.late ?? []),
      ...entrance.approach,
      // The host's mounts as the container's user namespace may have them: with every lock on them.
      ...(user
        ? [{ phase: "container", op: "unshare", from: "", namespaces: ["mount"] } as const]
        : []),
      ...received,
      ...parted.flatMap(({ outside }) => outside),
      ...entrance.enter,
      ...parted.flatMap(({ inside }) => inside),
      ...planDelayedReadonly(mounts),
    ],
  };
}

/** The mounts that were made before a failure. */
export function mountsBefore(
  { steps }: LaunchPlan,
  { step: failed, syscall }: { readonly step: number; readonly syscall: string },
): readonly MountPoint[] {
  // The launcher counts through the phases.
  const ordered = (["host", "container"] as const).flatMap((phase) =>
    steps.filter((step) => step.phase === phase),
  );
  // The old call can have mounted, and fail at what comes after it.
  const late = ordered[failed]?.op === "mountData" && syscall === "mount_setattr" ? 1 : 0;
  return ordered.slice(0, Math.max(failed, 0) + late).flatMap((step) => {
    const isMount =
      step.op === "bind" || step.op === "mountData" || (step.op === "mount" && !step.detached);
    return isMount ? [{ from: step.from, target: step.target }] : [];
  });
}
