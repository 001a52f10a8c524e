import { eachMember, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const rdmaSpec: string = clause("config-linux.md#rdma");
const resources = "/linux/resources";

/**
 * Limits of the small controllers: huge pages, tasks, RDMA, and network.
 *
 * Decision: the schema of the specification demands pids.limit and the text does not; ours follows the
 * text. That 0 is a limit came late: runc before 1.4 and crun take it for none, and docker writes it so.
 * An info, as is any number below -1, which runtimes take for none too.
 */
export const cgroupLimitRules: readonly ConfigRule[] = onLinux([
  {
    id: "cg/hugepage-size",
    severity: "error",
    spec: clause("config-linux.md#huge-page-limits"),
    claims: ["LinuxHugepageLimit.pageSize required", "LinuxHugepageLimit.pageSize pattern"],
  },
  {
    id: "cg/pids-limit",
    severity: "info",
    spec: clause("config-linux.md#pids"),
    check({ linux }, report) {
      const { limit = -1 } = linux?.resources?.pids ?? {};
      if (limit > 0 || limit === -1) return;
      report(
        `${resources}/pids/limit`,
        limit === 0
          ? "0 forbids all tasks; crun, and runc before 1.4, take it for no limit"
          : `-1 stands for no limit, not ${limit}`,
      );
    },
  },
  {
    id: "cg/rdma-one",
    severity: "error",
    spec: rdmaSpec,
    check({ linux }, report) {
      eachMember(linux?.resources?.rdma, `${resources}/rdma`, (limits, _, pointer) => {
        if (limits.hcaHandles !== undefined || limits.hcaObjects !== undefined) return;
        report(pointer, "must have hcaHandles or hcaObjects");
      });
    },
  },
  {
    id: "cg/rdma-portable",
    severity: "warning",
    spec: rdmaSpec,
    check({ linux }, report) {
      if (Object.keys(linux?.resources?.rdma ?? {}).length === 0) return;
      report(`${resources}/rdma`, "crun and youki ignore this without a word", { part: "key" });
    },
  },
  {
    id: "cg/net-v2",
    severity: "warning",
    spec: clause("config-linux.md#network"),
    check({ linux }, report, { cgroup }) {
      if (cgroup !== "v2" || linux?.resources?.network === undefined) return;
      report(`${resources}/network`, "cgroup v2 has no such controllers; crun refuses this", {
        part: "key",
      });
    },
  },
]);

export const cgroupLimitDocs: RuleDocs = {
  "cg/hugepage-size": {
    title: "huge pages have a size",
    explanation:
      "The size is a whole number with KB, MB or GB, counted by 1024, as the cgroup's files have it: " +
      "64KB, 2MB, 1GB. On a machine it must be one of those that the kernel has pages of.",
    examples: {
      bad: { patch: { linux: { resources: { hugepageLimits: [{ pageSize: "2M", limit: 0 }] } } } },
      good: {
        patch: { linux: { resources: { hugepageLimits: [{ pageSize: "2MB", limit: 0 }] } } },
      },
    },
  },
  "cg/pids-limit": {
    title: "the limit of tasks means the same everywhere",
    explanation:
      "The limit may be missing, although the schema of the specification demands it. -1 is none. 0 is a " +
      "limit since 1.3.0 of the specification, and runc 1.4 follows; other runtimes take it for none, " +
      "which is what docker means by it.",
    examples: {
      bad: { patch: { linux: { resources: { pids: { limit: 0 } } } } },
      good: { patch: { linux: { resources: { pids: {} } } } },
    },
  },
  "cg/rdma-one": {
    title: "limits of RDMA have a number",
    explanation:
      "An entry must have hcaHandles or hcaObjects, or both; runc fails when it has nothing to write.",
    examples: {
      bad: { patch: { linux: { resources: { rdma: { mlx5_1: {} } } } } },
      good: { patch: { linux: { resources: { rdma: { mlx5_1: { hcaHandles: 3 } } } } } },
    },
  },
  "cg/rdma-portable": {
    title: "limits of RDMA are runc's alone",
    explanation:
      "Of the common runtimes only runc sets them. crun and youki start the container without the limit " +
      "and say nothing; unified with rdma.max works on cgroup v2 with all of them.",
    examples: {
      bad: { patch: { linux: { resources: { rdma: { mlx5_1: { hcaHandles: 3 } } } } } },
      good: {
        patch: { linux: { resources: { unified: { "rdma.max": "mlx5_1 hca_handle=3" } } } },
      },
    },
  },
  "cg/net-v2": {
    title: "no network settings on cgroup v2",
    explanation:
      "net_cls and net_prio are controllers of cgroup v1. runc ignores the settings on v2, crun fails; " +
      "there filters attached to the cgroup do the work.",
    examples: {
      bad: {
        patch: { linux: { resources: { network: { classID: 1048577 } } } },
        target: { cgroup: "v2" },
      },
      good: {
        patch: { linux: { resources: { network: { classID: 1048577 } } } },
        target: { cgroup: "v1" },
      },
    },
  },
};
