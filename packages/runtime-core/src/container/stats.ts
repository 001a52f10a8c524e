import { type CgroupStats, noStats } from "../cgroup/stats.ts";
import type { Host } from "../host/host.ts";
import type { StateFile } from "./state-file.ts";

/** What the kernel has counted of a container, by the hierarchies that its cgroups are in. */
export async function readStats({ files }: Host, state: StateFile): Promise<CgroupStats> {
  const { "": unified, ...v1 } = state.cgroup_paths;
  if (unified !== undefined) {
    const { readStatsV2 } = await import("../cgroup/stats-v2.ts");
    return readStatsV2(files, unified);
  }
  if (Object.keys(v1).length === 0) return noStats;
  const { readStatsV1 } = await import("../cgroup/stats-v1.ts");
  return readStatsV1(files, v1);
}
