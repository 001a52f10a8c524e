import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { isSystemError } from "../host/system-error.ts";
import { checkId } from "./id.ts";
import type { StateFile } from "./state-file.ts";

/** Where containers are kept: one directory each, with runc's names in it. */
export interface Store {
  readonly host: Host;
  /** Absolute path. */
  readonly root: string;
}

/**
 * Where containers are kept unless it is said. /run is root's alone; root of a user namespace is not that
 * root, whatever it is called, and has a directory of its user.
 */
export function defaultRoot({ env }: Host, rootless: boolean): string {
  const directory = rootless ? env.XDG_RUNTIME_DIR : undefined;
  return directory ? `${directory}/ocirun` : "/run/ocirun";
}

/** Directory of the root that is no container. */
export const cacheDirectory = ".cache";

export function containerDirectory({ root }: Store, id: string): string {
  return `${root}/${id}`;
}

export function fifoPath(store: Store, id: string): string {
  return `${containerDirectory(store, id)}/exec.fifo`;
}

export function statePath(store: Store, id: string): string {
  return `${containerDirectory(store, id)}/state.json`;
}

/** Callers look for the first words; who forgot `--root` sees where was looked. */
function missing({ root }: Store, id: string): RuntimeError {
  const message = `container does not exist: ${id} in ${root}`;
  return new RuntimeError("CONTAINER_NOT_FOUND", message, { containerId: id });
}

/** What is told of an id that is taken. */
export function exists({ root }: Store, id: string): RuntimeError {
  const message = `container with given ID already exists: ${id} in ${root}`;
  return new RuntimeError("CONTAINER_EXISTS", message, { containerId: id });
}

/**
 * Claims an id by making its directory.
 *
 * @throws RuntimeError `CONTAINER_EXISTS`
 */
export async function claim(store: Store, id: string): Promise<void> {
  try {
    await store.host.files.makeDirectory(containerDirectory(store, id), 0o711);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) {
      await store.host.files.makeDirectories(store.root, 0o700);
      await claim(store, id);
      return;
    }
    if (!isSystemError(error, "EEXIST")) throw error;
    throw exists(store, id);
  }
}

export async function writeState(store: Store, state: StateFile): Promise<void> {
  await store.host.files.replace(statePath(store, state.id), JSON.stringify(state), 0o600);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isText = (value: unknown): boolean => typeof value === "string";

const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** Whether it has what every command reads. */
function isState(state: unknown, id: string): state is StateFile {
  if (!isObject(state)) return false;
  const { config, ocikit, cgroup_paths: cgroups } = state;
  return (
    state.id === id &&
    typeof state.init_process_pid === "number" &&
    typeof state.init_process_start === "number" &&
    isText(state.created) &&
    isObject(cgroups) &&
    Object.values(cgroups).every(isText) &&
    isObject(config) &&
    isText(config.rootfs) &&
    isText(config.version) &&
    Array.isArray(config.namespaces) &&
    config.namespaces.every(isObject) &&
    isObject(ocikit) &&
    ocikit.version === 1 &&
    isText(ocikit.bundle) &&
    areTexts(ocikit.cgroupDirectories) &&
    areTexts(ocikit.cgroupAncestors) &&
    isObject(ocikit.hooks)
  );
}

function parseState(text: string, id: string): StateFile {
  let value: unknown;
  let cause: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    cause = error;
  }
  if (isState(value, id)) return value;
  throw new RuntimeError("BROKEN_STATE", `state.json of container ${id} is not of this runtime`, {
    containerId: id,
    ...(cause !== undefined && { cause }),
  });
}

/**
 * Reads a container's state.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `INVALID_ID`, `BROKEN_STATE`
 */
export async function readState(store: Store, id: string): Promise<StateFile> {
  checkId(id);
  const text = await store.host.files.readText(statePath(store, id));
  if (text === undefined) throw missing(store, id);
  return parseState(text, id);
}

/** Ids of all containers, in order. What is deleted meanwhile may be among them. */
export async function listIds({ host, root }: Store): Promise<readonly string[]> {
  const names = (await host.files.list(root)) ?? [];
  return names.filter((name) => name !== cacheDirectory).sort();
}
