import { mountsToDump } from "../criu/externals.ts";
import { type CriuOptions, criuDescriptor, encodeRequest } from "../criu/request.ts";
import { RuntimeError } from "../error.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import { readHostFacts } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import { encodePlan } from "../plan/encode.ts";
import { lastName, resolvePath } from "../plan/path.ts";
import { slots } from "../plan/slots.ts";
import { readKeptBundle } from "./bundle.ts";
import { criuConfigFile, criuFailure, descriptorsFile, needCriu } from "./criu.ts";
import { remove } from "./delete.ts";
import type { Warn } from "./start.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus } from "./status.ts";
import { readState, type Store } from "./store.ts";

/** How a container is written to disk. */
export interface CheckpointOptions
  extends Pick<
    CriuOptions,
    | "leaveRunning"
    | "extUnixSk"
    | "tcpEstablished"
    | "tcpSkipInFlight"
    | "shellJob"
    | "fileLocks"
    | "linkRemap"
    | "pageServer"
    | "autoDedup"
    | "lazyPages"
    | "cgroupMode"
    | "emptyNetwork"
    | "networkLock"
  > {
  /** Directory of the images, relative to our working directory. */
  readonly imagePath: string;
  /** Directory of the log; that of the images without it. */
  readonly workPath?: string | undefined;
  /** Directory of earlier images, relative to that of these. */
  readonly parentPath?: string | undefined;
  /** Whether only memory is written, and the container goes on. */
  readonly preDump?: boolean;
  /** A descriptor of ours that is told once pages are served. */
  readonly statusFd?: number | undefined;
}

const logFile = "dump.log";

async function checkParent({ files }: Host, images: string, parent: string): Promise<void> {
  const refuse = (why: string): never => {
    throw new RuntimeError("INVALID_ARGUMENT", why);
  };
  if (parent.startsWith("/")) refuse("--parent-path must be relative");
  const path = resolvePath(images, parent);
  const found = await files.status(path);
  if (found?.kind !== "directory") {
    const why = found === undefined ? "no such file or directory" : "not a directory";
    refuse(`invalid --parent-path: stat ${path}: ${why}`);
  }
}

/** Namespaces joined by path, which CRIU shall not write down: `net[4026532000]:extRootNetNS`. */
async function externalNamespaces({ files }: Host, state: StateFile): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [type, name, key] of [
    ["NEWNET", "net", "extRootNetNS"],
    ["NEWPID", "pid", "extRootPidNS"],
  ] as const) {
    const path = state.config.namespaces.find((one) => one.type === type)?.path ?? "";
    if (path === "") continue;
    const status = await files.status(path);
    const link = status?.kind === "symlink" ? await files.readLink(path) : undefined;
    const inode = /\[(\d+)\]$/.exec(link ?? "")?.[1] ?? status?.inode;
    if (inode !== undefined) found.push(`${name}[${inode}]:${key}`);
  }
  return found;
}

async function planDump(
  store: Store,
  state: StateFile,
  options: CheckpointOptions,
): Promise<readonly LaunchStep[]> {
  const { host } = store;
  const { init_process_pid: pid, config: kept, cgroup_paths: paths } = state;
  const bundle = await readKeptBundle(host, state);
  const { cgroup } = await readHostFacts(host);
  const images = resolvePath(host, options.imagePath);
  const { config } = bundle;
  const around = { config, bundle: bundle.path, rootfs: kept.rootfs, cgroup, unified: paths[""] };
  const { preDump = false, workPath, statusFd } = options;
  const from = "";
  const request = encodeRequest(preDump ? "preDump" : "dump", {
    ...options,
    root: kept.rootfs,
    logFile,
    pid,
    images: criuDescriptor(0),
    ...(workPath !== undefined && { work: criuDescriptor(1) }),
    parent: options.parentPath,
    freezer: paths.freezer ?? paths[""],
    externalMounts: preDump ? [] : await mountsToDump(host, around, pid),
    external: await externalNamespaces(host, state),
    configFile: criuConfigFile(config.annotations),
  });
  const self = lastName((await host.files.realPath("/proc/self")) ?? "");
  return [
    ...(statusFd === undefined
      ? []
      : [
          {
            phase: "host",
            op: "openWriter",
            from,
            path: `/proc/${self}/fd/${statusFd}`,
            slot: slots.ready,
          } as const,
        ]),
    {
      phase: "host",
      op: "startCriu",
      from,
      request,
      directories: [images, ...(workPath === undefined ? [] : [resolvePath(host, workPath)])],
    },
    {
      phase: "host",
      op: "finishCriu",
      from,
      partial: preDump,
      ...(statusFd !== undefined && { ready: slots.ready }),
    },
  ];
}

/**
 * Writes a running container to disk, and deletes it unless it is to go on.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `INVALID_ARGUMENT`, `CRIU_FAILED`
 */
export async function checkpoint(
  store: Store,
  id: string,
  options: CheckpointOptions,
  warn: Warn,
): Promise<void> {
  const { host } = store;
  const { preDump = false, leaveRunning = false } = options;
  const state = await readState(store, id);
  const status = await readStatus(store, state);
  if (status !== "running" && status !== "paused") {
    throw new RuntimeError("WRONG_STATE", `Container cannot be checkpointed in ${status} state`, {
      containerId: id,
    });
  }
  const images = resolvePath(host, options.imagePath);
  const work = options.workPath === undefined ? images : resolvePath(host, options.workPath);
  for (const path of [images, work]) await host.files.makeDirectories(path, 0o700);
  if (options.parentPath !== undefined) await checkParent(host, images, options.parentPath);
  if (preDump) await needCriu(host, "mem_dirty_track", "MemTrack");
  if (options.lazyPages) await needCriu(host, "uffd-noncoop", "LazyPages");
  const steps = await planDump(store, state, options);
  if (!preDump) {
    const descriptors = JSON.stringify(state.external_descriptors);
    await host.files.replace(`${images}/${descriptorsFile}`, descriptors, 0o600);
  }
  const failure = await host.launcher.perform(encodePlan(steps));
  if (failure) throw await criuFailure(host, id, failure, `${work}/${logFile}`);
  if (!preDump && !leaveRunning) await remove(store, id, { force: true }, warn);
}
