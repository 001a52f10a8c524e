import type { Mount } from "@ocikit/oci-spec";
import { resolveInRoot } from "../criu/resolve-in-root.ts";
import { errnoName } from "../errno.ts";
import { LaunchError, RuntimeError } from "../error.ts";
import type { LaunchFailure } from "../host/host.ts";
import { type AddMountsTarget, mountsBefore, planAddMounts } from "../plan/add-mounts.ts";
import { type ConfigMount, readMounts } from "../plan/config-mount.ts";
import { encodePlan } from "../plan/encode.ts";
import { execNamespaces } from "../plan/exec.ts";
import type { LaunchPlan } from "../plan/plan.ts";
import { propertyName } from "../plan/pointer.ts";
import { planRemoveMounts } from "../plan/remove-mounts.ts";
import { atPlace, type Bundle } from "./bundle.ts";
import { describeFailure } from "./describe-failure.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus } from "./status.ts";
import { readState, type Store, writeState } from "./store.ts";

/** The text that the mounts were read from, an array of them, for errors to tell the place in it. */
export type MountsText = Pick<Bundle, "source" | "text">;

/** A message with what it is about before it: the place in the text, or the mount. */
async function told(text: MountsText | undefined, pointer: string, message: string) {
  if (pointer === "") return { message, position: undefined };
  if (text) return atPlace(text, pointer.slice("/mounts".length), message);
  return { message: `${propertyName(pointer)}: ${message}`, position: undefined };
}

/** Does what may find a mount at fault, and tells of that with its place. */
async function withPlace<T>(text: MountsText | undefined, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RuntimeError) || !error.pointer) throw error;
    const { pointer } = error;
    const { message, position } = await told(text, pointer, error.message);
    throw new RuntimeError(error.code, message, { pointer, position, cause: error });
  }
}

async function readRunning(store: Store, id: string): Promise<StateFile> {
  const state = await readState(store, id);
  const status = await readStatus(store, state);
  const refuse = (code: "WRONG_STATE" | "HOST_UNSUPPORTED", message: string): never => {
    throw new RuntimeError(code, message, { containerId: id });
  };
  if (status === "stopped" || status === "creating") refuse("WRONG_STATE", "container not running");
  if (state.config.namespaces.every(({ type }) => type !== "NEWNS")) {
    refuse("HOST_UNSUPPORTED", "the container has no mount namespace of its own to be changed");
  }
  return state;
}

function targetOf({ host }: Store, state: StateFile): AddMountsTarget {
  const { init_process_pid: pid, init_process_start: startTime, rootless, config, ocikit } = state;
  const mappings = (kept: typeof config.uid_mappings) =>
    (kept ?? []).map(({ container_id, host_id, size }) => ({
      containerID: container_id,
      hostID: host_id,
      size,
    }));
  const [first, ...more] = config.gid_mappings ?? [];
  return {
    pid,
    startTime,
    namespaces: execNamespaces(config.namespaces.map(({ type }) => type)),
    rootless,
    setGroups: !rootless || more.length > 0 || (first?.size ?? 1) > 1,
    cwd: host.cwd,
    maps: {
      uidMappings: mappings(config.uid_mappings),
      gidMappings: mappings(config.gid_mappings),
    },
    mountLabel: ocikit.mountLabel,
  };
}

/** Carries out a plan whose process has nothing more to do once it is through. */
async function carryOut({ host }: Store, plan: LaunchPlan): Promise<LaunchFailure | undefined> {
  const result = await host.launcher.launch(encodePlan(plan.steps), 0);
  if (!result.ok) return result.failure;
  await result.process.abandon();
  return undefined;
}

async function failed(
  id: string,
  text: MountsText | undefined,
  { steps }: LaunchPlan,
  failure: LaunchFailure,
  more = "",
): Promise<LaunchError> {
  const { step, pointer, text: what } = describeFailure(steps, failure);
  const { message, position } = await told(text, pointer, `${what}${more}`);
  return new LaunchError(message, {
    containerId: id,
    pointer,
    position,
    step,
    syscall: failure.syscall,
    errno: failure.errno === 0 ? "" : errnoName(failure.errno),
  });
}

/** Takes away again what was mounted before a failure; answers what there is to say of it. */
async function undo(
  store: Store,
  plan: LaunchPlan,
  target: AddMountsTarget,
  failure: LaunchFailure,
): Promise<string> {
  if (failure.step < 0) return ": some of the mounts may have been made";
  const made = mountsBefore(plan, failure);
  if (made.length === 0) return "";
  const undoing = planRemoveMounts(made, target);
  const another = await carryOut(store, undoing);
  if (another === undefined) return "";
  return ` (and what was mounted before stays: ${describeFailure(undoing.steps, another).text})`;
}

/** Mounts at the places their destinations lead to now, so that they are found there again whatever becomes of the symlinks. */
async function resolve(
  { host }: Store,
  { init_process_pid: pid }: StateFile,
  mounts: readonly ConfigMount[],
): Promise<readonly ConfigMount[]> {
  const resolved: ConfigMount[] = [];
  for (const mount of mounts) {
    const destination = await resolveInRoot(host.files, `/proc/${pid}/root`, mount.destination);
    resolved.push({ ...mount, destination });
  }
  return resolved;
}

/** Remembers where mounts lie, by their destinations, or with undefined forgets it. */
async function keepPlaces(
  store: Store,
  id: string,
  places: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  // As it is by now: what was changed meanwhile stays.
  const state = await readState(store, id);
  const { added: before = {}, ...ocikit } = state.ocikit;
  const kept = Object.entries(before).filter(([destination]) => !places.has(destination));
  const more = [...places].flatMap(([destination, place]) =>
    place === undefined ? [] : [[destination, place] as const],
  );
  if (more.length === 0 && kept.length === Object.keys(before).length) return;
  const all = [...kept, ...more];
  const added = all.length > 0 && { added: Object.fromEntries(all) };
  await writeState(store, { ...state, ocikit: { ...ocikit, ...added } });
}

/**
 * Mounts in a created, running or paused container, as it would be mounted on its creation; relative sources
 * are relative to our working directory. Of several mounts all are made, or none; directories made for
 * them stay.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `INVALID_CONFIG`, `HOST_UNSUPPORTED` for a
 *   container without a mount namespace of its own
 * @throws LaunchError `LAUNCH_FAILED` for the first mount that can't be made
 */
export async function addMounts(
  store: Store,
  id: string,
  mounts: readonly Mount[],
  text?: MountsText,
): Promise<void> {
  const state = await readRunning(store, id);
  const target = targetOf(store, state);
  const read = await withPlace(text, () => readMounts(mounts, "/"));
  const resolved = await resolve(store, state, read);
  const plan = await withPlace(text, () => planAddMounts(resolved, target));
  if (read.length === 0) return;
  const failure = await carryOut(store, plan);
  if (failure) {
    throw await failed(id, text, plan, failure, await undo(store, plan, target, failure));
  }
  const places = read.map(({ destination }, index) => {
    const place = resolved[index]?.destination;
    return [destination, place === destination ? undefined : place] as const;
  });
  await keepPlaces(store, id, new Map(places));
}

/**
 * Takes mounts of a created, running or paused container away, the last one first, by their destinations; what
 * was mounted below one of them goes with it.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `INVALID_CONFIG`, `HOST_UNSUPPORTED` for a
 *   container without a mount namespace of its own
 * @throws LaunchError `LAUNCH_FAILED` where nothing is mounted; those after it are gone then
 */
export async function removeMounts(
  store: Store,
  id: string,
  mounts: readonly Pick<Mount, "destination">[],
  text?: MountsText,
): Promise<void> {
  const state = await readRunning(store, id);
  const named = mounts.map(({ destination }) => ({ destination }));
  const read = await withPlace(text, () => readMounts(named, "/"));
  if (read.length === 0) return;
  const { added = {} } = state.ocikit;
  const points = read.map(({ from, destination }) => {
    const place = Object.hasOwn(added, destination) ? added[destination] : undefined;
    return { from, target: place ?? destination };
  });
  const plan = planRemoveMounts(points, targetOf(store, state));
  const failure = await carryOut(store, plan);
  if (failure) throw await failed(id, text, plan, failure);
  await keepPlaces(store, id, new Map(read.map(({ destination }) => [destination, undefined])));
}
