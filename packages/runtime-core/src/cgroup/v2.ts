import type { LinuxResources } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import { joinPointer } from "../plan/pointer.ts";
import { blockIoV2 } from "./block-io.ts";
import { rdmaFiles } from "./rdma.ts";
import type { CgroupSetting } from "./resources.ts";
import { given, pidsMax, resourcesPointer, setting } from "./setting.ts";

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

function refuse(message: string, from: string): never {
  throw new RuntimeError("INVALID_CONFIG", message, { pointer: resourcesPointer + from });
}

/** v1 counts memory and swap together, v2 swap alone. */
function swapMax(swap: number | bigint, limit: number | bigint | undefined): string {
  const from = "/memory/swap";
  if (Number(swap) === -1) return "max";
  if (limit === undefined) return refuse("unable to set swap limit without memory limit", from);
  if (Number(limit) === -1) return String(swap);
  const alone = BigInt(swap) - BigInt(limit);
  return alone < 0n ? refuse("memory+swap limit should be >= memory limit", from) : String(alone);
}

function memory({ memory }: LinuxResources): readonly CgroupSetting[] {
  if (!memory) return [];
  const limit = given(memory.limit);
  const swap = given(memory.swap);
  const reservation = given(memory.reservation);
  const unlimited = limit !== undefined && Number(limit) === -1;
  // A limit that is lifted lifts that of swap.
  const alone = swap === undefined ? (unlimited ? "max" : undefined) : swapMax(swap, limit);
  return [
    ...setting("memory.swap.max", alone, swap === undefined ? "/memory/limit" : "/memory/swap").map(
      // Where swap is not counted there is none to allow or to forbid.
      (one) => (alone === "max" || alone === "0" ? { ...one, optional: true } : one),
    ),
    ...(limit === undefined ? [] : setting("memory.max", max(limit), "/memory/limit")),
    ...(reservation === undefined
      ? []
      : setting("memory.low", max(reservation), "/memory/reservation")),
  ];
}

function cpu({ cpu }: LinuxResources): readonly CgroupSetting[] {
  if (!cpu) return [];
  const { burst, idle } = cpu;
  const [shares, quota, period] = [cpu.shares, cpu.quota, cpu.period].map(given);
  const settings: CgroupSetting[] = [...setting("cpu.idle", idle, "/cpu/idle")];
  // An idle group has no weight that could be set.
  if (shares !== undefined && Number(idle ?? 0) === 0) {
    settings.push(...setting("cpu.weight", cpuWeight(Number(shares)), "/cpu/shares"));
  }
  if (quota !== undefined || period !== undefined) {
    const amount = quota === undefined || Number(quota) <= 0 ? "max" : String(quota);
    const text = period === undefined ? amount : `${amount} ${period}`;
    settings.push(...setting("cpu.max", text, quota === undefined ? "/cpu/period" : "/cpu/quota"));
  }
  return [...settings, ...setting("cpu.max.burst", burst, "/cpu/burst")];
}

function hugetlb({ hugepageLimits }: LinuxResources): readonly CgroupSetting[] {
  return (hugepageLimits ?? []).flatMap(({ pageSize, limit }, index) => {
    const from = `/hugepageLimits/${index}`;
    const [reserved] = setting(`hugetlb.${pageSize}.rsvd.max`, limit, from);
    return [
      ...setting(`hugetlb.${pageSize}.max`, limit, from),
      // Kernels count reservations since 5.7.
      ...(reserved ? [{ ...reserved, optional: true }] : []),
    ];
  });
}

/** The files of a v2 cgroup, which knows nothing of packets; what a config does not say is left as the kernel has it. */
export function v2Files(resources: LinuxResources): readonly CgroupSetting[] {
  const pids = resources.pids?.limit;
  const unified = Object.entries(resources.unified ?? {}).map(([file, value]): CgroupSetting => {
    const from = joinPointer(`${resourcesPointer}/unified`, file);
    if (file.includes("/")) {
      throw new RuntimeError("INVALID_CONFIG", `${file} is not the name of a cgroup file`, {
        pointer: from,
      });
    }
    // Files of several lines take one with each write.
    return { file, texts: value.split("\n").filter((line) => line !== ""), from };
  });
  return [
    ...memory(resources),
    ...cpu(resources),
    ...setting("cpuset.cpus", resources.cpu?.cpus || undefined, "/cpu/cpus"),
    ...setting("cpuset.mems", resources.cpu?.mems || undefined, "/cpu/mems"),
    ...(pids === undefined ? [] : setting("pids.max", pidsMax(pids), "/pids/limit")),
    ...blockIoV2(resources.blockIO),
    ...hugetlb(resources),
    ...rdmaFiles(resources.rdma),
    ...unified,
  ];
}
