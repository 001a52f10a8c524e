import type { Files } from "../host/host.ts";
import { isSystemError } from "../host/system-error.ts";

/** A counter of the kernel; u64, so that `max` (2^64 - 1) has a place. */
export type Counter = bigint;

export interface PressureLine {
  /** Percent of the last 10, 60 and 300 seconds. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  /** Microseconds. */
  readonly total: Counter;
}

export interface Pressure {
  readonly some: PressureLine;
  readonly full: PressureLine;
}

/** Bytes. */
export interface MemoryEntry {
  readonly limit: Counter;
  readonly usage: Counter;
  readonly max: Counter;
  readonly failcnt: Counter;
}

export interface BlkioEntry {
  readonly major: Counter;
  readonly minor: Counter;
  readonly op: string;
  readonly value: Counter;
}

/** Times in nanoseconds. */
export interface CpuStats {
  readonly total: Counter;
  readonly percpu: readonly Counter[];
  readonly percpuKernel: readonly Counter[];
  readonly percpuUser: readonly Counter[];
  readonly kernel: Counter;
  readonly user: Counter;
  readonly periods: Counter;
  readonly throttledPeriods: Counter;
  readonly throttledTime: Counter;
  readonly psi?: Pressure | undefined;
}

export interface CpusetStats {
  readonly cpus: readonly number[];
  readonly mems: readonly number[];
  /** By the file's name without its prefix; what is not there is 0. */
  readonly flags: Readonly<Record<string, Counter>>;
}

export interface MemoryStats {
  readonly cache: Counter;
  readonly usage: MemoryEntry;
  /** Memory and swap together. */
  readonly swap: MemoryEntry;
  readonly kernel: MemoryEntry;
  readonly kernelTcp: MemoryEntry;
  /** The lines of `memory.stat`. */
  readonly raw: Readonly<Record<string, Counter>>;
  readonly psi?: Pressure | undefined;
}

export interface BlkioStats {
  readonly serviceBytes: readonly BlkioEntry[];
  readonly serviced: readonly BlkioEntry[];
  readonly queued: readonly BlkioEntry[];
  readonly serviceTime: readonly BlkioEntry[];
  readonly waitTime: readonly BlkioEntry[];
  readonly merged: readonly BlkioEntry[];
  readonly time: readonly BlkioEntry[];
  readonly sectors: readonly BlkioEntry[];
  readonly psi?: Pressure | undefined;
}

export interface HugetlbStats {
  readonly usage: Counter;
  readonly max: Counter;
  readonly failcnt: Counter;
}

/** What the cgroups of a container tell of it; what no controller counts is 0 or empty. */
export interface CgroupStats {
  readonly cpu: CpuStats;
  readonly cpuset: CpusetStats;
  readonly memory: MemoryStats;
  /** A limit of 0 is none. */
  readonly pids: { readonly current: Counter; readonly limit: Counter };
  readonly blkio: BlkioStats;
  readonly hugetlb: Readonly<Record<string, HugetlbStats>>;
}

const noMemory: MemoryEntry = { limit: 0n, usage: 0n, max: 0n, failcnt: 0n };

export const noStats: CgroupStats = {
  cpu: {
    total: 0n,
    percpu: [],
    percpuKernel: [],
    percpuUser: [],
    kernel: 0n,
    user: 0n,
    periods: 0n,
    throttledPeriods: 0n,
    throttledTime: 0n,
  },
  cpuset: { cpus: [], mems: [], flags: {} },
  memory: {
    cache: 0n,
    usage: noMemory,
    swap: noMemory,
    kernel: noMemory,
    kernelTcp: noMemory,
    raw: {},
  },
  pids: { current: 0n, limit: 0n },
  blkio: {
    serviceBytes: [],
    serviced: [],
    queued: [],
    serviceTime: [],
    waitTime: [],
    merged: [],
    time: [],
    sectors: [],
  },
  hugetlb: {},
};

/** What `max` stands for. */
export const unlimited: Counter = (1n << 64n) - 1n;

/** A number of a cgroup file; a negative one, which some kernels write, is 0. */
export function parseCounter(text: string): Counter {
  const word = text.trim();
  if (word === "max") return unlimited;
  return /^\d{1,20}$/.test(word) ? BigInt(word) : 0n;
}

/** Lines of `name number`. */
export function parseCounters(text: string): Readonly<Record<string, Counter>> {
  const counters: Record<string, Counter> = {};
  for (const line of text.split("\n")) {
    const [name = "", value = ""] = line.split(" ");
    if (name !== "" && value !== "") counters[name] = parseCounter(value);
  }
  return counters;
}

/** The files of one cgroup. */
export class Reader {
  readonly #files: Files;
  readonly #directory: string;

  constructor(files: Files, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** The text of a file; undefined when there is none, or it cannot be read in this kernel. */
  async text(file: string): Promise<string | undefined> {
    try {
      return await this.#files.readText(`${this.#directory}/${file}`);
    } catch (error) {
      // Pressure that is switched off is there and answers so; so does the file of a cgroup that just went.
      if (isSystemError(error, "EOPNOTSUPP") || isSystemError(error, "ENODEV")) return undefined;
      throw error;
    }
  }

  async counter(file: string): Promise<Counter | undefined> {
    const text = await this.text(file);
    return text === undefined ? undefined : parseCounter(text);
  }

  async counters(file: string): Promise<Readonly<Record<string, Counter>>> {
    return parseCounters((await this.text(file)) ?? "");
  }
}

/** Sizes of huge pages by the names that cgroup files have for them. */
export function pageSizes(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(kilobytes)) return [];
    if (kilobytes >= 1 << 20) return [`${kilobytes >> 20}GB`];
    return [kilobytes >= 1 << 10 ? `${kilobytes >> 10}MB` : `${kilobytes}KB`];
  });
}
