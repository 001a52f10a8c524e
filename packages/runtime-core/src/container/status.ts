import { isFrozen } from "../cgroup/freezer.ts";
import type { Host } from "../host/host.ts";
import { keptCgroups } from "./kept-cgroups.ts";
import type { StateFile } from "./state-file.ts";
import { fifoPath, type Store } from "./store.ts";

export type Status = "creating" | "created" | "running" | "paused" | "stopped";

/** Whether the container's first process is there: not ended, and not another with its number. */
export async function isAlive(host: Host, state: StateFile): Promise<boolean> {
  const found = await host.processes.inspect(state.init_process_pid);
  return found !== undefined && !found.ended && found.startTime === state.init_process_start;
}

/** Finds a container's status out of what is there: nothing that could go stale is written down. */
export async function readStatus(store: Store, state: StateFile): Promise<Status> {
  if (state.ocikit.stage === "creating") return "creating";
  if (!(await isAlive(store.host, state))) return "stopped";
  if (await isFrozen(store.host, keptCgroups(state))) return "paused";
  return (await store.host.files.isAwaited(fifoPath(store, state.id))) ? "created" : "running";
}
