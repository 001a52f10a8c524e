import { statfsSync } from "node:fs";
import { release } from "node:os";
import type { Target } from "../target.ts";

/** What statfs says of the unified hierarchy, and of the tmpfs that holds those of v1 (`linux/magic.h`). */
const cgroup2Magic = 0x63677270;
const tmpfsMagic = 0x01021994;

/** What rules may assume when a container is for this machine, and for who runs this. */
export function machineTarget(): Target {
  if (process.platform !== "linux") return {};
  const cgroup = cgroupVersion();
  return {
    kernel: release(),
    rootless: process.getuid?.() !== 0,
    ...(cgroup && { cgroup }),
  };
}

function cgroupVersion(): "v1" | "v2" | undefined {
  try {
    const { type } = statfsSync("/sys/fs/cgroup");
    if (type === cgroup2Magic) return "v2";
    return type === tmpfsMagic ? "v1" : undefined;
  } catch {
    // No cgroups where they always are: then nothing is assumed.
    return undefined;
  }
}
