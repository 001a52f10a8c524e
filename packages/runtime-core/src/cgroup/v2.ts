import type { LinuxResources } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import { joinPointer } from "../plan/pointer.ts";
import type { CgroupSetting } from "./resources.ts";

const resourcesPointer = "/linux/resources";

function setting(file: string, value: unknown, from: string): readonly CgroupSetting[] {
  return value === undefined
    ? []
    : [{ file, texts: [String(value)], from: resourcesPointer + from }];
}

function max(value: number | bigint): string {
  return Number(value) === -1 ? "max" : String(value);
}

/**
 * CPU shares of v1 (2 to 262144, 1024 is usual) as a weight of v2 (1 to 10000, 100 is usual): on the curve
 * through those three pairs, as runc and crun have it since 2025.
 */
export function cpuWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}

function memory({ memory }: LinuxResources): readonly CgroupSetting[] {
  if (!memory) return [];
  const { limit, swap, reservation } = memory;
  const settings: CgroupSetting[] = [];
  if (swap !== undefined) {
    // v1 counts memory and swap together, v2 swap alone.
    const unlimited = Number(swap) === -1;
    if (!unlimited && (limit === undefined || Number(limit) === -1)) {
      throw new RuntimeError(
        "INVALID_CONFIG",
        "a limit of memory with swap needs a limit of memory",
        {
          pointer: `${resourcesPointer}/memory/swap`,
        },
      );
    }
    const alone = unlimited ? -1 : BigInt(swap) - BigInt(limit ?? 0);
    if (!unlimited && BigInt(alone) < 0n) {
      throw new RuntimeError(
        "INVALID_CONFIG",
        "the limit of memory with swap is below that of memory",
        {
          pointer: `${resourcesPointer}/memory/swap`,
        },
      );
    }
    settings.push(...setting("memory.swap.max", max(alone), "/memory/swap"));
  } else if (limit !== undefined && Number(limit) === -1) {
    settings.push({
      ...setting("memory.swap.max", "max", "/memory/limit")[0],
      optional: true,
    } as CgroupSetting);
  }
  return [
    ...settings,
    ...(limit === undefined ? [] : setting("memory.max", max(limit), "/memory/limit")),
    ...(reservation === undefined
      ? []
      : setting("memory.low", max(reservation), "/memory/reservation")),
  ];
}

function cpu({ cpu }: LinuxResources): readonly CgroupSetting[] {
  if (!cpu) return [];
  const { shares, quota, period, burst, idle } = cpu;
  const settings: CgroupSetting[] = [];
  if (idle !== undefined) settings.push(...setting("cpu.idle", idle, "/cpu/idle"));
  // An idle group has no weight that could be set.
  if (shares !== undefined && Number(shares) !== 0 && Number(idle ?? 0) === 0) {
    settings.push(...setting("cpu.weight", cpuWeight(Number(shares)), "/cpu/shares"));
  }
  if (quota !== undefined || period !== undefined) {
    const amount = quota === undefined || Number(quota) <= 0 ? "max" : String(quota);
    const text = period === undefined ? amount : `${amount} ${period}`;
    settings.push(...setting("cpu.max", text, quota === undefined ? "/cpu/period" : "/cpu/quota"));
  }
  return [...settings, ...setting("cpu.max.burst", burst, "/cpu/burst")];
}

/** The files of a v2 cgroup; what a config does not say is left as the kernel has it. */
export function v2Files(resources: LinuxResources): readonly CgroupSetting[] {
  const pids = resources.pids?.limit;
  const unified = Object.entries(resources.unified ?? {}).map(([file, value]): CgroupSetting => {
    const from = joinPointer(`${resourcesPointer}/unified`, file);
    if (file.includes("/")) {
      throw new RuntimeError("INVALID_CONFIG", `${file} is not the name of a cgroup file`, {
        pointer: from,
      });
    }
    return { file, texts: [value], from };
  });
  return [
    ...memory(resources),
    ...cpu(resources),
    ...setting("cpuset.cpus", resources.cpu?.cpus || undefined, "/cpu/cpus"),
    ...setting("cpuset.mems", resources.cpu?.mems || undefined, "/cpu/mems"),
    ...(pids === undefined
      ? []
      : setting("pids.max", Number(pids) < 0 ? "max" : pids, "/pids/limit")),
    ...unified,
  ];
}
