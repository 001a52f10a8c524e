import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { parseNumberList } from "../number-list.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#cpu");
const cpu = "/linux/resources/cpu";

/**
 * CPU time and CPUs of the container's cgroup. 0 is not set: runc and crun do not write it, and engines do.
 *
 * Decision: the text gives no bounds for shares, and runtimes on cgroup v2 pull them to the nearest. On v1
 * the kernel does, and runc then fails because it reads another number back: an error, and a warning for
 * v2.
 */
export const cgroupCpuRules: readonly ConfigRule[] = onLinux([
  {
    id: "cg/cpu-shares",
    severity: "error",
    spec,
    check({ linux }, report, { cgroup }) {
      const { shares = 0 } = linux?.resources?.cpu ?? {};
      if (shares === 0 || (shares >= 2 && shares <= 262_144)) return;
      report(
        `${cpu}/shares`,
        `must be from 2 to 262144, not ${shares}`,
        cgroup === "v2" ? { severity: "warning" } : {},
      );
    },
  },
  {
    id: "cg/cpu-quota-period",
    severity: "error",
    spec,
    check({ linux }, report) {
      const { quota = 0, period = 0 } = linux?.resources?.cpu ?? {};
      if (quota < -1) {
        report(`${cpu}/quota`, `-1 stands for no limit, not ${quota}`, { severity: "warning" });
      } else if (quota > 0 && quota < 1000) {
        report(`${cpu}/quota`, `must be at least 1000 microseconds, not ${quota}`);
      }
      if (period !== 0 && (period < 1000 || period > 1_000_000)) {
        report(`${cpu}/period`, `must be from 1000 to 1000000 microseconds, not ${period}`);
      }
    },
  },
  {
    id: "cg/cpu-burst",
    severity: "error",
    spec,
    check({ linux }, report) {
      const { quota = 0, burst = 0 } = linux?.resources?.cpu ?? {};
      if (quota <= 0 || burst <= quota) return;
      report(`${cpu}/burst`, `must not be more than the quota, ${quota}`);
    },
  },
  {
    id: "cg/cpu-idle",
    severity: "warning",
    spec,
    check({ linux }, report) {
      const { idle = 0, shares = 0 } = linux?.resources?.cpu ?? {};
      if (idle !== 0 && idle !== 1) {
        report(`${cpu}/idle`, `must be 0 or 1, not ${idle}`, { severity: "error" });
      } else if (idle === 1 && shares !== 0) {
        report(`${cpu}/shares`, "an idle cgroup has the least weight, whatever its shares");
      }
    },
  },
  {
    id: "cg/cpuset-syntax",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachElement(["cpus", "mems"] as const, "", (name) => {
        const list = parseNumberList(linux?.resources?.cpu?.[name] ?? "");
        if (typeof list === "string") report(`${cpu}/${name}`, list);
      });
    },
  },
  {
    id: "cg/rt-v2",
    severity: "warning",
    spec,
    check({ linux }, report, { cgroup }) {
      if (cgroup !== "v2") return;
      eachElement(["realtimeRuntime", "realtimePeriod"] as const, "", (name) => {
        if (!linux?.resources?.cpu?.[name]) return;
        report(`${cpu}/${name}`, `cgroup v2 has no ${name}; crun refuses it`, { part: "key" });
      });
    },
  },
]);

export const cgroupCpuDocs: RuleDocs = {
  "cg/cpu-shares": {
    title: "CPU shares are from 2 to 262144",
    explanation:
      "The kernel pulls other numbers to the nearest one. On cgroup v1 runc notices and fails; on v2, " +
      "where shares become a weight from 1 to 10000, it is a warning.",
    examples: {
      bad: { patch: { linux: { resources: { cpu: { shares: 1 } } } } },
      good: { patch: { linux: { resources: { cpu: { shares: 1024 } } } } },
    },
  },
  "cg/cpu-quota-period": {
    title: "CPU quota and period are in the kernel's bounds",
    explanation:
      "Both are in microseconds. The kernel takes periods from a millisecond to a second and quotas from " +
      "a millisecond up, -1 being none; it refuses others with EINVAL.",
    examples: {
      bad: { patch: { linux: { resources: { cpu: { quota: 500, period: 100000 } } } } },
      good: { patch: { linux: { resources: { cpu: { quota: 50000, period: 100000 } } } } },
    },
  },
  "cg/cpu-burst": {
    title: "the burst is no more than the quota",
    explanation:
      "What may be saved up and used beyond the quota must not exceed it; the kernel refuses more.",
    examples: {
      bad: { patch: { linux: { resources: { cpu: { quota: 50000, burst: 60000 } } } } },
      good: { patch: { linux: { resources: { cpu: { quota: 50000, burst: 20000 } } } } },
    },
  },
  "cg/cpu-idle": {
    title: "idle is 0 or 1",
    explanation:
      "With 1 the cgroup gets CPU time only when nobody else wants it, and its shares mean nothing. " +
      "Another number is refused by the kernel, so it is an error.",
    examples: {
      bad: { patch: { linux: { resources: { cpu: { idle: 1, shares: 512 } } } } },
      good: { patch: { linux: { resources: { cpu: { idle: 1 } } } } },
    },
  },
  "cg/cpuset-syntax": {
    title: "CPUs and memory nodes are lists of numbers",
    explanation:
      "cpus and mems are numbers and ranges with commas between them, as in 0-3,7. On a machine they must " +
      "be there too: the kernel refuses a CPU or a memory node that is not.",
    examples: {
      bad: { patch: { linux: { resources: { cpu: { cpus: "0..3" } } } } },
      good: { patch: { linux: { resources: { cpu: { cpus: "0-3,7", mems: "0" } } } } },
    },
  },
  "cg/rt-v2": {
    title: "no real-time limits on cgroup v2",
    explanation:
      "cgroup v2 has no limits for real-time tasks. runc ignores the two settings there, crun fails.",
    examples: {
      bad: {
        patch: { linux: { resources: { cpu: { realtimeRuntime: 950000 } } } },
        target: { cgroup: "v2" },
      },
      good: {
        patch: { linux: { resources: { cpu: { realtimeRuntime: 950000 } } } },
        target: { cgroup: "v1" },
      },
    },
  },
};
