import { describe, expect, test } from "vitest";
import { allHostIssues } from "../../test/host-issues-of.ts";
import type { LinuxResources } from "../generated/types.ts";
import type { Target } from "../target.ts";

/** What the rules of cgroups say of resources on a machine with these files. */
async function said(
  resources: LinuxResources,
  files: Readonly<Record<string, string>>,
  target?: Target,
): Promise<string[]> {
  const issues = await allHostIssues({ linux: { resources } }, { files }, target);
  return issues
    .filter(({ rule }) => rule.startsWith("cg/"))
    .map(({ rule, pointer, message }) => `${rule} ${pointer.slice(17)}: ${message}`);
}

describe("CPUs and memory nodes", () => {
  const files = {
    "/sys/devices/system/cpu/online": "0-3,8\n",
    "/sys/devices/system/node/online": "0\n",
  };

  test("must be online", async () => {
    expect(await said({ cpu: { cpus: "8,1-2", mems: "0" } }, files)).toEqual([]);
    expect(await said({ cpu: { cpus: "2-9", mems: "0-1" } }, files)).toEqual([
      "cg/cpuset-syntax cpu/cpus: this machine has no CPU 4",
      "cg/cpuset-syntax cpu/mems: this machine has no memory node 1",
    ]);
  });

  test("are not judged where the machine does not tell", async () => {
    expect(await said({ cpu: { cpus: "99", mems: "9" } }, {})).toEqual([]);
  });

  test("that are no list are told once, by the rule that needs no machine", async () => {
    expect(await said({ cpu: { cpus: "x" } }, files)).toHaveLength(1);
  });
});

describe("huge pages", () => {
  const files = {
    "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "0\n",
    "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages": "0\n",
  };

  test("have a size that the machine has", async () => {
    const limits = ["2MB", "1GB", "2048KB", "64KB"].map((pageSize) => ({ pageSize, limit: 0 }));
    expect(await said({ hugepageLimits: limits }, files)).toEqual([
      "cg/hugepage-size hugepageLimits/3/pageSize: this machine has no huge pages of 64KB",
    ]);
  });
});

describe("files of cgroup v2", () => {
  const unified = { "memory.high": "64M" };
  const v1 = { "/sys/fs/cgroup/memory/tasks": "" };

  test("are refused on a machine with cgroup v1", async () => {
    expect(await said({ unified }, v1)).toEqual([
      "cg/unified-v1 unified: this machine has cgroup v1, which has no such files",
    ]);
    expect(await said({ unified }, { "/sys/fs/cgroup/cgroup.controllers": "memory" })).toEqual([]);
    expect(await said({ unified }, {})).toEqual([]);
  });

  test("are judged by the target where it says something", async () => {
    expect(await said({ unified }, v1, { cgroup: "v2" })).toEqual([]);
    expect(await said({ unified }, {}, { cgroup: "v1" })).toHaveLength(1);
  });
});
