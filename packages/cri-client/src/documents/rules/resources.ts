import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri, kernel } from "./sources.ts";

/** Below it no container of today starts: the runtime's own first process needs more. */
const leastMemoryBytes = 6 * 1024 * 1024;

const cpuset = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/** Limits, in the ranges that the kernel takes. Zero is "not stated". */
export const resourceRules: readonly MessageRule[] = [
  rule({
    on: "LinuxContainerResources",
    id: "resources/cpu",
    severity: "error",
    spec: kernel("scheduler/sched-bwc"),
    check({ cpuPeriod = 0, cpuQuota = 0, cpuShares = 0 }, report) {
      if (cpuPeriod !== 0 && (cpuPeriod < 1000 || cpuPeriod > 1_000_000)) {
        report("/cpuPeriod", `a period is 1000 to 1000000 microseconds, not ${cpuPeriod}`);
      }
      if (cpuQuota !== 0 && cpuQuota !== -1 && cpuQuota < 1000) {
        report(
          "/cpuQuota",
          `a quota is at least 1000 microseconds, or -1 for none, not ${cpuQuota}`,
        );
      }
      if (cpuShares !== 0 && (cpuShares < 2 || cpuShares > 262_144)) {
        report("/cpuShares", `shares are 2 to 262144, not ${cpuShares}`);
      }
    },
  }),
  rule({
    on: "LinuxContainerResources",
    id: "resources/memory",
    severity: "error",
    spec: kernel("admin-guide/cgroup-v1/memory"),
    check({ memoryLimitInBytes: memory = 0, memorySwapLimitInBytes: swap = 0 }, report) {
      if (memory < 0 && memory !== -1) {
        report("/memoryLimitInBytes", `a limit is a number of bytes, not ${memory}`);
      }
      if (swap < -1)
        report(
          "/memorySwapLimitInBytes",
          `a limit is a number of bytes, or -1 for none, not ${swap}`,
        );
      if (swap > 0 && memory <= 0) {
        report(
          "/memorySwapLimitInBytes",
          'memory and swap together can\'t be limited without "memoryLimitInBytes"',
        );
      } else if (swap > 0 && swap < memory) {
        report(
          "/memorySwapLimitInBytes",
          `memory and swap together (${swap}) can't be less than memory alone (${memory})`,
        );
      }
    },
  }),
  rule({
    on: "LinuxContainerResources",
    id: "resources/memory-small",
    severity: "warning",
    spec: cri,
    check({ memoryLimitInBytes: memory = 0 }, report) {
      if (memory > 0 && memory < leastMemoryBytes) {
        report(
          "/memoryLimitInBytes",
          `${memory} bytes are too few for a container to start; were more units meant?`,
        );
      }
    },
  }),
  rule({
    on: "LinuxContainerResources",
    id: "resources/oom-score",
    severity: "error",
    spec: kernel("filesystems/proc"),
    check({ oomScoreAdj = 0 }, report) {
      if (oomScoreAdj < -1000 || oomScoreAdj > 1000) {
        report("/oomScoreAdj", `the score is adjusted by -1000 to 1000, not ${oomScoreAdj}`);
      }
    },
  }),
  rule({
    on: "LinuxContainerResources",
    id: "resources/cpuset",
    severity: "error",
    spec: kernel("admin-guide/cgroup-v1/cpusets"),
    check({ cpusetCpus, cpusetMems }, report) {
      for (const [name, list] of [
        ["cpusetCpus", cpusetCpus],
        ["cpusetMems", cpusetMems],
      ] as const) {
        if (list && !cpuset.test(list)) {
          report(
            `/${name}`,
            `${JSON.stringify(list)} is no list of numbers and ranges, as in "0-3,8"`,
          );
          continue;
        }
        const back = (list || undefined)?.split(",").find((part) => {
          const [first, last = first] = part.split("-").map(Number);
          return Number(last) < Number(first);
        });
        if (back !== undefined) report(`/${name}`, `the range ${back} runs backwards`);
      }
    },
  }),
  rule({
    on: "LinuxContainerResources",
    id: "resources/hugepages",
    severity: "error",
    spec: kernel("admin-guide/cgroup-v2"),
    check({ hugepageLimits = [] }, report) {
      const seen = new Set<string>();
      for (const [i, { pageSize = "" }] of hugepageLimits.entries()) {
        if (!/^[1-9]\d*(KB|MB|GB)$/.test(pageSize)) {
          report(
            pageSize === "" ? ["hugepageLimits", i] : ["hugepageLimits", i, "pageSize"],
            `a page size is written as in "2MB" or "1GB", not ${JSON.stringify(pageSize)}`,
          );
        } else if (seen.has(pageSize)) {
          report(
            ["hugepageLimits", i, "pageSize"],
            `pages of ${pageSize} are limited above already`,
          );
        }
        seen.add(pageSize);
      }
    },
  }),
  rule({
    on: "LinuxContainerResources",
    id: "resources/unified",
    severity: "error",
    spec: kernel("admin-guide/cgroup-v2"),
    check({ unified = {} }, report, { cgroup }) {
      for (const name of Object.keys(unified)) {
        if (!/^[a-z]+\.[A-Za-z0-9._]+$/.test(name)) {
          report(
            ["unified", name],
            `${JSON.stringify(name)} is no file of a cgroup: a controller, a dot and a name`,
            { part: "key" },
          );
        } else if (cgroup === "v1") {
          report(["unified", name], "files of cgroup v2 are refused on a machine with cgroup v1", {
            part: "key",
          });
        }
      }
    },
  }),
  rule({
    on: "WindowsContainerResources",
    id: "resources/windows-cpu",
    severity: "error",
    spec: cri,
    check({ cpuMaximum = 0, cpuCount = 0, cpuShares = 0 }, report) {
      if (cpuMaximum !== 0 && (cpuMaximum < 1 || cpuMaximum > 10_000)) {
        report(
          "/cpuMaximum",
          `the maximum is 1 to 10000 hundredths of a percent, not ${cpuMaximum}`,
        );
      }
      const stated = [cpuMaximum, cpuCount, cpuShares].filter((value) => value !== 0);
      if (stated.length > 1) {
        report(
          "",
          '"cpuCount", "cpuMaximum" and "cpuShares" exclude each other; Windows takes one',
          { severity: "warning" },
        );
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "platform/both",
    severity: "warning",
    spec: cri,
    check({ linux, windows }, report) {
      if (linux !== undefined && windows !== undefined) {
        report(
          "/windows",
          '"linux" and "windows" are both stated; a runtime reads the one of its own system',
        );
      }
    },
  }),
];

const limits = (resources: object, more: object = {}): { patch: object } => ({
  patch: { linux: { resources }, ...more },
});

export const resourceDocs: MessageRuleDocs = {
  "resources/cpu": {
    root: "ContainerConfig",
    title: "CPU limits are in the kernel's range",
    explanation: "Writing another number to the cgroup fails, and with it the container.",
    examples: {
      bad: limits({ cpuPeriod: 100, cpuQuota: 50000 }),
      good: limits({ cpuPeriod: 100000, cpuQuota: 50000, cpuShares: 1024 }),
    },
  },
  "resources/memory": {
    root: "ContainerConfig",
    title: "memory limits fit each other",
    explanation:
      "The limit of memory and swap together can't be lower than that of memory, nor stand alone.",
    examples: {
      bad: limits({ memoryLimitInBytes: 134217728, memorySwapLimitInBytes: 67108864 }),
      good: limits({ memoryLimitInBytes: 67108864, memorySwapLimitInBytes: 134217728 }),
    },
  },
  "resources/memory-small": {
    root: "ContainerConfig",
    title: "a container has room to start",
    explanation:
      "The limit holds from the first instruction on, when the runtime itself still runs in the container's cgroup. A few kilobytes are usually a mistake of units.",
    examples: {
      bad: limits({ memoryLimitInBytes: 512 }),
      good: limits({ memoryLimitInBytes: 536870912 }),
    },
  },
  "resources/oom-score": {
    root: "ContainerConfig",
    title: "the score is in range",
    explanation: "The kernel refuses other numbers.",
    examples: { bad: limits({ oomScoreAdj: 1001 }), good: limits({ oomScoreAdj: -999 }) },
  },
  "resources/cpuset": {
    root: "ContainerConfig",
    title: "CPUs and memory nodes are lists",
    explanation: "Numbers and ranges with commas between, as the kernel reads them.",
    examples: {
      bad: limits({ cpusetCpus: "0..3" }),
      good: limits({ cpusetCpus: "0-3,8", cpusetMems: "0" }),
    },
  },
  "resources/hugepages": {
    root: "ContainerConfig",
    title: "page sizes are those of the kernel",
    explanation: "The size is part of a file's name in the cgroup: 2MB, 1GB.",
    examples: {
      bad: limits({ hugepageLimits: [{ pageSize: "2Mi", limit: 1 }] }),
      good: limits({ hugepageLimits: [{ pageSize: "2MB", limit: 2097152 }] }),
    },
  },
  "resources/unified": {
    root: "ContainerConfig",
    title: "unified values name files of cgroup v2",
    explanation:
      "They are written to the container's cgroup as they are; there is none to write to under cgroup v1.",
    examples: {
      bad: limits({ unified: { memory: "1" } }),
      good: limits({ unified: { "memory.high": "67108864" } }),
    },
  },
  "resources/windows-cpu": {
    root: "ContainerConfig",
    title: "Windows takes one CPU limit",
    explanation:
      "Count, maximum and weight are three ways to say the same; of several only one is used.",
    examples: {
      bad: { patch: { windows: { resources: { cpuMaximum: 20000 } } } },
      good: { patch: { windows: { resources: { cpuMaximum: 5000 } } } },
    },
  },
  "platform/both": {
    root: "ContainerConfig",
    title: "a container is for one system",
    explanation: "What is stated for the other one is passed over.",
    examples: { bad: { patch: { linux: {}, windows: {} } }, good: { patch: { linux: {} } } },
  },
};
