import type { Files } from "../host/host.ts";
import {
  type BlkioEntry,
  type BlkioStats,
  type CgroupStats,
  type CpuStats,
  type HugetlbStats,
  type MemoryEntry,
  type MemoryStats,
  noStats,
  type Pressure,
  type PressureLine,
  pageSizes,
  parseCounter,
  Reader,
  unlimited,
} from "./stats.ts";

const nanosecondsPerMicrosecond = 1000n;
const noPressure: PressureLine = { avg10: 0, avg60: 0, avg300: 0, total: 0n };

/** Lines of `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` and the same of `full`. */
export function parsePressure(text: string): Pressure {
  const line = (name: string): PressureLine => {
    const found = text.split("\n").find((one) => one.startsWith(`${name} `));
    if (found === undefined) return noPressure;
    const fields = new Map(found.split(" ").map((part) => part.split("=") as [string, string]));
    const percent = (key: string): number => Number(fields.get(key) ?? 0);
    const total = parseCounter(fields.get("total") ?? "");
    return { avg10: percent("avg10"), avg60: percent("avg60"), avg300: percent("avg300"), total };
  };
  return { some: line("some"), full: line("full") };
}

async function readPressure(reader: Reader, file: string): Promise<Pressure | undefined> {
  const text = await reader.text(file);
  return text === undefined ? undefined : parsePressure(text);
}

async function readCpu(reader: Reader): Promise<CpuStats> {
  const stat = await reader.counters("cpu.stat");
  const time = (name: string): bigint => (stat[name] ?? 0n) * nanosecondsPerMicrosecond;
  return {
    ...noStats.cpu,
    total: time("usage_usec"),
    user: time("user_usec"),
    kernel: time("system_usec"),
    periods: stat.nr_periods ?? 0n,
    throttledPeriods: stat.nr_throttled ?? 0n,
    throttledTime: time("throttled_usec"),
    psi: await readPressure(reader, "cpu.pressure"),
  };
}

async function readMemoryEntry(reader: Reader, prefix: string): Promise<MemoryEntry> {
  return {
    usage: (await reader.counter(`${prefix}.current`)) ?? 0n,
    limit: (await reader.counter(`${prefix}.max`)) ?? 0n,
    max: (await reader.counter(`${prefix}.peak`)) ?? 0n,
    failcnt: 0n,
  };
}

async function readMemory(reader: Reader): Promise<MemoryStats> {
  const raw = await reader.counters("memory.stat");
  const usage = await readMemoryEntry(reader, "memory");
  const swap = await readMemoryEntry(reader, "memory.swap");
  return {
    ...noStats.memory,
    cache: raw.file ?? 0n,
    usage,
    // As v1 has it, together with memory; the peaks of both need not have been at one time.
    swap: {
      usage: swap.usage + usage.usage,
      limit:
        swap.limit === unlimited || usage.limit === unlimited
          ? unlimited
          : swap.limit + usage.limit,
      max: 0n,
      failcnt: 0n,
    },
    raw,
    psi: await readPressure(reader, "memory.pressure"),
  };
}

/** The words of `io.stat` that v1 has as well: its table and its name for the operation. */
const operations: Readonly<Record<string, readonly ["serviceBytes" | "serviced", string]>> = {
  rbytes: ["serviceBytes", "Read"],
  wbytes: ["serviceBytes", "Write"],
  rios: ["serviced", "Read"],
  wios: ["serviced", "Write"],
};

/** Lines of `major:minor rbytes=1 wbytes=2 rios=3 ...`. */
export function parseIoStat(text: string): BlkioStats {
  const found = { serviceBytes: [] as BlkioEntry[], serviced: [] as BlkioEntry[] };
  for (const line of text.split("\n")) {
    const [device = "", ...words] = line.split(" ");
    const match = /^(\d+):(\d+)$/.exec(device);
    if (match === null) continue;
    const [, major = "", minor = ""] = match;
    for (const word of words) {
      const [name = "", value = ""] = word.split("=");
      const [table, op] = operations[name] ?? [];
      if (table === undefined || op === undefined) continue;
      const entry = { major: BigInt(major), minor: BigInt(minor), op, value: parseCounter(value) };
      found[table].push(entry);
    }
  }
  return { ...noStats.blkio, ...found };
}

async function readHugetlb(
  reader: Reader,
  sizes: readonly string[],
): Promise<Readonly<Record<string, HugetlbStats>>> {
  const stats: Record<string, HugetlbStats> = {};
  for (const size of sizes) {
    const reserved = await reader.counter(`hugetlb.${size}.rsvd.current`);
    const usage = reserved ?? (await reader.counter(`hugetlb.${size}.current`));
    if (usage === undefined) continue;
    const events = await reader.counters(`hugetlb.${size}.events`);
    stats[size] = { usage, max: 0n, failcnt: events.max ?? 0n };
  }
  return stats;
}

async function readPids(reader: Reader): Promise<CgroupStats["pids"]> {
  const current = await reader.counter("pids.current");
  if (current === undefined) {
    // Without the controller those are counted that are there.
    const text = (await reader.text("cgroup.procs")) ?? "";
    return { current: BigInt(text.split("\n").filter((line) => line !== "").length), limit: 0n };
  }
  const limit = (await reader.counter("pids.max")) ?? 0n;
  return { current, limit: limit === unlimited ? 0n : limit };
}

/** Reads what a v2 cgroup has counted. */
export async function readStatsV2(files: Files, directory: string): Promise<CgroupStats> {
  const reader = new Reader(files, directory);
  const sizes = pageSizes((await files.list("/sys/kernel/mm/hugepages")) ?? []);
  return {
    cpu: await readCpu(reader),
    cpuset: noStats.cpuset,
    memory: await readMemory(reader),
    pids: await readPids(reader),
    blkio: {
      ...parseIoStat((await reader.text("io.stat")) ?? ""),
      psi: await readPressure(reader, "io.pressure"),
    },
    hugetlb: await readHugetlb(reader, sizes),
  };
}
