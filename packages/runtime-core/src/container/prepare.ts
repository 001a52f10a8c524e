import type { Config } from "@ocikit/oci-spec";
import { findDelegation } from "../cgroup/delegation.ts";
import { isFrozen } from "../cgroup/freezer.ts";
import { type CgroupPlacement, cgroupAncestors, cgroupDirectories } from "../cgroup/placement.ts";
import { RuntimeError } from "../error.ts";
import { readHostFacts } from "../host/facts.ts";
import type { Awaitable, Host } from "../host/host.ts";
import { encodePlan } from "../plan/encode.ts";
import type { HostFacts } from "../plan/facts.ts";
import type { RdtPlan } from "../plan/intel-rdt.ts";
import { lastName, parentPath, resolvePath } from "../plan/path.ts";
import { type LaunchPlan, planLaunch } from "../plan/plan.ts";
import type { Scope } from "../systemd/scope.ts";
import { atPlace, type Bundle, readBundle } from "./bundle.ts";
import { findPlacement } from "./granted-cgroups.ts";
import { notifyDirectory, withNotify } from "./notify.ts";
import { passedOver } from "./passed-over.ts";
import { type Filter, loadFilter } from "./seccomp.ts";
import { withListenFds } from "./socket-activation.ts";
import { fifoPath, type Store } from "./store.ts";
import { checkTerminal } from "./terminal.ts";

/** Who makes cgroups: we ourselves, systemd, or nobody, and the container stays in ours. */
export type CgroupManager = "cgroupfs" | "systemd" | "disabled";

/** How a container is to be made. */
export interface CreateOptions {
  /** Path of the bundle, relative to our working directory; empty is that directory. */
  readonly bundle: string;
  /** Path of the file to read in place of the bundle's config.json. */
  readonly configFile?: string | undefined;
  /** Whether it waits for `start`; else it is started right away. */
  readonly waits: boolean;
  /** Whether nobody of ours stays with it. */
  readonly detached: boolean;
  /** Whether its process is brought back from disk, and was started long ago. */
  readonly restored?: boolean;
  readonly consoleSocket?: string | undefined;
  readonly pidfdSocket?: string | undefined;
  readonly pidFile?: string | undefined;
  readonly preserveFds?: number | undefined;
  /** How many of those are sockets that the program is to be told of. */
  readonly listenFds?: number | undefined;
  readonly noPivot?: boolean | undefined;
  readonly noNewKeyring?: boolean | undefined;
  /** `cgroupfs` unless told. */
  readonly cgroupManager?: CgroupManager | undefined;
  /** Answers the plan that is carried out in place of the one it is given: with steps more, fewer or others. */
  readonly changePlan?: ((plan: LaunchPlan, place: PlanPlace) => Awaitable<LaunchPlan>) | undefined;
}

/** What a plan was made for. */
export interface PlanPlace {
  readonly bundle: Bundle;
  readonly rootfs: string;
  readonly facts: HostFacts;
  readonly placement: CgroupPlacement;
}

/** A container that is thought through, with nothing done yet. */
export interface Prepared {
  readonly id: string;
  readonly bundle: Bundle;
  readonly rootfs: string;
  readonly facts: HostFacts;
  readonly placement: CgroupPlacement;
  readonly missingCgroups: readonly string[];
  /** With the systemd driver the unit that is to hold it. */
  readonly scope: Scope | undefined;
  readonly filter: Filter | undefined;
  /** What its standard streams are, as /proc names them. */
  readonly streams: readonly string[];
  readonly rdt: RdtPlan | undefined;
  readonly plan: LaunchPlan;
  /** The plan as the launcher reads it. */
  readonly encoded: Uint8Array;
  /** What of the config is passed over. */
  readonly warnings: readonly string[];
}

/** Finds the root file system, which must be a directory and no symlink to one. */
async function findRootfs(host: Host, { config, path }: Bundle): Promise<string> {
  const { root } = config;
  if (root === undefined) {
    throw new RuntimeError("INVALID_CONFIG", "root is missing", { pointer: "" });
  }
  const pointer = "/root/path";
  if (root.path === "") throw new RuntimeError("INVALID_CONFIG", "the path is empty", { pointer });
  const rootfs = resolvePath(path, root.path);
  const found = await host.files.status(rootfs);
  if (found === undefined) {
    throw new RuntimeError("INVALID_CONFIG", `stat ${rootfs}: no such file or directory`, {
      pointer,
    });
  }
  if (found.kind !== "directory") {
    throw new RuntimeError("INVALID_CONFIG", `${rootfs} is not a directory (but a ${found.kind})`, {
      pointer,
    });
  }
  if (rootfs === "/") return rootfs;
  // It is no symlink itself, so what is left to follow are those above it.
  const real = await host.files.realPath(parentPath(rootfs));
  if (real === undefined) {
    throw new RuntimeError("INVALID_CONFIG", `stat ${rootfs}: no such file or directory`, {
      pointer,
    });
  }
  return resolvePath(real, lastName(rootfs));
}

/** Directories above a container's cgroups that are not there yet, outermost first in each hierarchy. */
async function findMissing(host: Host, placement: CgroupPlacement): Promise<readonly string[]> {
  const places = placement.directories.map(({ path, mountpoint }) => ({ path, mountpoint }));
  const { unified, unifiedMountpoint } = placement;
  if (unified !== undefined && unifiedMountpoint !== undefined) {
    places.unshift({ path: unified, mountpoint: unifiedMountpoint });
  }
  const missing: string[] = [];
  for (const { path, mountpoint } of places) {
    const own: string[] = [];
    for (const directory of [...cgroupAncestors(path, mountpoint)].reverse()) {
      if ((await host.files.status(directory)) !== undefined) break;
      own.unshift(directory);
    }
    missing.push(...own);
  }
  return missing;
}

/** Two containers in one cgroup would share a fate: the limits of one, the end of the other. */
async function refuseUsedCgroup(host: Host, placement: CgroupPlacement): Promise<void> {
  const [path] = cgroupDirectories(placement);
  if (path === undefined || (await host.files.status(path)) === undefined) return;
  for (const directory of cgroupDirectories(placement)) {
    if (!(await host.files.readText(`${directory}/cgroup.procs`))) continue;
    throw new RuntimeError("INVALID_CONFIG", `container's cgroup is not empty: ${directory}`, {
      pointer: "/linux/cgroupsPath",
    });
  }
}

/** In one that stands still nothing would start, and nobody would be told. */
async function refuseFrozenCgroup(host: Host, placement: CgroupPlacement): Promise<void> {
  if (!(await isFrozen(host, placement.paths))) return;
  throw new RuntimeError("INVALID_CONFIG", "container's cgroup unexpectedly frozen", {
    pointer: "/linux/cgroupsPath",
  });
}

interface Place {
  readonly placement: CgroupPlacement;
  readonly missingCgroups: readonly string[];
  readonly scope: Scope | undefined;
}

async function findPlace(
  { host }: Store,
  id: string,
  { config }: Bundle,
  facts: HostFacts,
  { cgroupManager, detached }: CreateOptions,
): Promise<Place> {
  if (cgroupManager === "systemd") {
    const { planScope } = await import("../systemd/scope.ts");
    const scope = await planScope(host, { id, config, facts, detached });
    await refuseUsedCgroup(host, scope.placement);
    const missingCgroups = await findMissing(host, scope.beyond);
    return { placement: scope.placement, missingCgroups, scope };
  }
  const placement =
    cgroupManager === "disabled"
      ? { paths: {}, directories: [] }
      : await findPlacement(host, facts, config.linux?.cgroupsPath, id);
  await refuseUsedCgroup(host, placement);
  // One that is named for the container itself is nobody else's to freeze.
  if (config.linux?.cgroupsPath) await refuseFrozenCgroup(host, placement);
  return { placement, missingCgroups: await findMissing(host, placement), scope: undefined };
}

/** The container's places in resctrl, when it asks for any. */
async function findRdt(host: Host, { linux }: Config, id: string): Promise<RdtPlan | undefined> {
  const rdt = linux?.intelRdt;
  if (!rdt) return undefined;
  const [{ readResctrl }, { planIntelRdt }] = await Promise.all([
    import("../host/resctrl.ts"),
    import("../plan/intel-rdt.ts"),
  ]);
  return planIntelRdt(rdt, id, await readResctrl(host, rdt, id));
}

function withSockets(config: Config, count: number): Config {
  const { process } = config;
  return process === undefined ? config : { ...config, process: withListenFds(process, count) };
}

async function plan(
  store: Store,
  id: string,
  bundle: Bundle,
  options: CreateOptions,
): Promise<Prepared> {
  const { host } = store;
  const notify = await notifyDirectory(store, id);
  const told = notify === undefined ? bundle.config : withNotify(bundle.config, notify);
  const config = withSockets(told, options.listenFds ?? 0);
  checkTerminal({
    terminal: config.process?.terminal ?? false,
    detached: options.detached,
    consoleSocket: options.consoleSocket,
  });
  const rootfs = await findRootfs(host, bundle);
  const facts = await readHostFacts(host);
  const place = await findPlace(store, id, bundle, facts, options);
  const { placement, missingCgroups } = place;
  const filter = await loadFilter(store, config);
  if (filter && host.debug !== undefined) {
    await host.debug(`seccomp filter flags: ${filter.flags}`);
  }
  const rdt = await findRdt(host, config, id);
  const delegation = await findDelegation(host, config, rootfs, facts);
  const planned = planLaunch(config, facts, {
    id,
    bundle: bundle.path,
    rootfs,
    placement,
    missingCgroups,
    ...(options.waits && { fifo: fifoPath(store, id) }),
    ...(options.consoleSocket !== undefined && {
      consoleSocket: resolvePath(host, options.consoleSocket),
    }),
    ...(options.pidfdSocket !== undefined && {
      pidfdSocket: resolvePath(host, options.pidfdSocket),
    }),
    preserveFds: options.preserveFds ?? 0,
    noPivot: options.noPivot ?? false,
    noNewKeyring: options.noNewKeyring ?? false,
    ...(filter && { seccomp: filter }),
    ...(rdt && { rdt }),
    ...(delegation && { delegation }),
    ...(notify !== undefined && { ownDirectories: [notify] }),
  });
  const launch = options.changePlan
    ? await options.changePlan(planned, { bundle, rootfs, facts, placement })
    : planned;
  const encoded = encodePlan(launch.steps);
  const warnings = passedOver(config, placement);
  const streams = await readStreams(host);
  const own = { filter, rdt, streams, warnings };
  const thought = { id, bundle, rootfs, facts, ...place, ...own };
  return { ...thought, plan: launch, encoded };
}

async function readStreams({ files }: Host): Promise<readonly string[]> {
  const streams: string[] = [];
  for (const fd of [0, 1, 2]) streams.push((await files.readLink(`/proc/self/fd/${fd}`)) ?? "");
  return streams;
}

/** Says where in the bundle's config.json an error comes from, when it comes from there. */
export async function placed(error: unknown, bundle: Bundle): Promise<unknown> {
  if (!(error instanceof RuntimeError) || error.pointer === undefined) return error;
  const { message, position } = await atPlace(bundle, error.pointer, error.message);
  const { code, pointer, containerId } = error;
  return new RuntimeError(code, message, {
    pointer,
    position,
    cause: error,
    ...(containerId !== undefined && { containerId }),
  });
}

/**
 * Reads a bundle and plans its launch; changes nothing but the cache of seccomp programs.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`, `INVALID_CONFIG`, `HOST_UNSUPPORTED`
 */
export async function prepare(store: Store, id: string, options: CreateOptions): Promise<Prepared> {
  const bundle = await readBundle(store.host, options.bundle, options.configFile);
  try {
    return await plan(store, id, bundle, options);
  } catch (error) {
    throw await placed(error, bundle);
  }
}
