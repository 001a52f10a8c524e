import { canFreeze, freeze, thaw } from "../cgroup/freezer.ts";
import { RuntimeError } from "../error.ts";
import { keptCgroups } from "./kept-cgroups.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus } from "./status.ts";
import { readState, type Store } from "./store.ts";

function refuse(id: string, message: string): never {
  throw new RuntimeError("WRONG_STATE", message, { containerId: id });
}

function needFreezer(state: StateFile, what: string): void {
  if (canFreeze(keptCgroups(state))) return;
  throw new RuntimeError("HOST_UNSUPPORTED", `cannot ${what} a container that has no cgroup`, {
    containerId: state.id,
  });
}

/**
 * Stops every process of a created or running container where it stands.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `HOST_UNSUPPORTED` when it has no cgroup
 */
export async function pause(store: Store, id: string): Promise<void> {
  const state = await readState(store, id);
  const status = await readStatus(store, state);
  if (status !== "running" && status !== "created") refuse(id, "container not running");
  needFreezer(state, "pause");
  if (await freeze(store.host, keptCgroups(state))) return;
  refuse(id, "unable to freeze: some of its processes do not stop");
}

/**
 * Lets the processes of a paused container run on.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`
 */
export async function resume(store: Store, id: string): Promise<void> {
  const state = await readState(store, id);
  if ((await readStatus(store, state)) !== "paused") refuse(id, "container not paused");
  await thaw(store.host, keptCgroups(state));
}
