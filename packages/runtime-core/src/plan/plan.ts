import type { Config, Linux } from "@ocikit/oci-spec";
import { compileDeviceFilter } from "../cgroup/device-filter.ts";
import { deviceRules } from "../cgroup/devices.ts";
import { type CgroupPlacement, cgroupAncestors } from "../cgroup/placement.ts";
import { planResources } from "../cgroup/resources.ts";
import { RuntimeError } from "../error.ts";
import type { LaunchStep, NamespaceName } from "../generated/plan-ops.ts";
import { planAffinity, sharedAttributes } from "./attributes.ts";
import { bringsDev, type ConfigMount, readMounts } from "./config-mount.ts";
import { planDevices } from "./devices.ts";
import type { Delegation, HostFacts } from "./facts.ts";
import { gates } from "./gates.ts";
import { hiddenPaths, planHiddenPaths } from "./hidden-paths.ts";
import { planHooks } from "./hooks.ts";
import { type HostTrees, openOnHost } from "./host-trees.ts";
import { canSetGroups, planIdMaps } from "./idmap.ts";
import type { RdtPlan } from "./intel-rdt.ts";
import { type MountMappings, planMappings } from "./mount-mappings.ts";
import { linkMounts, type MountLinks } from "./mount-parents.ts";
import { planDelayedReadonly, planMount } from "./mounts.ts";
import {
  enterNamespaces,
  type NamespacePlan,
  openNamespaces,
  planNamespaces,
} from "./namespaces.ts";
import { planNetDevices } from "./net-devices.ts";
import { parentPath } from "./path.ts";
import { type ProcessSteps, planKeyring, planLabels, planProcess, setsLabels } from "./process.ts";
import type { SeccompFilter } from "./seccomp.ts";
import { slots } from "./slots.ts";
import { hookState } from "./state-text.ts";
import { planSysctl } from "./sysctl.ts";
import { pidHole } from "./template.ts";
import { timeOffsets } from "./time-offsets.ts";

export interface LaunchOptions {
  readonly id: string;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of the root file system, without symlinks. */
  readonly rootfs: string;
  readonly placement: CgroupPlacement;
  /** Directories above the container's cgroups that are not there yet, outermost first. */
  readonly missingCgroups?: readonly string[];
  /** The fifo at which the process waits for `start`; without one it goes on as soon as it is told. */
  readonly fifo?: string;
  /** Unix socket that receives the master of the terminal; without one it stays with the launcher. */
  readonly consoleSocket?: string;
  /** Unix socket that receives a pidfd of the process. */
  readonly pidfdSocket?: string;
  /** How many descriptors after the standard ones the program keeps. */
  readonly preserveFds?: number;
  /** Whether the root is changed by moving the mount, for roots on which pivot_root fails (ramfs). */
  readonly noPivot?: boolean;
  readonly noNewKeyring?: boolean;
  /** Directories of the runtime that the container's mounts need. */
  readonly ownDirectories?: readonly string[];
  /** The container's places in resctrl. */
  readonly rdt?: RdtPlan;
  /** Whom the cgroup is given to, and which files of it. */
  readonly delegation?: Delegation;
  /** The compiled seccomp profile of the config. */
  readonly seccomp?: SeccompFilter;
}

/** What the launcher does to bring a container to life: plain data. */
export interface LaunchPlan {
  readonly steps: readonly LaunchStep[];
}

function cpusetCopies(directory: string, parent: string): readonly LaunchStep[] {
  // A new cpuset has no CPUs, and a process that would join it is refused.
  return ["cpuset.cpus", "cpuset.mems"].map((file) => ({
    phase: "host",
    op: "copyFile",
    from: "",
    source: `${parent}/${file}`,
    target: `${directory}/${file}`,
  }));
}

const from = "/linux/cgroupsPath";

function makeDirectories(paths: readonly string[]): readonly LaunchStep[] {
  return paths.map((path) => ({
    phase: "host",
    op: "makeDirectory",
    from,
    path,
    mode: 0o755,
    existing: true,
  }));
}

/** Makes the v2 cgroup, with the controllers of its limits handed down to it. */
function makeUnified(
  placement: CgroupPlacement,
  missing: readonly string[],
  controllers: readonly string[],
): readonly LaunchStep[] {
  const { unified, unifiedMountpoint } = placement;
  if (unified === undefined || unifiedMountpoint === undefined) return [];
  const own = missing.filter((path) => path.startsWith(`${unifiedMountpoint}/`));
  const steps: LaunchStep[] = [...makeDirectories(own)];
  if (controllers.length > 0) {
    // One write each: one that can't be had here keeps none of the others from being handed down.
    const texts = controllers.map((name) => `+${name}`);
    for (const directory of [unifiedMountpoint, ...cgroupAncestors(unified, unifiedMountpoint)]) {
      const path = `${directory}/cgroup.subtree_control`;
      steps.push({ phase: "host", op: "writeFile", from, path, texts, optional: true });
    }
  }
  return [...steps, ...makeOwn(placement, unified)];
}

/** Controllers that are handed down in v2: all where there is no other, else those that limits need. */
function handedDown(
  { unified, unifiedControllers = [] }: CgroupPlacement,
  { cgroup }: HostFacts,
  limits: readonly LaunchStep[],
): readonly string[] {
  if (cgroup.mode === "v2") return cgroup.unified.controllers;
  return unifiedControllers.filter((name) =>
    limits.some((step) => step.op === "writeFile" && step.path.startsWith(`${unified}/${name}.`)),
  );
}

/** The container's own cgroup, which nobody else may be in; one of systemd's making is there, and held. */
function makeOwn({ made }: CgroupPlacement, path: string): readonly LaunchStep[] {
  return made ? makeDirectories([path]) : [{ phase: "host", op: "makeCgroup", from, path }];
}

function makeV1(
  placement: CgroupPlacement,
  missing: readonly string[],
  rootless: boolean,
): readonly LaunchStep[] {
  return placement.directories.flatMap(({ names, mountpoint, path }) => {
    const ancestors = cgroupAncestors(path, mountpoint);
    const own = missing.filter((directory) => ancestors.includes(directory));
    const steps: LaunchStep[] = [...makeDirectories(own)];
    if (names.includes("cpuset")) {
      // Those that were there are an administrator's, who has to have set them.
      const settled = rootless ? own : ancestors;
      let parent = rootless ? parentPath(own[0] ?? path) : mountpoint;
      for (const ancestor of settled) {
        steps.push(...cpusetCopies(ancestor, parent));
        parent = ancestor;
      }
      return [...steps, ...makeOwn(placement, path), ...cpusetCopies(path, parent)];
    }
    return [...steps, ...makeOwn(placement, path)];
  });
}

interface Parts {
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

function mustOwn(parts: Parts, kind: NamespaceName, property: string, given: unknown): void {
  if (given === undefined || given === "" || parts.namespaces.own.has(kind)) return;
  throw new RuntimeError(
    "INVALID_CONFIG",
    `${property} needs a ${kind} namespace of the container's own`,
    {
      pointer: `/${property}`,
    },
  );
}

/** On the host, before and around the clone. */
function hostSteps(
  { config, linux, facts, options, namespaces, mappings, devices, process, hooks }: Parts,
  trees: Omit<HostTrees, "container">,
): readonly LaunchStep[] {
  const { placement, missingCgroups = [] } = options;
  const steps: LaunchStep[] = [...openNamespaces(namespaces)];
  for (const path of options.ownDirectories ?? []) {
    steps.push({ phase: "host", op: "makeDirectory", from: "", path, mode: 0o755 });
  }
  steps.push(...mappings.host);
  const opens = trees.early.length + trees.late.length > 0;
  const inherit = [
    ...namespaces.joined.map(({ slot }) => slot),
    // The process maps ids itself where it opens its sources itself.
    ...(opens ? [] : mappings.made),
  ];
  const limits = planResources(linux.resources, placement, facts.rootless);
  const controllers = handedDown(placement, facts, limits);
  steps.push(...makeUnified(placement, missingCgroups, controllers));
  if (placement.unified !== undefined) {
    steps.push({
      phase: "host",
      op: "openDirectory",
      from,
      path: placement.unified,
      slot: slots.cgroup,
    });
  }
  const v2 = placement.directories.length === 0;
  // With v2 the process is born with its limits; with v1 they are set while it is busy with mounts.
  if (v2) steps.push(...limits);
  if (v2 && placement.unified !== undefined && !facts.rootless) {
    const program = compileDeviceFilter(deviceRules(linux.resources?.devices));
    const pointer = "/linux/resources/devices";
    steps.push({
      phase: "host",
      op: "filterDevices",
      from: pointer,
      cgroup: slots.cgroup,
      program,
    });
  }
  if (options.delegation !== undefined && placement.unified !== undefined) {
    const { uid, files } = options.delegation;
    steps.push({ phase: "host", op: "ownCgroup", from, path: placement.unified, files, uid });
  }
  if (options.fifo !== undefined) {
    const { fifoReader: reader, fifoWriter: writer } = slots;
    steps.push(
      { phase: "host", op: "makeFifo", from: "", path: options.fifo, mode: 0o622 },
      { phase: "host", op: "openFifo", from: "", path: options.fifo, reader, writer },
    );
    inherit.push(reader, writer);
  }
  if (options.consoleSocket !== undefined) {
    const path = options.consoleSocket;
    steps.push({ phase: "host", op: "connectSocket", from: "", path, slot: slots.consoleSocket });
    inherit.push(slots.consoleSocket);
  }
  if (options.pidfdSocket !== undefined) {
    const path = options.pidfdSocket;
    steps.push({ phase: "host", op: "connectSocket", from: "", path, slot: slots.pidfdSocket });
    inherit.push(slots.pidfdSocket);
  }
  const ids = namespaces.cloned.includes("user");
  steps.push({
    phase: "host",
    op: "clone",
    from: "/linux/namespaces",
    namespaces: namespaces.cloned,
    ...(placement.unified !== undefined && { cgroup: slots.cgroup }),
    ids,
    preserve: options.preserveFds ?? 0,
    inherit,
  });
  if (ids)
    steps.push(...planIdMaps(linux, facts), {
      phase: "host",
      op: "pass",
      from: "",
      gate: gates.ids,
    });
  if (namespaces.userLater) {
    steps.push(
      { phase: "host", op: "await", from: "", gate: gates.unshared },
      ...planIdMaps(linux, facts),
      { phase: "host", op: "pass", from: "", gate: gates.mapped },
    );
  }
  const score = config.process?.oomScoreAdj;
  if (score !== undefined) {
    const path = `/proc/${pidHole}/oom_score_adj`;
    steps.push({
      phase: "host",
      op: "writeFile",
      from: "/process/oomScoreAdj",
      path,
      texts: [String(score)],
    });
  }
  if (options.rdt) steps.push(...options.rdt.steps);
  const moved: readonly LaunchStep[] =
    devices.length === 0
      ? []
      : [{ phase: "host", op: "await", from: "", gate: gates.network }, ...devices];
  // A process that goes on as another enters its namespaces only after its cgroups.
  if (!namespaces.fork) steps.push(...moved);
  steps.push(...trees.early);
  if (!v2) {
    steps.push(...makeV1(placement, missingCgroups, facts.rootless), ...limits);
    if (facts.rootless || ids || namespaces.own.has("user")) {
      for (const { path } of placement.directories) {
        const texts = [pidHole];
        steps.push({ phase: "host", op: "writeFile", from, path: `${path}/cgroup.procs`, texts });
      }
    }
  }
  if (!v2 || namespaces.fork) {
    steps.push({ phase: "host", op: "pass", from: "", gate: gates.cgroup });
  }
  if (namespaces.fork) steps.push(...moved);
  steps.push(...trees.late);
  if (hooks) {
    const place = {
      phase: "host",
      directory: options.bundle,
      state: state(config, options, "creating"),
    } as const;
    steps.push(
      { phase: "host", op: "await", from: "", gate: gates.hooks },
      ...planHooks(config.hooks, "prestart", place),
      ...planHooks(config.hooks, "createRuntime", place),
      { phase: "host", op: "pass", from: "", gate: gates.hooksDone },
    );
  }
  return [...steps, ...process.host];
}

function state(
  config: Config,
  { id, bundle }: LaunchOptions,
  status: "creating" | "created",
): string {
  const { ociVersion, annotations } = config;
  return hookState({ ociVersion, id, status, bundle, annotations });
}

/** The process joins its cgroups, and only then makes the namespace whose root they are. */
function joinCgroups({ facts, options, namespaces }: Parts): readonly LaunchStep[] {
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

const propagations = new Set(["rslave", "rprivate", "runbindable"]);

function rootSteps({ linux, options, namespaces, mounts }: Parts): readonly LaunchStep[] {
  const path = options.rootfs;
  const from = "/root/path";
  if (!namespaces.own.has("mount")) {
    if (mounts.length === 0) {
      return [{ phase: "container", op: "openDirectory", from, path, slot: slots.root }];
    }
    // What is mounted in it is in the host's sight, but in this place only.
    return [
      { phase: "container", op: "openRoot", from, path },
      { phase: "container", op: "changeMount", from, target: "/", propagation: "rprivate" },
    ];
  }
  // Nothing that is mounted here may reach the host, but what the config shares on purpose.
  const propagation = linux.rootfsPropagation ?? "rslave";
  const pointer = linux.rootfsPropagation === undefined ? "" : "/linux/rootfsPropagation";
  return [
    { phase: "container", op: "setPropagation", from: pointer, path: "/", propagation },
    ...(propagations.has(propagation)
      ? []
      : [{ phase: "container", op: "isolateParent", from: pointer, path } as const]),
    { phase: "container", op: "openRoot", from: "/root/path", path },
  ];
}

/** File systems, devices, cgroups: what is made while the host's tree is still in sight. */
function mountSteps(parts: Parts): readonly LaunchStep[] {
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
    steps.push(...planMount(mount, links[index] as MountLinks, place));
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

function pivotSteps({ linux, options, namespaces }: Parts): readonly LaunchStep[] {
  const pointer = "/root/path";
  if (!namespaces.own.has("mount")) {
    return [{ phase: "container", op: "enterRoot", from: pointer }];
  }
  const propagation = linux.rootfsPropagation;
  const shared = propagation !== undefined && !propagations.has(propagation);
  const steps: LaunchStep[] = options.noPivot
    ? [
        { phase: "container", op: "uncoverSystem", from: pointer },
        { phase: "container", op: "enterRoot", from: pointer, move: true },
      ]
    : [{ phase: "container", op: "pivot", from: pointer, shared }];
  if (propagation !== undefined) {
    const origin = "/linux/rootfsPropagation";
    steps.push({ phase: "container", op: "setPropagation", from: origin, path: "/", propagation });
  }
  return steps;
}

/** Inside the new root: what the container looks like to its program. */
function insideSteps(parts: Parts): readonly LaunchStep[] {
  const { config, linux, options, namespaces, mounts } = parts;
  const steps: LaunchStep[] = [];
  const add = (...more: readonly LaunchStep[]): void => void steps.push(...more);
  const { process } = config;
  if (process) {
    const path = process.cwd;
    if (path !== "/")
      add({ phase: "container", op: "makePath", from: "/process/cwd", path, mode: 0o755 });
  }
  if (process?.terminal) {
    const { consoleSize } = process;
    add({
      phase: "container",
      op: "openTerminal",
      from: "/process/terminal",
      columns: Number(consoleSize?.width ?? 0),
      rows: Number(consoleSize?.height ?? 0),
      console: true,
      ...(options.consoleSocket !== undefined && { socket: slots.consoleSocket }),
    });
  } else add({ phase: "container", op: "reopenNull", from: "" });
  if (options.pidfdSocket !== undefined) {
    add({ phase: "container", op: "sendPidfd", from: "", socket: slots.pidfdSocket });
  }
  add(...planDelayedReadonly(mounts));
  if (config.root?.readonly) {
    add({
      phase: "container",
      op: "changeMount",
      from: "/root/readonly",
      target: "/",
      slot: slots.root,
      set: ["ro"],
    });
  }
  if (config.hostname) {
    add({ phase: "container", op: "setHostname", from: "/hostname", name: config.hostname });
  }
  if (config.domainname) {
    add({ phase: "container", op: "setDomainname", from: "/domainname", name: config.domainname });
  }
  add(...planSysctl(linux.sysctl, namespaces.own));
  add(...planHiddenPaths(linux, mounts, parts.links));
  return steps;
}

/** In the new namespaces, until the container is created. */
function containerSteps(parts: Parts): readonly LaunchStep[] {
  const { config, linux, facts, options, namespaces, process, hooks } = parts;
  const steps: LaunchStep[] = [];
  if (linux.sysctl || setsLabels(config.process)) {
    const magic = "proc";
    steps.push({
      phase: "container",
      op: "openDirectory",
      from: "",
      path: "/proc",
      magic,
      slot: slots.proc,
    });
  }
  if (!options.noNewKeyring) {
    steps.push(...planKeyring(options.id, config.process, "/process"));
  }
  steps.push(
    ...enterNamespaces(namespaces, {
      groups: canSetGroups(linux, facts),
      rootless: facts.rootless,
      timeOffsets: timeOffsets(linux, namespaces),
    }),
  );
  if (parts.devices.length > 0) {
    steps.push({ phase: "container", op: "pass", from: "", gate: gates.network });
  }
  steps.push({ phase: "container", op: "startSession", from: "" });
  steps.push(...rootSteps(parts), ...mountSteps(parts));
  if (hooks) {
    steps.push(
      { phase: "container", op: "pass", from: "", gate: gates.hooks },
      { phase: "container", op: "await", from: "", gate: gates.hooksDone },
    );
  }
  const place = {
    phase: "container",
    directory: options.rootfs,
    state: state(config, options, "creating"),
  } as const;
  steps.push(
    ...planHooks(config.hooks, "createContainer", place),
    ...pivotSteps(parts),
    ...insideSteps(parts),
    ...planLabels(config.process, "/process"),
    ...process.container,
  );
  return steps;
}

function startSteps({ config, options, process }: Parts): readonly LaunchStep[] {
  const { fifoReader: reader, fifoWriter: writer } = slots;
  const place = {
    phase: "start",
    directory: "",
    state: state(config, options, "created"),
    inherited: process.environment,
  } as const;
  return [
    ...(options.fifo === undefined
      ? []
      : [{ phase: "start", op: "awaitStart", from: "", reader, writer } as const]),
    ...process.filter,
    ...planHooks(config.hooks, "startContainer", place),
    ...process.start,
  ];
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
    state: { ociVersion: config.ociVersion, container: state(config, options, "creating") },
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
function refuseHidden({ linux }: Parts): void {
  const name = (["maskedPaths", "readonlyPaths"] as const).find((one) => linux[one]?.length);
  if (name === undefined) return;
  throw new RuntimeError(
    "HOST_UNSUPPORTED",
    `unable to restrict sys entries without a private MNT namespace: leave out ${name}`,
    { pointer: `/linux/${name}` },
  );
}
