import type { LinuxResources } from "@ocikit/oci-spec";
import { type DeviceRule, deviceRules } from "./devices.ts";
import type { CgroupSetting } from "./resources.ts";

type Controller = (resources: LinuxResources, rootless: boolean) => readonly CgroupSetting[];

const resourcesPointer = "/linux/resources";

function setting(file: string, value: unknown, from: string): readonly CgroupSetting[] {
  return value === undefined
    ? []
    : [{ file, texts: [String(value)], from: resourcesPointer + from }];
}

function deviceText({ type, major, minor, access }: DeviceRule): string {
  // "a" is everything, and the kernel reads no further.
  return type === "a" ? "a" : `${type} ${major ?? "*"}:${minor ?? "*"} ${access}`;
}

/** Rules next to each other that go the same way share a file that is opened once. */
function devices(resources: LinuxResources, rootless: boolean): readonly CgroupSetting[] {
  // Nobody but root may change what devices are allowed; a rootless container has none it could misuse.
  if (rootless) return [];
  const settings: CgroupSetting[] = [];
  for (const rule of deviceRules(resources.devices)) {
    const file = rule.allow ? "devices.allow" : "devices.deny";
    const last = settings.at(-1);
    const texts = [deviceText(rule)];
    if (last?.file === file && last.from === rule.from) {
      settings[settings.length - 1] = { ...last, texts: [...last.texts, ...texts] };
    } else settings.push({ file, texts, from: rule.from });
  }
  return settings;
}

function memory({ memory }: LinuxResources): readonly CgroupSetting[] {
  if (!memory) return [];
  const unlimited = memory.limit !== undefined && Number(memory.limit) === -1;
  // A limit that is lifted lifts the one with swap, which may not lie below it.
  const swap = memory.swap ?? (unlimited ? -1 : undefined);
  const limit = setting("memory.limit_in_bytes", memory.limit, "/memory/limit");
  const both =
    memory.swap === undefined
      ? // Nobody asked for it by name: a kernel that does not count swap has none to limit.
        setting("memory.memsw.limit_in_bytes", swap, "/memory/limit").map((file) => ({
          ...file,
          optional: true,
        }))
      : setting("memory.memsw.limit_in_bytes", swap, "/memory/swap");
  return [
    // A new cgroup has no limits; from none, the one with swap can only be set after the one without.
    ...(unlimited ? [...both, ...limit] : [...limit, ...both]),
    ...setting("memory.soft_limit_in_bytes", memory.reservation, "/memory/reservation"),
    ...setting("memory.swappiness", memory.swappiness, "/memory/swappiness"),
    ...(memory.disableOOMKiller
      ? setting("memory.oom_control", 1, "/memory/disableOOMKiller")
      : []),
  ];
}

function cpu({ cpu }: LinuxResources): readonly CgroupSetting[] {
  if (!cpu) return [];
  return [
    ...setting("cpu.rt_period_us", cpu.realtimePeriod, "/cpu/realtimePeriod"),
    ...setting("cpu.rt_runtime_us", cpu.realtimeRuntime, "/cpu/realtimeRuntime"),
    ...setting("cpu.shares", cpu.shares, "/cpu/shares"),
    ...setting("cpu.cfs_period_us", cpu.period, "/cpu/period"),
    ...setting("cpu.cfs_quota_us", cpu.quota, "/cpu/quota"),
    ...setting("cpu.cfs_burst_us", cpu.burst, "/cpu/burst"),
    ...setting("cpu.idle", cpu.idle, "/cpu/idle"),
  ];
}

/** The files of each controller; what a config does not say is left as the kernel has it. */
export const v1Controllers: Readonly<Record<string, Controller>> = {
  devices,
  memory,
  cpu,
  cpuset: ({ cpu }) => [
    ...setting("cpuset.cpus", cpu?.cpus || undefined, "/cpu/cpus"),
    ...setting("cpuset.mems", cpu?.mems || undefined, "/cpu/mems"),
  ],
  pids: ({ pids }) => {
    const limit = pids?.limit;
    if (limit === undefined) return [];
    return setting("pids.max", Number(limit) < 0 ? "max" : limit, "/pids/limit");
  },
};
