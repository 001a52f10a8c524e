import { isFrozen, thaw } from "../cgroup/freezer.ts";
import { errnoName } from "../errno.ts";
import { LaunchError, RuntimeError } from "../error.ts";
import { encodePlan } from "../plan/encode.ts";
import { planCleanup } from "./cleanup.ts";
import { describeFailure } from "./describe-failure.ts";
import { checkId } from "./id.ts";
import { keptCgroups } from "./kept-cgroups.ts";
import { signalAll } from "./processes.ts";
import type { Warn } from "./start.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus } from "./status.ts";
import { containerDirectory, readState, type Store } from "./store.ts";

export interface RemoveOptions {
  /** Whether a container that runs is killed first, and one that is not there is no error. */
  readonly force?: boolean;
}

const sigkill = 9;

/** How long the kernel may take to end a process that is killed, before we give up. */
const endMs = 10_000;

async function end(store: Store, state: StateFile): Promise<void> {
  const { processes } = store.host;
  const { id, init_process_pid: pid, init_process_start: startTime } = state;
  if (pid === 0) return;
  await processes.signal(pid, startTime, sigkill);
  if (await processes.waitGone(pid, startTime, endMs)) return;
  throw new RuntimeError(
    "WRONG_STATE",
    `container init still running after SIGKILL for ${endMs / 1000} s`,
    {
      containerId: id,
    },
  );
}

/** Ends all that is in a unit, since systemd would ask politely and wait, and lets systemd forget the unit. */
async function endUnit(store: Store, state: StateFile, unit: string, warn: Warn): Promise<void> {
  const { host } = store;
  if (await isFrozen(host, keptCgroups(state))) await thaw(host, keptCgroups(state));
  await end(store, state);
  await signalAll(host, state, sigkill);
  const { stopScope } = await import("../systemd/scope.ts");
  try {
    await stopScope(host, unit, state.rootless);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    // What is left of the container goes all the same.
    await warn(error.message);
  }
}

/** Reads the state; of one that was claimed but never got a state, only its directory is there to remove. */
async function readForRemoval(
  store: Store,
  id: string,
  force: boolean,
): Promise<StateFile | undefined> {
  try {
    return await readState(store, id);
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== "CONTAINER_NOT_FOUND" || !force)
      throw error;
    await store.host.files.removeTree(containerDirectory(store, id));
    return undefined;
  }
}

/**
 * Deletes a container that has stopped, or that was never started, or with `force` any: its processes,
 * cgroups and files. Can be repeated when it failed half way.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`
 * @throws LaunchError `LAUNCH_FAILED` when something could not be removed
 */
export async function remove(
  store: Store,
  id: string,
  options: RemoveOptions,
  warn: Warn,
): Promise<void> {
  const { force = false } = options;
  checkId(id);
  const state = await readForRemoval(store, id, force);
  if (state === undefined) return;
  const status = await readStatus(store, state);
  if (!force && status !== "stopped" && status !== "created") {
    throw new RuntimeError(
      "WRONG_STATE",
      `cannot delete container ${id} that is not stopped: ${status}`,
      {
        containerId: id,
      },
    );
  }
  if (state.ocikit.unit !== undefined) await endUnit(store, state, state.ocikit.unit, warn);
  // Frozen it would not even die; the clean-up of the cgroup thaws it and ends what is in it.
  else if (status !== "stopped" && status !== "paused") await end(store, state);
  const steps = planCleanup(store, state);
  const failure = await store.host.launcher.perform(encodePlan(steps));
  if (failure === undefined) return;
  const { step, pointer, text } = describeFailure(steps, failure);
  if (step?.op === "hook") {
    await warn(text);
    return;
  }
  throw new LaunchError(text, {
    containerId: id,
    pointer,
    step,
    syscall: failure.syscall,
    errno: failure.errno === 0 ? "" : errnoName(failure.errno),
  });
}
