import type { Files } from "../host/host.ts";
import { parseNumberList } from "./number-list.ts";
import {
  type BlkioEntry,
  type BlkioStats,
  type CgroupStats,
  type Counter,
  type CpuStats,
  type CpusetStats,
  type HugetlbStats,
  type MemoryEntry,
  type MemoryStats,
  noStats,
  pageSizes,
  parseCounter,
  Reader,
  unlimited,
} from "./stats.ts";

/** cpuacct.stat counts in ticks of a hundredth of a second, on every Linux. */
const nanosecondsPerTick = 10_000_000n;

async function readAcct(reader: Reader): Promise<Partial<CpuStats>> {
  const { user = 0n, system = 0n } = await reader.counters("cpuacct.stat");
  const percpu = ((await reader.text("cpuacct.usage_percpu")) ?? "").trim();
  // A heading, then `cpu user system` a line.
  const all = ((await reader.text("cpuacct.usage_all")) ?? "").trim().split("\n").slice(1);
  const columns = all.map((line) => line.split(" ")).filter(({ length }) => length === 3);
  return {
    total: (await reader.counter("cpuacct.usage")) ?? 0n,
    percpu: percpu === "" ? [] : percpu.split(/\s+/).map(parseCounter),
    percpuUser: columns.map(([, value = ""]) => parseCounter(value)),
    percpuKernel: columns.map(([, , value = ""]) => parseCounter(value)),
    user: user * nanosecondsPerTick,
    kernel: system * nanosecondsPerTick,
  };
}

async function readThrottling(reader: Reader): Promise<Partial<CpuStats>> {
  const stat = await reader.counters("cpu.stat");
  return {
    periods: stat.nr_periods ?? 0n,
    throttledPeriods: stat.nr_throttled ?? 0n,
    throttledTime: stat.throttled_time ?? 0n,
  };
}

const cpusetFlags = [
  "cpu_exclusive",
  "mem_hardwall",
  "mem_exclusive",
  "memory_migrate",
  "memory_spread_page",
  "memory_spread_slab",
  "memory_pressure",
  "sched_load_balance",
] as const;

async function readCpuset(reader: Reader): Promise<CpusetStats> {
  const flags: Record<string, Counter> = {};
  for (const name of cpusetFlags) flags[name] = (await reader.counter(`cpuset.${name}`)) ?? 0n;
  // The one that can be below 0: -1 is the system's own.
  const level = ((await reader.text("cpuset.sched_relax_domain_level")) ?? "0").trim();
  flags.sched_relax_domain_level = BigInt(/^-?\d+$/.test(level) ? level : 0);
  return {
    cpus: parseNumberList((await reader.text("cpuset.cpus")) ?? ""),
    mems: parseNumberList((await reader.text("cpuset.mems")) ?? ""),
    flags,
  };
}

async function readMemoryEntry(reader: Reader, prefix: string): Promise<MemoryEntry> {
  const read = async (file: string) => (await reader.counter(`${prefix}.${file}`)) ?? 0n;
  return {
    usage: await read("usage_in_bytes"),
    max: await read("max_usage_in_bytes"),
    failcnt: await read("failcnt"),
    limit: await read("limit_in_bytes"),
  };
}

async function readMemory(reader: Reader): Promise<MemoryStats> {
  const raw = await reader.counters("memory.stat");
  return {
    cache: raw.cache ?? 0n,
    usage: await readMemoryEntry(reader, "memory"),
    swap: await readMemoryEntry(reader, "memory.memsw"),
    kernel: await readMemoryEntry(reader, "memory.kmem"),
    kernelTcp: await readMemoryEntry(reader, "memory.kmem.tcp"),
    raw,
  };
}

/** Lines of `major:minor operation value`, or without the operation; the total at the end is none. */
export function parseBlkio(text: string): readonly BlkioEntry[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\d+):(\d+) (?:(\w+) )?(\d+)$/.exec(line);
    if (match === null) return [];
    const [, major = "", minor = "", op = "", value = ""] = match;
    return [{ major: BigInt(major), minor: BigInt(minor), op, value: BigInt(value) }];
  });
}

type BlkioTable = Exclude<keyof BlkioStats, "psi">;
type BlkioFiles = readonly (readonly [name: BlkioTable, file: string])[];

const both = (prefix: string, suffix = "_recursive"): BlkioFiles => [
  ["serviced", `${prefix}io_serviced${suffix}`],
  ["serviceBytes", `${prefix}io_service_bytes${suffix}`],
];

const whole = (prefix: string, time: string): BlkioFiles => [
  ["sectors", `${prefix}sectors_recursive`],
  ["serviceTime", `${prefix}io_service_time_recursive`],
  ["waitTime", `${prefix}io_wait_time_recursive`],
  ["merged", `${prefix}io_merged_recursive`],
  ["queued", `${prefix}io_queued_recursive`],
  ["time", `${prefix}${time}`],
  ...both(prefix),
];

/** Who may have counted, the one that tells most first: each scheduler has files of its own. */
const blkioFiles: readonly BlkioFiles[] = [
  whole("blkio.bfq.", "time_recursive"),
  both("blkio.bfq."),
  whole("blkio.", "time_recursive"),
  both("blkio.throttle."),
  both("blkio.throttle.", ""),
];

async function readBlkio(reader: Reader): Promise<BlkioStats> {
  for (const group of blkioFiles) {
    const found: Partial<Record<BlkioTable, readonly BlkioEntry[]>> = {};
    for (const [name, file] of group) {
      const entries = parseBlkio((await reader.text(file)) ?? "");
      if (entries.length === 0) break;
      found[name] = entries;
    }
    if (Object.keys(found).length === group.length) return { ...noStats.blkio, ...found };
  }
  return noStats.blkio;
}

async function readHugetlb(
  reader: Reader,
  sizes: readonly string[],
): Promise<Readonly<Record<string, HugetlbStats>>> {
  const stats: Record<string, HugetlbStats> = {};
  for (const size of sizes) {
    const reserved = `hugetlb.${size}.rsvd`;
    const counted = (await reader.text(`${reserved}.usage_in_bytes`)) !== undefined;
    const prefix = counted ? reserved : `hugetlb.${size}`;
    const usage = await reader.counter(`${prefix}.usage_in_bytes`);
    if (usage === undefined) continue;
    const max = (await reader.counter(`${prefix}.max_usage_in_bytes`)) ?? 0n;
    stats[size] = { usage, max, failcnt: (await reader.counter(`${prefix}.failcnt`)) ?? 0n };
  }
  return stats;
}

/** Reads what the v1 cgroups at these paths, by controller, have counted. */
export async function readStatsV1(
  files: Files,
  paths: Readonly<Record<string, string>>,
): Promise<CgroupStats> {
  const at = (name: string): Reader | undefined => {
    const path = paths[name];
    return path === undefined ? undefined : new Reader(files, path);
  };
  const [cpu, acct, cpuset, memory] = ["cpu", "cpuacct", "cpuset", "memory"].map(at);
  const [pids, blkio, hugetlb] = ["pids", "blkio", "hugetlb"].map(at);
  const sizes = hugetlb ? pageSizes((await files.list("/sys/kernel/mm/hugepages")) ?? []) : [];
  const limit = (await pids?.counter("pids.max")) ?? 0n;
  return {
    cpu: {
      ...noStats.cpu,
      ...(acct && (await readAcct(acct))),
      ...(cpu && (await readThrottling(cpu))),
    },
    cpuset: cpuset ? await readCpuset(cpuset) : noStats.cpuset,
    memory: memory ? await readMemory(memory) : noStats.memory,
    pids: {
      current: (await pids?.counter("pids.current")) ?? 0n,
      limit: limit === unlimited ? 0n : limit,
    },
    blkio: blkio ? await readBlkio(blkio) : noStats.blkio,
    hugetlb: hugetlb ? await readHugetlb(hugetlb, sizes) : {},
  };
}
