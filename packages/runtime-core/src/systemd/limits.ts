import type { LinuxResources } from "@ocikit/oci-spec";
import type { CgroupSetting } from "../cgroup/resources.ts";
import { v1Controllers } from "../cgroup/v1.ts";
import { v2Files } from "../cgroup/v2.ts";
import { infinity, sizeProperty, type UnitProperty } from "./property.ts";

function limit(name: string) {
  return (text: string): readonly UnitProperty[] => {
    if (text === "max" || text === "-1") return [sizeProperty(name, infinity)];
    return /^\d+$/.test(text) ? [sizeProperty(name, BigInt(text))] : [];
  };
}

/** systemd counts in hundredths of a CPU and refuses what is finer. */
const roundUs = 10_000n;

/** CPU time in a second, and since version 242 the time it is counted over. */
function quota(amount: string, period: string, version: number): readonly UnitProperty[] {
  const isPlain = (text: string): boolean => /^[1-9]\d*$/.test(text);
  const periodUs = isPlain(period) ? BigInt(period) : 100_000n;
  const perSecond = isPlain(amount) ? (BigInt(amount) * 1_000_000n) / periodUs : infinity;
  const rounded =
    perSecond === infinity ? infinity : ((perSecond + roundUs - 1n) / roundUs) * roundUs;
  return [
    ...(version >= 242 && isPlain(period) ? [sizeProperty("CPUQuotaPeriodUSec", periodUs)] : []),
    sizeProperty("CPUQuotaPerSecUSec", rounded),
  ];
}

/** A list like `0-2,5` as bits, the first of them the lowest of the first byte. */
function bits(list: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const part of list.trim().split(",")) {
    const [, first, last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    if (first === undefined) return undefined;
    for (let bit = Number(first); bit <= Number(last); bit++) {
      while (bytes.length <= bit >> 3) bytes.push(0);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) | (1 << (bit & 7));
    }
  }
  return Uint8Array.from(bytes);
}

function allowed(name: string) {
  return (text: string, version: number): readonly UnitProperty[] => {
    const value = version >= 244 ? bits(text) : undefined;
    return value === undefined ? [] : [[name, { signature: "ay", value }]];
  };
}

type Telling = (text: string, version: number) => readonly UnitProperty[];

const unifiedFiles: Readonly<Record<string, Telling>> = {
  "memory.max": limit("MemoryMax"),
  "memory.high": limit("MemoryHigh"),
  "memory.low": limit("MemoryLow"),
  "memory.min": (text, version) => (version >= 240 ? limit("MemoryMin")(text) : []),
  "memory.swap.max": limit("MemorySwapMax"),
  "cpu.weight": limit("CPUWeight"),
  // An idle group is one without weight, since version 252.
  "cpu.idle": (text, version) =>
    text === "1" && version >= 252 ? [sizeProperty("CPUWeight", 0n)] : [],
  "cpu.max": (text, version) => {
    const [amount = "max", period = ""] = text.split(" ");
    return quota(amount, period, version);
  },
  "cpuset.cpus": allowed("AllowedCPUs"),
  "cpuset.mems": allowed("AllowedMemoryNodes"),
  "pids.max": (text) => (text === "0" ? [] : limit("TasksMax")(text)),
};

const v1Files: Readonly<Record<string, Telling>> = {
  "memory.limit_in_bytes": limit("MemoryLimit"),
  "cpu.shares": limit("CPUShares"),
  "blkio.weight": limit("BlockIOWeight"),
  "pids.max": (text) => (text === "0" ? [] : limit("TasksMax")(text)),
};

function tell(
  settings: readonly CgroupSetting[],
  files: Readonly<Record<string, Telling>>,
  version: number,
): readonly UnitProperty[] {
  return settings.flatMap(({ file, texts }) => {
    const telling = Object.hasOwn(files, file) ? files[file] : undefined;
    return telling === undefined ? [] : texts.flatMap((text) => telling(text.trim(), version));
  });
}

/** Of several that say the same property the last one counts. */
function lastOfEach(properties: readonly UnitProperty[]): readonly UnitProperty[] {
  return [...new Map(properties.map((property) => [property[0], property])).values()];
}

/**
 * Limits as properties of a unit: what systemd knows by name, out of what is written into the cgroup's files.
 * A limit that it is not told it would put its own in the place of, when it looks the unit over again.
 */
export function limitProperties(
  resources: LinuxResources,
  mode: "v1" | "v2",
  version: number,
): readonly UnitProperty[] {
  if (mode === "v2") return lastOfEach(tell(v2Files(resources), unifiedFiles, version));
  const settings = Object.entries(v1Controllers)
    .filter(([name]) => name !== "devices")
    .flatMap(([, controller]) => controller(resources, false));
  const text = (file: string): string =>
    settings.findLast((setting) => setting.file === file)?.texts.at(-1) ?? "";
  const time = [text("cpu.cfs_quota_us"), text("cpu.cfs_period_us")] as const;
  return lastOfEach([
    ...tell(settings, v1Files, version),
    ...(time[0] === "" && time[1] === "" ? [] : quota(time[0], time[1], version)),
  ]);
}
