import { type CgroupStats, noStats } from "../cgroup/stats.ts";
import type { Host } from "../host/host.ts";
import { isUnifiedAlone, keptCgroups } from "./kept-cgroups.ts";
import type { StateFile } from "./state-file.ts";

/** By what v1 calls the controller that counts it. */
const counters = ["cpuset", "cpu", "memory", "pids", "blkio", "hugetlb"] as const;

/** What the kernel has counted of a container, by the hierarchies that its cgroups are in. */
export async function readStats({ files }: Host, state: StateFile): Promise<CgroupStats> {
  const { "": unified, ...v1 } = keptCgroups(state);
  const readV2 = async (directory: string): Promise<CgroupStats> => {
    const { readStatsV2 } = await import("../cgroup/stats-v2.ts");
    return readStatsV2(files, directory);
  };
  if (unified !== undefined && isUnifiedAlone(state)) return readV2(unified);
  if (Object.keys(v1).length === 0) return noStats;
  const { readStatsV1 } = await import("../cgroup/stats-v1.ts");
  const stats = await readStatsV1(files, v1);
  const missed = counters.filter((name) => v1[name] === undefined);
  if (unified === undefined || missed.length === 0) return stats;
  const beside = await readV2(unified);
  return { ...stats, ...Object.fromEntries(missed.map((name) => [name, beside[name]])) };
}
