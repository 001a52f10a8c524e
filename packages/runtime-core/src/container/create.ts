import { stringifyJson } from "@ocikit/oci-spec/lean";
import { cgroupDirectories } from "../cgroup/placement.ts";
import { errnoName } from "../errno.ts";
import { LaunchError, RuntimeError } from "../error.ts";
import type { Host, Launched, LaunchFailure, LaunchResult } from "../host/host.ts";
import { isSystemError } from "../host/system-error.ts";
import { sharedAttributes } from "../plan/attributes.ts";
import { encodePlan } from "../plan/encode.ts";
import { inheritanceOf } from "../plan/inherit.ts";
import { atPlace } from "./bundle.ts";
import { planCleanup } from "./cleanup.ts";
import { describeFailure } from "./describe-failure.ts";
import { checkId } from "./id.ts";
import { type CreateOptions, type Prepared, prepare } from "./prepare.ts";
import { formatTime, keepMappings, namespaceNames, type StateFile } from "./state-file.ts";
import { claim, containerDirectory, exists, type Store, writeState } from "./store.ts";

/** A container whose process is set up and waits for leave. */
export interface Created {
  readonly state: StateFile;
  readonly process: Launched;
  readonly prepared: Prepared;
}

function initialState({ host }: Store, prepared: Prepared): StateFile {
  const { id, bundle, rootfs, facts, placement, missingCgroups, scope, filter, rdt } = prepared;
  const { config } = bundle;
  const { poststart, poststop } = config.hooks ?? {};
  const annotations = config.annotations;
  const { devices: _, ...resources } = config.linux?.resources ?? {};
  return {
    id,
    init_process_pid: 0,
    init_process_start: 0,
    created: formatTime(host.clock.now()),
    config: {
      rootfs,
      readonlyfs: config.root?.readonly ?? false,
      hostname: config.hostname ?? "",
      namespaces: (config.linux?.namespaces ?? []).map(({ type, path }) => ({
        type: namespaceNames[type][0],
        path: path ?? "",
      })),
      cgroups: {
        path: config.linux?.cgroupsPath ?? "",
        rootless: facts.rootless,
        ...(scope && {
          systemd: true,
          parent: scope.slice,
          scope_prefix: scope.prefix,
          name: scope.name,
        }),
      },
      uid_mappings: keepMappings(config.linux?.uidMappings),
      gid_mappings: keepMappings(config.linux?.gidMappings),
      no_new_privileges: config.process?.noNewPrivileges ?? false,
      version: config.ociVersion,
      labels: [
        ...Object.entries(annotations ?? {}).map(([name, value]) => `${name}=${value}`),
        `bundle=${bundle.path}`,
      ],
      rootless_euid: facts.rootless,
    },
    rootless: facts.rootless,
    cgroup_paths: placement.paths,
    namespace_paths: {},
    external_descriptors: [...prepared.streams],
    intel_rdt_path: rdt?.path ?? "",
    ocikit: {
      version: 1,
      stage: "creating",
      bundle: bundle.path,
      ...(bundle.configFile !== undefined && { configFile: bundle.configFile }),
      ...(annotations && { annotations }),
      cgroupDirectories: cgroupDirectories(placement),
      cgroupAncestors: missingCgroups,
      ...(scope && { unit: scope.unit }),
      ...sharedAttributes(config.linux),
      ...(config.linux?.mountLabel && { mountLabel: config.linux.mountLabel }),
      ...(rdt && {
        rdt: {
          groups: [rdt.path, ...(rdt.monitor === undefined ? [] : [rdt.monitor])],
          remove: rdt.remove,
        },
      }),
      hooks: { ...(poststart && { poststart }), ...(poststop && { poststop }) },
      ...(Object.keys(resources).length > 0 && { resources: stringifyJson(resources) }),
      ...(config.process && { inheritance: stringifyJson(inheritanceOf(config.process)) }),
      ...(filter && {
        seccomp: {
          name: filter.name,
          flags: filter.flags,
          ...(filter.listener && { listener: filter.listener }),
        },
      }),
    },
  };
}

function createdState(state: StateFile, { pid, startTime }: Launched): StateFile {
  const paths = Object.values(namespaceNames).map(([name, file]) => [
    name,
    `/proc/${pid}/ns/${file}`,
  ]);
  return {
    ...state,
    init_process_pid: pid,
    init_process_start: startTime,
    namespace_paths: Object.fromEntries(paths),
    ocikit: { ...state.ocikit, stage: "created" },
  };
}

/** What CRIU restores is in a time namespace where its clocks go on from where they stood; who joins must be, too. */
async function restoredState({ files }: Host, state: StateFile): Promise<StateFile> {
  const { config, init_process_pid: pid } = state;
  const [type, file] = namespaceNames.time;
  if (config.namespaces.some((one) => one.type === type)) return state;
  const its = await files.readLink(`/proc/${pid}/ns/${file}`);
  if (its === undefined || its === (await files.readLink(`/proc/self/ns/${file}`))) return state;
  return {
    ...state,
    config: { ...config, namespaces: [...config.namespaces, { type, path: "" }] },
  };
}

/** A failed launch as an error with its place in config.json. */
export async function launchError(
  prepared: Prepared,
  failure: LaunchFailure,
): Promise<LaunchError> {
  const { step, pointer, text } = describeFailure(prepared.plan.steps, failure);
  const { message, position } =
    pointer === ""
      ? { message: text, position: undefined }
      : await atPlace(prepared.bundle, pointer, text);
  return new LaunchError(message, {
    containerId: prepared.id,
    pointer,
    position,
    step,
    syscall: failure.syscall,
    errno: failure.errno === 0 ? "" : errnoName(failure.errno),
  });
}

/** Takes away all of a container that was launched but can't be kept, and tells of what could not be. */
async function undo(store: Store, state: StateFile): Promise<void> {
  const unheard = { ...state, ocikit: { ...state.ocikit, hooks: {} } };
  const steps = planCleanup(store, unheard);
  const failure = await store.host.launcher.perform(encodePlan(steps));
  if (state.ocikit.unit !== undefined) {
    const { stopScope } = await import("../systemd/scope.ts");
    await stopScope(store.host, state.ocikit.unit, state.rootless);
  }
  if (failure === undefined) return;
  const { text } = describeFailure(steps, failure);
  throw new RuntimeError("LAUNCH_FAILED", `clean up after a failed launch: ${text}`, {
    containerId: state.id,
  });
}

/** A container among the host's mounts has left its own there; all others' went with their namespace. */
async function unmountOwn({ host }: Store, { config }: StateFile): Promise<void> {
  if (config.namespaces.some(({ type }) => type === "NEWNS")) return;
  const path = config.rootfs;
  const step = { phase: "host", op: "unmountBelow", from: "", path, self: true } as const;
  await host.launcher.perform(encodePlan([step]));
}

/** What is left to do once the process is set up; when that fails, it goes again. */
async function keep(
  store: Store,
  state: StateFile,
  pid: number,
  options: CreateOptions,
): Promise<void> {
  await writeState(store, state);
  // Callers take every byte of it for the number.
  if (options.pidFile !== undefined)
    await store.host.files.replace(options.pidFile, String(pid), 0o644);
}

/** Launches; with the systemd driver in a unit that is there by then. */
async function launchInPlace(
  { host }: Store,
  { scope, facts, encoded }: Prepared,
  preserveFds: number,
): Promise<LaunchResult> {
  if (scope === undefined) return host.launcher.launch(encoded, preserveFds);
  const { startScope, stopScope } = await import("../systemd/scope.ts");
  const holder = await startScope(host, scope, facts.rootless);
  let result: LaunchResult | undefined;
  try {
    result = await host.launcher.launch(encoded, preserveFds);
    return result;
  } finally {
    await holder.abandon();
    if (!result?.ok) await stopScope(host, scope.unit, facts.rootless);
  }
}

/** Launches what was prepared, once its state is on disk: whatever happens, `delete --force` finds it all. */
async function launchPrepared(
  store: Store,
  prepared: Prepared,
  options: CreateOptions,
): Promise<Created> {
  const { host } = store;
  const state = initialState(store, prepared);
  let launched: Launched | undefined;
  try {
    await writeState(store, state);
    const result = await launchInPlace(store, prepared, options.preserveFds ?? 0);
    if (!result.ok) throw await launchError(prepared, result.failure);
    launched = result.process;
    const running = createdState(state, launched);
    const created = options.restored ? await restoredState(host, running) : running;
    await keep(store, created, launched.pid, options);
    return { state: created, process: launched, prepared };
  } catch (error) {
    await launched?.abandon();
    if (launched === undefined && (error instanceof LaunchError || isSystemError(error))) {
      // The launcher has taken away what it had made, or never ran; cgroups of that name may be another's.
      await unmountOwn(store, state);
      await host.files.removeTree(containerDirectory(store, state.id));
    } else await undo(store, state);
    throw error;
  }
}

/**
 * Makes a container up to the point where its process waits for leave.
 *
 * @throws RuntimeError `CONTAINER_EXISTS`, `INVALID_ID`, and what `prepare` throws
 * @throws LaunchError `LAUNCH_FAILED` with the step; nothing is left then
 */
export async function create(store: Store, id: string, options: CreateOptions): Promise<Created> {
  checkId(id);
  // Told first, whatever else is wrong; claiming it settles who of two is the first.
  if ((await store.host.files.status(containerDirectory(store, id))) !== undefined)
    throw exists(store, id);
  const prepared = await prepare(store, id, options);
  await claim(store, id);
  return launchPrepared(store, prepared, options);
}
