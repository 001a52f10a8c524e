import { cgroupDirectories } from "../cgroup/placement.ts";
import { makeMountpoints, mountsToRestore } from "../criu/externals.ts";
import { type CriuOptions, criuDescriptor, encodeRequest } from "../criu/request.ts";
import { errnoNumber } from "../errno.ts";
import { LaunchError, RuntimeError } from "../error.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { ExitStatus, Host } from "../host/host.ts";
import { resolvePath } from "../plan/path.ts";
import type { LaunchPlan } from "../plan/plan.ts";
import { slots } from "../plan/slots.ts";
import { pidHole } from "../plan/template.ts";
import { criuConfigFile, criuFailure, descriptorsFile } from "./criu.ts";
import type { PlanPlace } from "./prepare.ts";
import { type RunOptions, run } from "./run.ts";
import type { Warn } from "./start.ts";
import { containerDirectory, type Store } from "./store.ts";

/** How a container comes back from disk. */
export interface RestoreOptions
  extends Omit<RunOptions, "keep" | "changePlan">,
    Pick<
      CriuOptions,
      | "extUnixSk"
      | "tcpEstablished"
      | "tcpClose"
      | "shellJob"
      | "fileLocks"
      | "autoDedup"
      | "lazyPages"
      | "cgroupMode"
      | "emptyNetwork"
      | "lsmProfile"
      | "lsmMountContext"
    > {
  /** Directory of the images, relative to our working directory. */
  readonly imagePath: string;
  readonly workPath?: string | undefined;
}

const logFile = "restore.log";

const cgroupRoot = "/sys/fs/cgroup/";

/** Of the plan for a new container: the steps that make its cgroups, with their limits. */
function isCgroupStep(step: LaunchStep): boolean {
  switch (step.op) {
    case "makeDirectory":
    case "makeCgroup":
    case "ownCgroup":
    case "writeEither":
      return step.path.startsWith(cgroupRoot);
    case "writeFile":
      return step.path.startsWith(cgroupRoot) && !step.texts.includes(pidHole);
    case "copyFile":
      return step.target.startsWith(cgroupRoot);
    case "openDirectory":
      return step.slot === slots.cgroup;
    case "filterDevices":
      return true;
    default:
      return false;
  }
}

interface Descriptors {
  readonly inherited: NonNullable<CriuOptions["inherited"]>;
  readonly joined: NonNullable<CriuOptions["joined"]>;
  readonly steps: readonly LaunchStep[];
  /** Slots of what CRIU knows by number, after those that are there already. */
  readonly slots: readonly number[];
}

const namespaceKeys: Readonly<Record<string, string>> = {
  network: "extRootNetNS",
  pid: "extRootPidNS",
};

/** Namespaces of others that the restored container is in again. */
function joinNamespaces(plan: LaunchPlan, first: number): Descriptors {
  const steps = plan.steps.filter((step) => step.op === "openNamespace");
  const joined: { kind: string; path: string }[] = [];
  const inherited: { key: string; fd: number }[] = [];
  const kept: typeof steps = [];
  for (const step of steps) {
    const key = namespaceKeys[step.kind];
    if (step.kind === "cgroup" || step.kind === "time") {
      throw new RuntimeError(
        "HOST_UNSUPPORTED",
        `CRIU can't restore into a ${step.kind} namespace of others`,
        { pointer: step.from },
      );
    }
    if (key === undefined) {
      joined.push({ kind: step.kind === "mount" ? "mnt" : step.kind, path: step.path });
      continue;
    }
    inherited.push({ key, fd: criuDescriptor(first + kept.length) });
    kept.push(step);
  }
  return { inherited, joined, steps: kept, slots: kept.map(({ slot }) => slot) };
}

/** Pipes that were the standard streams of what was dumped: ours take their place. */
async function streams(
  { files }: Host,
  images: string,
): Promise<readonly { key: string; fd: number }[]> {
  const text = await files.readText(`${images}/${descriptorsFile}`);
  if (text === undefined) {
    const why = `open ${images}/${descriptorsFile}: no such file or directory`;
    throw new RuntimeError("INVALID_ARGUMENT", why);
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    const why = `${images}/${descriptorsFile}: ${(cause as Error).message}`;
    throw new RuntimeError("INVALID_ARGUMENT", why, { cause });
  }
  if (!Array.isArray(found)) return [];
  return found.flatMap((key: unknown, fd) =>
    typeof key === "string" && key.includes("pipe:") && fd < 3 ? [{ key, fd }] : [],
  );
}

async function planRestore(
  store: Store,
  id: string,
  options: RestoreOptions,
  plan: LaunchPlan,
  { bundle, rootfs, facts, placement }: PlanPlace,
): Promise<LaunchPlan> {
  const { host } = store;
  const { config } = bundle;
  const { cgroup } = facts;
  const images = resolvePath(host, options.imagePath);
  const { unified } = placement;
  const around = { config, bundle: bundle.path, rootfs, cgroup, unified };
  const mountpoint = `${containerDirectory(store, id)}/criu-root`;
  const namespaces = joinNamespaces(plan, options.workPath === undefined ? 1 : 2);
  const cgroupRoots = Object.entries(placement.paths).map(([controller, path]) => {
    const mounted =
      placement.directories.find((one) => one.path === path)?.mountpoint ??
      placement.unifiedMountpoint;
    return { controller, path: path.slice((mounted ?? "").length) };
  });
  const request = encodeRequest("restore", {
    ...options,
    root: mountpoint,
    logFile,
    images: criuDescriptor(0),
    ...(options.workPath !== undefined && { work: criuDescriptor(1) }),
    cgroupRoots,
    externalMounts: await mountsToRestore(host, around),
    inherited: [...(await streams(host, images)), ...namespaces.inherited],
    joined: namespaces.joined,
    configFile: criuConfigFile(config.annotations),
  });
  await makeMountpoints(host, around);
  const from = "";
  // What needs a process, and is to hold before there are more of it.
  const meanwhile = plan.steps.filter(
    ({ op, phase, from }) =>
      phase === "host" && (op === "hook" || from.startsWith("/linux/intelRdt")),
  );
  const work = options.workPath === undefined ? [] : [resolvePath(host, options.workPath)];
  const console = options.consoleSocket !== undefined;
  return {
    steps: [
      ...namespaces.steps,
      ...plan.steps.filter((step) => step.phase === "host" && isCgroupStep(step)),
      ...plan.steps.filter(({ op }) => op === "connectSocket"),
      { phase: "host", op: "makeDirectory", from, path: mountpoint, mode: 0o755 },
      {
        phase: "host",
        op: "startCriu",
        from,
        request,
        directories: [images, ...work],
        descriptors: namespaces.slots,
        cgroups: cgroupDirectories(placement),
        root: rootfs,
        mountpoint,
      },
      ...(meanwhile.length === 0
        ? []
        : [
            { phase: "host", op: "awaitCriu", from, script: "setup-namespaces" } as const,
            ...meanwhile,
          ]),
      {
        phase: "host",
        op: "finishCriu",
        from,
        restores: true,
        ...(console && { console: slots.consoleSocket }),
      },
      { phase: "host", op: "removeDirectory", from, path: mountpoint },
    ],
  };
}

/**
 * Brings a container back from disk: it goes on where it was, with cgroups made anew. Unless it is detached we
 * stay until it ends, and delete it then.
 *
 * @throws RuntimeError what `create` throws, and `CRIU_FAILED`; nothing is left then
 * @returns how it ended, or undefined when it was detached from
 */
export async function restore(
  store: Store,
  id: string,
  options: RestoreOptions,
  warn: Warn,
): Promise<ExitStatus | undefined> {
  const { host } = store;
  const work = resolvePath(host, options.workPath ?? options.imagePath);
  try {
    return await run(
      store,
      id,
      {
        ...options,
        keep: false,
        restored: true,
        changePlan: async (plan, place) => {
          const restoring = await planRestore(store, id, options, plan, place);
          // Only now: where there are no images there is nothing to work on.
          await host.files.makeDirectories(work, 0o700);
          return restoring;
        },
      },
      warn,
    );
  } catch (error) {
    if (!(error instanceof LaunchError) || !error.step?.op.endsWith("Criu")) throw error;
    const { message: detail, syscall, errno } = error;
    const failure = { step: -1, from: "", syscall, errno: errnoNumber(errno) ?? 0, detail };
    throw await criuFailure(host, id, failure, `${work}/${logFile}`);
  }
}
