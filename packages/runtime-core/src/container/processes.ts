import type { Host } from "../host/host.ts";
import { isSystemError } from "../host/system-error.ts";
import type { StateFile } from "./state-file.ts";

/** The processes of a cgroup, as the kernel lists them; none of one that goes while we look. */
async function listed({ files }: Host, directory: string): Promise<string> {
  try {
    return (await files.readText(`${directory}/cgroup.procs`)) ?? "";
  } catch (error) {
    if (isSystemError(error, "ENODEV")) return "";
    throw error;
  }
}

/** Processes in a cgroup and all cgroups below it. */
async function processesIn(host: Host, directory: string): Promise<readonly number[]> {
  const { files } = host;
  const text = await listed(host, directory);
  const pids = text
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  for (const name of (await files.list(directory)) ?? []) {
    const path = `${directory}/${name}`;
    if ((await files.status(path))?.kind === "directory") {
      pids.push(...(await processesIn(host, path)));
    }
  }
  return pids;
}

/** Every process of a container that its cgroup knows of. */
export async function containerProcesses(host: Host, state: StateFile): Promise<readonly number[]> {
  const { cgroup_paths: paths } = state;
  const directory = paths[""] ?? paths.devices ?? Object.values(paths)[0];
  return directory === undefined ? [] : processesIn(host, directory);
}

/** Sends a signal to every process of a container. */
export async function signalAll(host: Host, state: StateFile, signal: number): Promise<void> {
  for (const pid of await containerProcesses(host, state)) {
    const found = await host.processes.inspect(pid);
    if (found) await host.processes.signal(pid, found.startTime, signal);
  }
}
