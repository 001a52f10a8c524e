import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#memory");
const memory = "/linux/resources/memory";
const limits = ["limit", "reservation", "swap", "kernel", "kernelTCP"] as const;

/** Least memory in which runc can start a program; crun needs a quarter of a mebibyte. */
const minLimit = 4 << 20;

/** 2^64 - 1: how programs in Go say that a number is not set. */
const unset = 18446744073709551615n;

/**
 * Memory of the container's cgroup. 0 is no limit: runc does not write it, and engines do.
 *
 * Decisions:
 * - A reservation above the limit: docker refuses it, the kernel takes it, and an example in the text has
 *   it. It has no effect: a warning.
 * - A limit of memory and swap beside an unlimited memory: cgroup v1 refuses it, and v2 has one for swap
 *   alone. A warning unless the target is v1.
 */
export const cgroupMemoryRules: readonly ConfigRule[] = onLinux([
  {
    id: "cg/mem-swap-ge-limit",
    severity: "error",
    spec,
    check({ linux }, report, { cgroup }) {
      const { limit = 0, swap = 0 } = linux?.resources?.memory ?? {};
      if (swap <= 0) return;
      const at = `${memory}/swap`;
      if (limit === 0)
        report(at, "swap is memory and swap together, so it needs a limit beside it");
      else if (limit < 0) {
        report(
          at,
          "memory and swap together cannot have a limit where memory has none",
          cgroup === "v1" ? {} : { severity: "warning" },
        );
      } else if (swap < limit) {
        report(at, `memory and swap together must be at least the limit of memory, ${limit}`);
      }
    },
  },
  {
    id: "cg/mem-reservation",
    severity: "warning",
    spec,
    check({ linux }, report) {
      const { limit = 0, reservation = 0 } = linux?.resources?.memory ?? {};
      if (limit <= 0 || reservation <= limit) return;
      report(`${memory}/reservation`, `has no effect above the limit, ${limit}`);
    },
  },
  {
    id: "cg/mem-min",
    severity: "warning",
    spec,
    check({ linux }, report) {
      const { limit = 0 } = linux?.resources?.memory ?? {};
      if (limit <= 0 || limit >= minLimit) return;
      report(`${memory}/limit`, `${limit} bytes: below ${minLimit} runc cannot start a program`);
    },
  },
  {
    id: "cg/mem-negative",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachElement(limits, "", (name) => {
        const bytes = linux?.resources?.memory?.[name] ?? 0;
        if (bytes < -1)
          report(`${memory}/${name}`, `must be bytes, or -1 for no limit; not ${bytes}`);
      });
    },
  },
  {
    id: "cg/swappiness",
    severity: "error",
    spec,
    check({ linux }, report) {
      const { swappiness = 0 } = linux?.resources?.memory ?? {};
      if (swappiness <= 100 || swappiness === unset) return;
      report(`${memory}/swappiness`, `must be from 0 to 100, not ${swappiness}`);
    },
  },
  {
    id: "cg/kernel-deprecated",
    severity: "warning",
    spec,
    check({ linux }, report) {
      eachElement(["kernel", "kernelTCP"] as const, "", (name) => {
        if (linux?.resources?.memory?.[name] === undefined) return;
        report(
          `${memory}/${name}`,
          "limits of kernel memory are not recommended; runc ignores them",
          {
            part: "key",
          },
        );
      });
    },
  },
  {
    id: "cg/oomkiller-v2",
    severity: "warning",
    spec,
    check({ linux }, report, { cgroup }) {
      if (cgroup !== "v2") return;
      eachElement(["disableOOMKiller", "useHierarchy", "swappiness"] as const, "", (name) => {
        const value = linux?.resources?.memory?.[name];
        if (value === undefined || (name === "disableOOMKiller" && value === false)) return;
        report(`${memory}/${name}`, `cgroup v2 has no ${name}; crun refuses it`, { part: "key" });
      });
    },
  },
]);

export const cgroupMemoryDocs: RuleDocs = {
  "cg/mem-swap-ge-limit": {
    title: "the swap limit includes memory",
    explanation:
      "swap limits memory and swap together, as in cgroup v1, so it is at least limit, and needs one: " +
      "the kernel and runtimes refuse anything else. Equal numbers mean no swap, -1 means all there is.",
    examples: {
      bad: { patch: { linux: { resources: { memory: { limit: 67108864, swap: 33554432 } } } } },
      good: { patch: { linux: { resources: { memory: { limit: 67108864, swap: 100663296 } } } } },
    },
  },
  "cg/mem-reservation": {
    title: "the reservation is below the limit",
    explanation:
      "When the host is short of memory, the container is pressed back to its reservation. Above the " +
      "limit it never gets, so the reservation has no effect. docker refuses it; the kernel does not.",
    examples: {
      bad: {
        patch: { linux: { resources: { memory: { limit: 33554432, reservation: 67108864 } } } },
      },
      good: {
        patch: { linux: { resources: { memory: { limit: 67108864, reservation: 33554432 } } } },
      },
    },
  },
  "cg/mem-min": {
    title: "memory suffices to start",
    explanation:
      "The runtime sets the container up inside its cgroup. runc needs about 4 MiB there and is killed " +
      "below, with an error that hardly tells; crun starts with a quarter of a mebibyte.",
    examples: {
      bad: { patch: { linux: { resources: { memory: { limit: 1048576 } } } } },
      good: { patch: { linux: { resources: { memory: { limit: 16777216 } } } } },
    },
  },
  "cg/mem-negative": {
    title: "only -1 is no limit",
    explanation:
      "Limits are in bytes, and -1 stands for none. The kernel refuses any other negative number.",
    examples: {
      bad: { patch: { linux: { resources: { memory: { limit: -2 } } } } },
      good: { patch: { linux: { resources: { memory: { limit: -1 } } } } },
    },
  },
  "cg/swappiness": {
    title: "swappiness is from 0 to 100",
    explanation:
      "The specification allows 0, which swaps as little as can be, to 100. runc refuses more; with crun " +
      "the kernel decides, and new ones take up to 200.",
    examples: {
      bad: { patch: { linux: { resources: { memory: { swappiness: 101 } } } } },
      good: { patch: { linux: { resources: { memory: { swappiness: 60 } } } } },
    },
  },
  "cg/kernel-deprecated": {
    title: "kernel memory has no limit of its own",
    explanation:
      "The kernel's limit of kernel memory never worked well and is gone. runc ignores it, crun writes " +
      "it on cgroup v1 and fails on v2; the specification advises against it. limit covers it.",
    examples: {
      bad: { patch: { linux: { resources: { memory: { limit: 67108864, kernel: 16777216 } } } } },
      good: { patch: { linux: { resources: { memory: { limit: 67108864 } } } } },
    },
  },
  "cg/oomkiller-v2": {
    title: "no memory settings of cgroup v1 on v2",
    explanation:
      "disableOOMKiller, useHierarchy and swappiness set files that cgroup v2 does not have. runc " +
      "ignores them there, crun fails.",
    examples: {
      bad: {
        patch: { linux: { resources: { memory: { swappiness: 10 } } } },
        target: { cgroup: "v2" },
      },
      good: {
        patch: { linux: { resources: { memory: { limit: 67108864, disableOOMKiller: false } } } },
        target: { cgroup: "v2" },
      },
    },
  },
};
