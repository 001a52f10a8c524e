import { RuntimeError } from "../error.ts";
import { containerProcesses, signalAll } from "./processes.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus } from "./status.ts";
import { readState, type Store } from "./store.ts";

const sigkill = 9;

/** Whether the end of the first process is the end of all: in a pid namespace of its own it is. */
export function ownsProcesses({ config }: StateFile): boolean {
  return config.namespaces.some(({ type, path }) => type === "NEWPID" && path === "");
}

export interface KillOptions {
  /** Whether every process gets the signal. */
  readonly all?: boolean;
}

/**
 * Sends a signal to a container's first process, or to all of them.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`
 */
export async function kill(
  store: Store,
  id: string,
  signal: number,
  options: KillOptions = {},
): Promise<void> {
  const { host } = store;
  const state = await readState(store, id);
  if (options.all) {
    await signalAll(host, state, signal);
    return;
  }
  const notRunning = new RuntimeError("WRONG_STATE", "container not running", { containerId: id });
  const status = await readStatus(store, state);
  if (status === "stopped" && signal === sigkill && !ownsProcesses(state)) {
    // The first is gone, and others may live on: they are the container as well.
    if ((await containerProcesses(host, state)).length === 0) throw notRunning;
    await signalAll(host, state, signal);
    return;
  }
  if (status === "stopped" || status === "creating") throw notRunning;
  const { init_process_pid: pid, init_process_start: startTime } = state;
  if (!(await host.processes.signal(pid, startTime, signal))) throw notRunning;
  // Without a pid namespace of its own its children would live on.
  if (signal === sigkill && !ownsProcesses(state)) await signalAll(host, state, signal);
}
