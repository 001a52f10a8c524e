import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { cgroupsOf, type Place } from "./bundle.ts";

/** Whether a process is there; one that has ended may wait for a lazy parent. */
export function isRunning(pid: number | string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}

/** Processes whose cgroup carries a name. */
function processesOf(id: string): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name) || !isRunning(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cgroup`, "latin1").includes(id);
    } catch {
      // It ended while we looked.
      return false;
    }
  });
}

/** What of a container is left on the machine, each thing in words. */
export function traces({ root, folder }: Place, id: string): readonly string[] {
  const states = existsSync(root) ? readdirSync(root).filter((name) => name !== ".cache") : [];
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return [
    ...states.map((name) => `state ${name}`),
    ...cgroupsOf(id).map((path) => `cgroup ${path}`),
    ...processesOf(id).map((pid) => `process ${pid}`),
    ...mounts.filter((line) => line.includes(folder)).map((line) => `mount ${line}`),
  ];
}

/** Makes sure that nothing of a container is there. */
export function expectNoTrace(place: Place, id: string): void {
  expect(traces(place, id)).toEqual([]);
}
