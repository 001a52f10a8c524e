import { errnoName, errnoWords } from "../errno.ts";
import { LaunchError, RuntimeError } from "../error.ts";
import type { LaunchFailure } from "../host/host.ts";
import { encodePlan } from "../plan/encode.ts";
import { planHooks } from "../plan/hooks.ts";
import { hookState } from "../plan/state-text.ts";
import { pidHole } from "../plan/template.ts";
import { atPlace, type Placed, readKeptBundle } from "./bundle.ts";
import { executeFailure, failureText } from "./describe-failure.ts";
import { planNotify } from "./notify.ts";
import type { StateFile } from "./state-file.ts";
import { isAlive, readStatus } from "./status.ts";
import { fifoPath, readState, type Store } from "./store.ts";

const sigkill = 9;

/** Tells of something that went wrong without anything failing. */
export type Warn = (message: string) => Promise<void>;

/**
 * Runs the poststart hooks. One that fails ends the container (runtime.md#lifecycle).
 *
 * @returns what failed
 */
export async function runPoststart(
  { host }: Store,
  state: StateFile,
): Promise<LaunchFailure | undefined> {
  const hooks = state.ocikit.hooks.poststart ?? [];
  if (hooks.length === 0) return undefined;
  const { bundle, annotations } = state.ocikit;
  const { id, config, init_process_pid: pid } = state;
  const text = hookState({
    ociVersion: config.version,
    id,
    status: "running",
    bundle,
    annotations,
  });
  const container = text.replace(pidHole, String(pid));
  const place = { phase: "host", directory: bundle, state: container } as const;
  const steps = planHooks({ poststart: [...hooks] }, "poststart", place);
  return host.launcher.perform(encodePlan(steps));
}

/** A failure after "created" in words: all that is left of the plan is what the process itself tells. */
function startText(failure: LaunchFailure): string {
  const { from, syscall, errno, detail } = failure;
  const [, kind, index] = /^\/hooks\/(\w+)\/(\d+)$/.exec(from) ?? [];
  const what = kind === undefined ? undefined : `error running ${kind} hook #${index}`;
  if (syscall !== "execve") {
    return [what, failureText(undefined, failure)].filter((part) => part !== undefined).join(": ");
  }
  if (what === undefined) return executeFailure(detail, errno);
  return `${what} ${detail}: ${errnoWords(errno)} (execve: ${errnoName(errno)})`;
}

export async function startError(
  store: Store,
  state: StateFile,
  failure: LaunchFailure,
): Promise<LaunchError> {
  const text = startText(failure);
  let placed: Placed = { message: text, position: undefined };
  if (failure.from !== "") {
    try {
      const bundle = await readKeptBundle(store.host, state);
      placed = await atPlace(bundle, failure.from, text);
    } catch (error) {
      // The bundle may be gone by now; what failed is still worth telling.
      if (!(error instanceof RuntimeError)) throw error;
    }
  }
  return new LaunchError(placed.message, {
    containerId: state.id,
    pointer: failure.from,
    position: placed.position,
    step: undefined,
    syscall: failure.syscall,
    errno: failure.errno === 0 ? "" : errnoName(failure.errno),
  });
}

function wrongState(id: string, message: string): RuntimeError {
  return new RuntimeError("WRONG_STATE", message, { containerId: id });
}

/**
 * Starts a created container and waits until its program is executed.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`
 * @throws LaunchError `LAUNCH_FAILED` when its program can't be executed or a poststart hook fails; the
 *   container is stopped then
 */
export async function start(store: Store, id: string): Promise<void> {
  const { host } = store;
  const state = await readState(store, id);
  const status = await readStatus(store, state);
  if (status === "stopped") throw wrongState(id, "cannot start a container that has stopped");
  if (status === "paused") throw wrongState(id, "cannot start a paused container");
  if (status !== "created") throw wrongState(id, "cannot start an already running container");
  const fifo = fifoPath(store, id);
  const notify = await planNotify(store, state, true);
  const failure =
    notify.length > 0
      ? await host.launcher.perform(encodePlan(notify))
      : await host.launcher.start(fifo);
  await host.files.unlink(fifo);
  if (failure) {
    const name = errnoName(failure.errno);
    if (failure.from !== "" || (name !== "ENXIO" && name !== "EBUSY"))
      throw await startError(store, state, failure);
    throw (await isAlive(host, state))
      ? wrongState(id, "cannot start an already running container")
      : wrongState(id, "cannot start a container that has stopped");
  }
  const late = await runPoststart(store, state);
  if (late === undefined) return;
  await host.processes.signal(state.init_process_pid, state.init_process_start, sigkill);
  throw await startError(store, state, late);
}
