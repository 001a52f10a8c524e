import { RuntimeError } from "../error.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus, type Status } from "./status.ts";
import { containerDirectory, listIds, readState, type Store } from "./store.ts";

/** A container as `state` and `list` tell of it. */
export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 unless there is a process. */
  readonly pid: number;
  readonly status: Status;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner: string;
}

function describe(state: StateFile, status: Status, owner: string): ContainerState {
  const { bundle, annotations } = state.ocikit;
  return {
    ociVersion: state.config.version,
    id: state.id,
    pid: status === "stopped" ? 0 : state.init_process_pid,
    status,
    bundle,
    rootfs: state.config.rootfs,
    created: state.created,
    ...(annotations && { annotations }),
    owner,
  };
}

/**
 * The state of one container.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `INVALID_ID`, `BROKEN_STATE`
 */
export async function stateOf(store: Store, id: string): Promise<ContainerState> {
  const state = await readState(store, id);
  return describe(state, await readStatus(store, state), "");
}

/** The user's name by /etc/passwd, else `#` and the number. */
async function userName({ host }: Store, uid: number): Promise<string> {
  const text = (await host.files.readText("/etc/passwd")) ?? "";
  const line = text.split("\n").find((entry) => entry.split(":")[2] === String(uid));
  return line?.split(":")[0] ?? `#${uid}`;
}

/** All containers of a root, by id. One that is being made or deleted right now may be missing. */
export async function list(
  store: Store,
  warn: (message: string) => Promise<void>,
): Promise<readonly ContainerState[]> {
  const found: ContainerState[] = [];
  const owners = new Map<number, string>();
  for (const id of await listIds(store)) {
    const directory = await store.host.files.status(containerDirectory(store, id));
    if (directory?.kind !== "directory") continue;
    try {
      const state = await readState(store, id);
      const owner = owners.get(directory.uid) ?? (await userName(store, directory.uid));
      owners.set(directory.uid, owner);
      found.push(describe(state, await readStatus(store, state), owner));
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      if (error.code !== "CONTAINER_NOT_FOUND") await warn(`container ${id}: ${error.message}`);
    }
  }
  return found;
}
