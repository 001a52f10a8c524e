import { eachMember, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { LinuxResources } from "../generated/types.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#unified");
const unified = "/linux/resources/unified";

type Setting = (resources: LinuxResources) => unknown;

/** Settings of `linux.resources` that runtimes write into a file of cgroup v2. */
const settings: Readonly<Record<string, Readonly<Record<string, Setting>>>> = {
  "memory.max": { "memory.limit": ({ memory }) => memory?.limit },
  "memory.low": { "memory.reservation": ({ memory }) => memory?.reservation },
  "memory.swap.max": { "memory.swap": ({ memory }) => memory?.swap },
  "cpu.max": { "cpu.quota": ({ cpu }) => cpu?.quota, "cpu.period": ({ cpu }) => cpu?.period },
  "cpu.max.burst": { "cpu.burst": ({ cpu }) => cpu?.burst },
  "cpu.weight": { "cpu.shares": ({ cpu }) => cpu?.shares },
  "cpu.idle": { "cpu.idle": ({ cpu }) => cpu?.idle },
  "cpuset.cpus": { "cpu.cpus": ({ cpu }) => cpu?.cpus },
  "cpuset.mems": { "cpu.mems": ({ cpu }) => cpu?.mems },
  "pids.max": { "pids.limit": ({ pids }) => pids?.limit },
  "io.weight": { "blockIO.weight": ({ blockIO }) => blockIO?.weight },
  "io.bfq.weight": { "blockIO.weight": ({ blockIO }) => blockIO?.weight },
  "io.max": {
    "blockIO.throttleReadBpsDevice": ({ blockIO }) => blockIO?.throttleReadBpsDevice?.length,
    "blockIO.throttleWriteBpsDevice": ({ blockIO }) => blockIO?.throttleWriteBpsDevice?.length,
    "blockIO.throttleReadIOPSDevice": ({ blockIO }) => blockIO?.throttleReadIOPSDevice?.length,
    "blockIO.throttleWriteIOPSDevice": ({ blockIO }) => blockIO?.throttleWriteIOPSDevice?.length,
  },
  "rdma.max": { rdma: ({ rdma }) => rdma },
};

/**
 * Files of cgroup v2 that are set by name.
 *
 * Decision: where a property sets the same file, the one in unified is written last and wins. The kubelet
 * sets memory.swap.max that way and containerd fills in memory.swap: an info there, and silence where both
 * say the same.
 */
export const cgroupUnifiedRules: readonly ConfigRule[] = onLinux([
  {
    id: "cg/unified-v1",
    severity: "error",
    spec,
    check({ linux }, report, { cgroup }) {
      const files = Object.keys(linux?.resources?.unified ?? {});
      if (cgroup !== "v1" || files.length === 0) return;
      report(unified, "cgroup v1 has no such files; runtimes must refuse", { part: "key" });
    },
  },
  {
    id: "cg/unified-key",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachMember(linux?.resources?.unified, unified, (_, file, pointer) => {
        if (/^[^/\0.]+\.[^/\0]+$/.test(file)) return;
        report(pointer, `${JSON.stringify(file)} is no file of a cgroup, like "memory.high"`, {
          part: "key",
        });
      });
    },
  },
  {
    id: "cg/unified-conflict",
    severity: "warning",
    spec,
    check({ linux }, report) {
      const { resources } = linux ?? {};
      eachMember(resources?.unified, unified, (value, file, pointer) => {
        const twins = Object.hasOwn(settings, file) ? settings[file] : {};
        for (const [name, read] of Object.entries(twins ?? {})) {
          const other = resources && read(resources);
          if (!other || says(file, value, other, resources)) continue;
          report(
            pointer,
            `linux.resources.${name} sets this file too; what stands here wins`,
            file === "memory.swap.max" ? { severity: "info" } : {},
          );
        }
      });
      const sizes = (resources?.hugepageLimits ?? []).map(({ pageSize }) => pageSize);
      for (const size of new Set(sizes)) {
        const file = `hugetlb.${size}.max`;
        if (!Object.hasOwn(resources?.unified ?? {}, file)) continue;
        report(
          [...unified.slice(1).split("/"), file],
          "linux.resources.hugepageLimits sets this file too; what stands here wins",
        );
      }
    },
  },
]);

/** Whether a file and a property say the same. */
function says(file: string, value: string, other: unknown, { memory }: LinuxResources): boolean {
  if (file === "memory.swap.max" && memory?.limit !== undefined && memory.swap !== undefined) {
    return value === (memory.swap < 0 ? "max" : String(BigInt(memory.swap) - BigInt(memory.limit)));
  }
  return value === (other === -1 ? "max" : String(other));
}

export const cgroupUnifiedDocs: RuleDocs = {
  "cg/unified-v1": {
    title: "unified is for cgroup v2",
    explanation:
      "The entries are names of files of the unified hierarchy, which cgroup v1 has not. The specification " +
      "has runtimes refuse, and they do.",
    examples: {
      bad: {
        patch: { linux: { resources: { unified: { "memory.high": "64M" } } } },
        target: { cgroup: "v1" },
      },
      good: {
        patch: { linux: { resources: { unified: { "memory.high": "64M" } } } },
        target: { cgroup: "v2" },
      },
    },
  },
  "cg/unified-key": {
    title: "unified names files of the cgroup",
    explanation:
      "An entry is the name of a file in the container's cgroup: the controller, a dot, and the rest, " +
      "without a slash. runc and crun refuse others, which could reach other cgroups.",
    examples: {
      bad: { patch: { linux: { resources: { unified: { "../memory.high": "64M" } } } } },
      good: { patch: { linux: { resources: { unified: { "memory.high": "64M" } } } } },
    },
  },
  "cg/unified-conflict": {
    title: "each file of the cgroup is set once",
    explanation:
      "Runtimes write the properties of linux.resources first and the files of unified last, so the " +
      "property has no effect. Keep one of the two. For memory.swap.max, which Kubernetes sets beside " +
      "the property, it is an info.",
    examples: {
      bad: {
        patch: {
          linux: { resources: { memory: { limit: 67108864 }, unified: { "memory.max": "32M" } } },
        },
      },
      good: {
        patch: {
          linux: { resources: { memory: { limit: 67108864 }, unified: { "memory.high": "32M" } } },
        },
      },
    },
  },
};
