import type { Host } from "../host/host.ts";
import type { StateFile } from "./state-file.ts";

/** Processes in a cgroup and all cgroups below it. */
async function processesIn({ files }: Host, directory: string): Promise<readonly number[]> {
  const text = (await files.readText(`${directory}/cgroup.procs`)) ?? "";
  const pids = text
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  for (const name of (await files.list(directory)) ?? []) {
    const path = `${directory}/${name}`;
    if ((await files.status(path))?.kind === "directory") {
      pids.push(...(await processesIn({ files } as Host, path)));
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
