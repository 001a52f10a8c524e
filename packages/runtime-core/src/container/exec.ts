import type { Config, Process } from "@ocikit/oci-spec";
import { parseExact } from "@ocikit/oci-spec/lean";
import { errnoName } from "../errno.ts";
import { LaunchError, RuntimeError } from "../error.ts";
import type { ExitStatus, Launched, LaunchFailure } from "../host/host.ts";
import { sharedAttributes } from "../plan/attributes.ts";
import { encodePlan } from "../plan/encode.ts";
import { type ExecTarget, execNamespaces, planExec } from "../plan/exec.ts";
import { type Inheritance, inherit } from "../plan/inherit.ts";
import { parseNumberList } from "../plan/number-list.ts";
import { resolvePath } from "../plan/path.ts";
import type { LaunchPlan } from "../plan/plan.ts";
import { propertyName } from "../plan/pointer.ts";
import { hookState } from "../plan/state-text.ts";
import { pidHole } from "../plan/template.ts";
import { readKeptBundle } from "./bundle.ts";
import { describeFailure } from "./describe-failure.ts";
import { type ExecCgroups, findExecCgroups, type SubCgroups } from "./exec-cgroup.ts";
import { loadFilter, readFilter } from "./seccomp.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus } from "./status.ts";
import { readState, type Store } from "./store.ts";
import { checkTerminal } from "./terminal.ts";

export interface ExecRequest {
  /**
   * What to run: a process of its own, to which the container's confinement goes where it says nothing of
   * it, or changes to the process of the container's config.
   */
  readonly process: Process | ((own: Process) => Process);
  readonly detach: boolean;
  readonly consoleSocket?: string | undefined;
  readonly pidfdSocket?: string | undefined;
  readonly pidFile?: string | undefined;
  readonly preserveFds?: number | undefined;
  /** Cgroups below the container's in which it is to be. */
  readonly subCgroups?: SubCgroups | undefined;
  /** Whether a paused container will do; the process stands still with the others then. */
  readonly ignorePaused?: boolean | undefined;
}

/** The state as it is told to who listens to a filter. */
function runningState({ id, init_process_pid: pid, config, ocikit }: StateFile): string {
  const { bundle, annotations } = ocikit;
  const { version: ociVersion } = config;
  const text = hookState({ ociVersion, id, status: "running", bundle, annotations });
  return text.replace(pidHole, String(pid));
}

/** A user without privileges can reach the cgroup of a unit only from near it. */
async function approach(
  { host }: Store,
  state: StateFile,
  { unified }: ExecCgroups,
): Promise<void> {
  const { rootless, config, ocikit } = state;
  const { unit } = ocikit;
  if (!rootless || unit === undefined || unified === undefined) return;
  const { approachScope } = await import("../systemd/scope.ts");
  await approachScope(host, { slice: config.cgroups.parent ?? "", unit }, unified);
}

function targetOf(state: StateFile, place: ExecCgroups): ExecTarget {
  const { id, init_process_pid: pid, init_process_start: startTime, rootless, config } = state;
  // Of a user namespace that was joined no mappings are known, and who has but one group may set none.
  const [first, ...more] = config.gid_mappings ?? [];
  const many = more.length > 0 || (first?.size ?? 1) > 1;
  return {
    id,
    pid,
    startTime,
    namespaces: execNamespaces(config.namespaces.map(({ type }) => type)),
    ...place,
    rootless,
    setGroups: many || !rootless,
    shared: sharedAttributes(state.ocikit),
    rdt: state.ocikit.rdt?.groups ?? [],
    state: { ociVersion: config.version, container: runningState(state) },
  };
}

async function ownProcess(
  store: Store,
  state: StateFile,
): Promise<{ config: Config; process: Process }> {
  const { config } = await readKeptBundle(store.host, state);
  const { process } = config;
  if (process !== undefined) return { config, process };
  throw new RuntimeError("INVALID_CONFIG", "process property must not be empty", {
    containerId: state.id,
  });
}

function fillIn(process: Process, { ocikit }: StateFile): Process {
  if (ocikit.inheritance === undefined) return process;
  // Written by us, from a config that was checked.
  return inherit(process, parseExact(ocikit.inheritance) as Inheritance);
}

async function findFilter(store: Store, state: StateFile) {
  const kept = state.ocikit.seccomp;
  if (kept === undefined) return undefined;
  const cached = await readFilter(store, kept.name);
  if (cached) return { ...cached, ...(kept.listener && { listener: kept.listener }) };
  // The cache was emptied: the bundle still says what it was made from.
  const { config } = await readKeptBundle(store.host, state);
  return loadFilter(store, config);
}

async function checkStatus(store: Store, state: StateFile, ignorePaused: boolean): Promise<void> {
  const status = await readStatus(store, state);
  const refuse = (message: string): never => {
    throw new RuntimeError("WRONG_STATE", message, { containerId: state.id });
  };
  if (status === "stopped" || status === "creating") refuse("cannot exec in a stopped container");
  if (status === "paused" && !ignorePaused)
    refuse("cannot exec in a paused container (use --ignore-paused to override)");
}

/** Which CPUs a process joined with, the first 64 of them as a number: runc's own tests look for the words. */
function affinityText(cpus: string): string {
  const mask = parseNumberList(cpus, "").slice(0, 8);
  const digits = Array.from(mask, (byte) => byte.toString(16).padStart(2, "0")).reverse();
  return `nsexec container setup: affinity: 0x${digits.join("").replace(/^0+(?=.)/, "")}`;
}

/** The plan; what is wrong with the process is told with the property it is wrong with. */
function planNamed(...given: Parameters<typeof planExec>): LaunchPlan {
  try {
    return planExec(...given);
  } catch (error) {
    if (!(error instanceof RuntimeError) || !error.pointer) throw error;
    const message = `${propertyName(error.pointer)}: ${error.message}`;
    throw new RuntimeError(error.code, message, { pointer: error.pointer, cause: error });
  }
}

/**
 * Starts one more process in a container, as our child.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `INVALID_CONFIG`
 * @throws LaunchError `LAUNCH_FAILED`; no process and no pid file are left then
 */
export async function startExec(store: Store, id: string, request: ExecRequest): Promise<Launched> {
  const { host } = store;
  const state = await readState(store, id);
  await checkStatus(store, state, request.ignorePaused ?? false);
  const process =
    typeof request.process === "function"
      ? request.process((await ownProcess(store, state)).process)
      : fillIn(request.process, state);
  checkTerminal({
    terminal: process.terminal ?? false,
    detached: request.detach,
    consoleSocket: request.consoleSocket,
  });
  const filter = await findFilter(store, state);
  const place = await findExecCgroups(host, state, request.subCgroups ?? new Map());
  const plan = planNamed(process, targetOf(state, place), {
    ...(request.consoleSocket !== undefined && {
      consoleSocket: resolvePath(host, request.consoleSocket),
    }),
    ...(request.pidfdSocket !== undefined && {
      pidfdSocket: resolvePath(host, request.pidfdSocket),
    }),
    preserveFds: request.preserveFds ?? 0,
    ...(filter && { seccomp: filter }),
  });
  const failed = (failure: LaunchFailure): LaunchError => {
    const { step, pointer, text } = describeFailure(plan.steps, failure);
    return new LaunchError(`unable to start container process: ${text}`, {
      containerId: id,
      pointer,
      step,
      syscall: failure.syscall,
      errno: failure.errno === 0 ? "" : errnoName(failure.errno),
    });
  };
  await approach(store, state, place);
  const result = await host.launcher.launch(encodePlan(plan.steps), request.preserveFds ?? 0);
  if (!result.ok) throw failed(result.failure);
  const launched = result.process;
  const affinity = process.execCPUAffinity?.initial;
  if (affinity && host.debug !== undefined) await host.debug(affinityText(affinity));
  try {
    // Before it can end: whoever reads the file may ask for it at once.
    if (request.pidFile !== undefined)
      await host.files.replace(request.pidFile, String(launched.pid), 0o644);
  } catch (error) {
    await launched.abandon();
    throw error;
  }
  const failure = await launched.start();
  if (failure) {
    if (request.pidFile !== undefined) await host.files.unlink(request.pidFile);
    throw failed(failure);
  }
  return launched;
}

/**
 * Runs one more process in a container.
 *
 * @throws what `startExec` throws
 * @returns how it ended, or undefined when it was detached from
 */
export async function exec(
  store: Store,
  id: string,
  request: ExecRequest,
): Promise<ExitStatus | undefined> {
  const launched = await startExec(store, id, request);
  if (request.detach) {
    await launched.detach();
    return undefined;
  }
  return (await launched.relay(undefined)).status;
}
