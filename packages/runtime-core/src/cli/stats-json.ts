import type { BlkioEntry, BlkioStats, CgroupStats, Counter, MemoryEntry } from "../cgroup/stats.ts";

/** A counter of 0 is left out, as callers of runc know it. */
function some(name: string, value: Counter): object {
  return value === 0n ? {} : { [name]: value };
}

function list(name: string, values: readonly unknown[]): object {
  return values.length === 0 ? {} : { [name]: values };
}

function memoryEntry(name: string, { limit, usage, max, failcnt }: MemoryEntry): object {
  if (limit === 0n && usage === 0n && max === 0n && failcnt === 0n) return {};
  return { [name]: { limit, ...some("usage", usage), ...some("max", max), failcnt } };
}

function blkioEntries(name: string, entries: readonly BlkioEntry[]): object {
  return list(
    name,
    entries.map(({ major, minor, op, value }) => ({
      ...some("major", major),
      ...some("minor", minor),
      ...(op !== "" && { op }),
      ...some("value", value),
    })),
  );
}

function psi(stats: { readonly psi?: unknown }): object {
  return stats.psi === undefined ? {} : { psi: stats.psi };
}

function blkioJson(blkio: BlkioStats): object {
  return {
    ...blkioEntries("ioServiceBytesRecursive", blkio.serviceBytes),
    ...blkioEntries("ioServicedRecursive", blkio.serviced),
    ...blkioEntries("ioQueueRecursive", blkio.queued),
    ...blkioEntries("ioServiceTimeRecursive", blkio.serviceTime),
    ...blkioEntries("ioWaitTimeRecursive", blkio.waitTime),
    ...blkioEntries("ioMergedRecursive", blkio.merged),
    ...blkioEntries("ioTimeRecursive", blkio.time),
    ...blkioEntries("sectorsRecursive", blkio.sectors),
    ...psi(blkio),
  };
}

function sorted<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Statistics with the names, the order and the gaps that `runc events` has. */
export function statsJson({ cpu, cpuset, memory, pids, blkio, hugetlb }: CgroupStats): object {
  const { periods, throttledPeriods, throttledTime } = cpu;
  const throttling = {
    ...some("periods", periods),
    ...some("throttledPeriods", throttledPeriods),
    ...some("throttledTime", throttledTime),
  };
  const flag = (name: string): Counter => cpuset.flags[name] ?? 0n;
  return {
    cpu: {
      usage: {
        ...some("total", cpu.total),
        ...list("percpu", cpu.percpu),
        ...list("percpu_kernel", cpu.percpuKernel),
        ...list("percpu_user", cpu.percpuUser),
        kernel: cpu.kernel,
        user: cpu.user,
      },
      throttling,
      ...psi(cpu),
    },
    cpuset: {
      ...list("cpus", cpuset.cpus),
      cpu_exclusive: flag("cpu_exclusive"),
      ...list("mems", cpuset.mems),
      mem_hardwall: flag("mem_hardwall"),
      mem_exclusive: flag("mem_exclusive"),
      memory_migrate: flag("memory_migrate"),
      memory_spread_page: flag("memory_spread_page"),
      memory_spread_slab: flag("memory_spread_slab"),
      memory_pressure: flag("memory_pressure"),
      sched_load_balance: flag("sched_load_balance"),
      sched_relax_domain_level: flag("sched_relax_domain_level"),
    },
    memory: {
      ...some("cache", memory.cache),
      ...memoryEntry("usage", memory.usage),
      ...memoryEntry("swap", memory.swap),
      ...memoryEntry("kernel", memory.kernel),
      ...memoryEntry("kernelTCP", memory.kernelTcp),
      ...(Object.keys(memory.raw).length > 0 && { raw: sorted(memory.raw) }),
      ...psi(memory),
    },
    pids: { ...some("current", pids.current), ...some("limit", pids.limit) },
    blkio: blkioJson(blkio),
    hugetlb: Object.fromEntries(
      Object.entries(sorted(hugetlb)).map(([size, { usage, max, failcnt }]) => [
        size,
        { ...some("usage", usage), ...some("max", max), failcnt },
      ]),
    ),
    intel_rdt: {},
    // Interfaces are made by callers, and nobody but them knows which are a container's.
    network_interfaces: null,
  };
}
