import { RuntimeError } from "../error.ts";
import type { BindStep, LaunchStep, MountAttribute, TargetGuard } from "../generated/plan-ops.ts";
import { type CgroupMountPlace, planCgroupMount } from "./cgroup-mount.ts";
import { type ConfigMount, mountAttributes } from "./config-mount.ts";
import { splitData } from "./mount-options.ts";
import { type MountLinks, needsOldCall } from "./mount-parents.ts";
import { resolvePath } from "./path.ts";
import { slots } from "./slots.ts";

export interface MountPlace extends CgroupMountPlace {
  /** What relative sources are relative to. */
  readonly bundle: string;
  /** The user namespaces of mounts whose ids are mapped, by their pointers. */
  readonly mappings: ReadonlyMap<string, number>;
  /** Label that goes with every new file system. */
  readonly mountLabel?: string;
}

/**
 * Files of /proc that may be mounted over, because file systems such as lxcfs give each container its own
 * view of them; anything else there would be believed by whoever reads it.
 */
const coverableFiles: ReadonlySet<string> = new Set([
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/uptime",
  "/proc/loadavg",
  "/proc/slabinfo",
  "/proc/net/dev",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/sys/crypto/fips_enabled",
]);

function guardOf({ type, destination }: ConfigMount): TargetGuard | undefined {
  // Their own place must be a plain directory: a link there would put them, and what is masked in them
  // afterwards, somewhere else.
  if (type === "proc" || type === "sysfs") return "plain";
  // Where a procfs can't be had anew, or another's is wanted, it is bound.
  if (type === "bind" && destination === "/proc") return "procfs";
  return coverableFiles.has(destination) ? undefined : "proc";
}

/** What a bind clears besides, unless it is locked: asking for one attribute says what all shall be. */
const plainAttributes = ["ro", "nosuid", "nodev", "noexec", "nosymfollow"] as const;

/** Where a mount goes: by its name in a slot when that is known, else by its path. */
function goal(mount: ConfigMount, { parent }: MountLinks) {
  const guard = guardOf(mount);
  const target = mount.destination;
  if (parent?.fresh) return { target, ...parent };
  if (parent === undefined) return { target, ...(guard && { guard }) };
  return { target, directory: parent.directory, name: parent.name, ...(guard && { guard }) };
}

/** A bind of a tree that has its ids mapped before anybody can see it. */
function planMappedBind(
  mount: ConfigMount,
  place: MountPlace,
  links: MountLinks,
): readonly LaunchStep[] {
  const bind = planBind(mount, place, links);
  const userNamespace = place.mappings.get(mount.from);
  if (userNamespace === undefined) return [bind];
  const { from, source: path, recursive = false } = bind;
  const tree = slots.mapped + Number(from.slice("/mounts/".length));
  if (tree >= slots.mappings) {
    const message = "more mounts than the launcher can map the ids of";
    throw new RuntimeError("HOST_UNSUPPORTED", message, { pointer: from });
  }
  const whole = mount.ids?.recursive ?? false;
  return [
    { phase: "container", op: "openTree", from, path, recursive, slot: tree },
    { phase: "container", op: "mapTree", from, path, tree, userNamespace, recursive: whole },
    { ...bind, tree },
  ];
}

function planBind(mount: ConfigMount, place: MountPlace, links: MountLinks): BindStep {
  const { from, destination, source, options } = mount;
  if (source === "") {
    throw new RuntimeError("INVALID_CONFIG", `bind mount on ${destination} needs a source`, {
      pointer: from,
    });
  }
  const { set, cleared, access, setAll, clearAll, propagation } = options;
  // With `remount` only what is named changes.
  const asked = !options.remount && (set.length > 0 || cleared.length > 0 || access !== undefined);
  // Of times too: asking for one attribute says what all shall be.
  const times: readonly MountAttribute[] =
    access !== undefined || set.includes("nodiratime")
      ? ["atime", ...(set.includes("nodiratime") ? [] : (["nodiratime"] as const))]
      : [];
  return {
    phase: "container",
    op: "bind",
    from,
    source: resolvePath(place.bundle, source),
    ...goal(mount, links),
    recursive: options.recursive,
    set: mountAttributes(options),
    clear: [...cleared, ...times],
    clearSoft: asked
      ? plainAttributes.filter((name) => !set.includes(name) && !cleared.includes(name))
      : [],
    setAll,
    clearAll,
    ...(propagation[0] && { propagation: propagation[0] }),
  };
}

function isDelayed({ type, destination, options }: ConfigMount): boolean {
  // What is mounted inside a read-only tmpfs later still needs its place made there.
  return options.set.includes("ro") && (type === "tmpfs" || destination === "/dev");
}

/** SELinux knows the labels of /proc and /sys itself, and a queue's is set on its directory. */
const unlabelled: ReadonlySet<string> = new Set(["proc", "sysfs", "mqueue"]);

/** The label that all files of a new mount get. */
function contextLabel(type: string, { mountLabel }: MountPlace): string | undefined {
  return unlabelled.has(type) ? undefined : mountLabel || undefined;
}

/** The label of a message queue file system. */
function planQueueLabel({ from, type, destination }: ConfigMount, place: MountPlace): LaunchStep[] {
  const { mountLabel: label } = place;
  if (type !== "mqueue" || !label) return [];
  return [{ phase: "container", op: "setFileLabel", from, target: destination, label }];
}

function planNew(mount: ConfigMount, place: MountPlace, links: MountLinks): LaunchStep {
  const { from, type, source, options } = mount;
  const label = contextLabel(type, place);
  const parts = [...splitData(options.data), ...(label === undefined ? [] : [`context=${label}`])];
  const attributes = mountAttributes(options).filter((name) => name !== "ro" || !isDelayed(mount));
  // A mode of its own is in the options; without one the directory's stays.
  const inheritMode = type === "tmpfs" && !parts.some((part) => part.startsWith("mode="));
  const common = {
    phase: "container",
    from,
    fstype: type,
    // A device's name is shown in the table of mounts; without one the kernel says `none`.
    source: source === "" ? "none" : source,
    ...(options.propagation[0] && { propagation: options.propagation[0] }),
  } as const;
  if (needsOldCall(mount)) {
    const flags = attributes.filter((name) => name !== "atime");
    const guard = guardOf(mount);
    return {
      ...common,
      target: mount.destination,
      ...(guard && { guard }),
      op: "mountData",
      flags: [...flags, ...options.flags],
      // In one string the commas of a label would end it.
      data: [...options.data, ...(label === undefined ? [] : [`context="${label}"`])].join(","),
      inheritMode,
    };
  }
  return {
    ...common,
    ...goal(mount, links),
    op: "mount",
    options: parts,
    attributes,
    ...(options.copyUp && { copyUp: true }),
    inheritMode,
    ...(links.slot !== undefined && { slot: links.slot }),
  };
}

/** The attributes of a whole tree: of a bind they are part of its step, of what is new they come after. */
function planTree({ from, destination: target, options }: ConfigMount): readonly LaunchStep[] {
  const { setAll: set, clearAll: clear } = options;
  if (set.length + clear.length === 0) return [];
  const origin = `${from}/options`;
  return [
    { phase: "container", op: "changeMount", from: origin, target, recursive: true, set, clear },
  ];
}

/** The steps of one mount. */
export function planMount(
  mount: ConfigMount,
  links: MountLinks,
  place: MountPlace,
): readonly LaunchStep[] {
  const { from, destination: target, type, options } = mount;
  if (options.copyUp && (type !== "tmpfs" || needsOldCall(mount))) {
    const why = type === "tmpfs" ? "can't be had together with these options" : "is for tmpfs only";
    throw new RuntimeError("INVALID_CONFIG", `mount option tmpcopyup ${why}`, {
      pointer: `${from}/options`,
    });
  }
  if (options.remount && type !== "bind") {
    const set = mountAttributes(options);
    return [
      { phase: "container", op: "changeMount", from, target, set, clear: options.cleared },
      ...planTree(mount),
    ];
  }
  if (type === "") {
    throw new RuntimeError("INVALID_CONFIG", `mount on ${target} needs a type`, { pointer: from });
  }
  const steps =
    type === "cgroup"
      ? planCgroupMount(mount, place)
      : type === "bind"
        ? planMappedBind(mount, place, links)
        : [planNew(mount, place, links), ...planQueueLabel(mount, place), ...planTree(mount)];
  const further = options.propagation.slice(1).map(
    (propagation): LaunchStep => ({
      phase: "container",
      op: "changeMount",
      from: `${from}/options`,
      target,
      propagation,
    }),
  );
  return [...steps, ...further];
}

/** What becomes read-only once everything inside of it has its place. */
export function planDelayedReadonly(mounts: readonly ConfigMount[]): readonly LaunchStep[] {
  return mounts.filter(isDelayed).map(
    ({ from, destination: target }): LaunchStep => ({
      phase: "container",
      op: "changeMount",
      from: `${from}/options`,
      target,
      set: ["ro"],
    }),
  );
}
