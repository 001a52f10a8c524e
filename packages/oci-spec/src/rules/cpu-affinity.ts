import type { RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { firstOutside, parseNumberList } from "../number-list.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const pointer = "/process/execCPUAffinity";

/** The CPUs of processes that enter the container later. */
export const cpuAffinityRules: readonly ConfigRule[] = onLinux([
  {
    id: "affinity/format",
    severity: "error",
    spec: clause("config.md#linux-process"),
    claims: ["CpuAffinity.initial pattern", "CpuAffinity.final pattern"],
    check({ process }, report) {
      for (const member of ["initial", "final"] as const) {
        const text = process?.execCPUAffinity?.[member];
        if (!text) continue;
        const list = parseNumberList(text);
        if (typeof list === "string") report(`${pointer}/${member}`, list);
        else if (list.length === 0) report(`${pointer}/${member}`, "the list has no CPU");
      }
    },
  },
  {
    id: "affinity/in-cpuset",
    severity: "warning",
    spec: manual("cpuset(7)"),
    check({ process, linux }, report) {
      const cpus = linux?.resources?.cpu?.cpus;
      const final = process?.execCPUAffinity?.final;
      if (!cpus || !final) return;
      const [wanted, allowed] = [parseNumberList(final), parseNumberList(cpus)];
      if (typeof wanted === "string" || typeof allowed === "string") return;
      const outside = firstOutside(wanted, allowed);
      if (outside === undefined) return;
      report(`${pointer}/final`, `CPU ${outside} is not in linux.resources.cpu.cpus, ${cpus}`);
    },
  },
]);

export const cpuAffinityDocs: RuleDocs = {
  "affinity/format": {
    title: "CPUs are a list of numbers and ranges",
    explanation:
      "A list has numbers and ranges with commas between them, as in 0-3,7. Runtimes refuse other words, " +
      "ranges that end before they begin, and lists without any CPU; leave the member out instead.",
    examples: {
      bad: { patch: { process: { execCPUAffinity: { initial: "3-0" } } } },
      good: { patch: { process: { execCPUAffinity: { initial: "0-3,7" } } } },
    },
  },
  "affinity/in-cpuset": {
    title: "the final CPUs are in the container's cpuset",
    explanation:
      "Once in the cgroup, a process runs only on CPUs of its cpuset: the kernel drops the others from the " +
      "affinity, and refuses it when none remains. The initial affinity holds before that and is free.",
    examples: {
      bad: {
        patch: {
          process: { execCPUAffinity: { final: "0-4" } },
          linux: { resources: { cpu: { cpus: "0-3" } } },
        },
      },
      good: {
        patch: {
          process: { execCPUAffinity: { initial: "7", final: "1,3" } },
          linux: { resources: { cpu: { cpus: "0-3" } } },
        },
      },
    },
  },
};
