import type { LinuxResources } from "@ocikit/oci-spec";
import { blockIoV1 } from "./block-io.ts";
import { type DeviceRule, deviceRules } from "./devices.ts";
import { rdmaFiles } from "./rdma.ts";
import type { CgroupSetting } from "./resources.ts";
import { given, pidsMax, setting } from "./setting.ts";

type Controller = (resources: LinuxResources, rootless: boolean) => readonly CgroupSetting[];

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
  const limit = given(memory.limit);
  const asked = given(memory.swap);
  const unlimited = limit !== undefined && Number(limit) === -1;
  // A limit that is lifted lifts the one with swap, which may not lie below it.
  const swap = asked ?? (unlimited ? -1 : undefined);
  const alone = setting("memory.limit_in_bytes", limit, "/memory/limit");
  const both =
    asked === undefined
      ? // Nobody asked for it by name: a kernel that does not count swap has none to limit.
        setting("memory.memsw.limit_in_bytes", swap, "/memory/limit").map((file) => ({
          ...file,
          optional: true,
        }))
      : setting("memory.memsw.limit_in_bytes", swap, "/memory/swap");
  return [
    // A new cgroup has no limits; from none, the one with swap can only be set after the one without.
    ...(unlimited ? [...both, ...alone] : [...alone, ...both]),
    ...setting("memory.soft_limit_in_bytes", given(memory.reservation), "/memory/reservation"),
    // Kernels that no longer have it have nothing in its place.
    ...setting("memory.kmem.tcp.limit_in_bytes", given(memory.kernelTCP), "/memory/kernelTCP").map(
      (file) => ({ ...file, optional: true }),
    ),
    ...setting("memory.swappiness", memory.swappiness, "/memory/swappiness"),
    ...(memory.disableOOMKiller
      ? setting("memory.oom_control", 1, "/memory/disableOOMKiller")
      : []),
  ];
}

function cpu({ cpu }: LinuxResources): readonly CgroupSetting[] {
  if (!cpu) return [];
  return [
    ...setting("cpu.rt_period_us", given(cpu.realtimePeriod), "/cpu/realtimePeriod"),
    ...setting("cpu.rt_runtime_us", given(cpu.realtimeRuntime), "/cpu/realtimeRuntime"),
    ...setting("cpu.shares", given(cpu.shares), "/cpu/shares"),
    ...setting("cpu.cfs_period_us", given(cpu.period), "/cpu/period"),
    ...setting("cpu.cfs_quota_us", given(cpu.quota), "/cpu/quota"),
    ...setting("cpu.cfs_burst_us", cpu.burst, "/cpu/burst"),
    ...setting("cpu.idle", cpu.idle, "/cpu/idle"),
  ];
}

function hugetlb({ hugepageLimits }: LinuxResources): readonly CgroupSetting[] {
  return (hugepageLimits ?? []).flatMap(({ pageSize, limit }, index) => {
    const from = `/hugepageLimits/${index}`;
    const [reserved] = setting(`hugetlb.${pageSize}.rsvd.limit_in_bytes`, limit, from);
    return [
      ...setting(`hugetlb.${pageSize}.limit_in_bytes`, limit, from),
      // Kernels count reservations since 5.7.
      ...(reserved ? [{ ...reserved, optional: true }] : []),
    ];
  });
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
  pids: ({ pids }) =>
    setting("pids.max", pids?.limit === undefined ? undefined : pidsMax(pids.limit), "/pids/limit"),
  blkio: ({ blockIO }) => blockIoV1(blockIO),
  hugetlb,
  net_cls: ({ network }) => setting("net_cls.classid", given(network?.classID), "/network/classID"),
  net_prio: ({ network }) =>
    (network?.priorities ?? []).flatMap(({ name, priority }, index) =>
      setting("net_prio.ifpriomap", `${name} ${priority}`, `/network/priorities/${index}`),
    ),
  rdma: ({ rdma }) => rdmaFiles(rdma),
};
