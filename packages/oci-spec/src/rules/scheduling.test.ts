import { describe, expect, test } from "vitest";
import { fixedBy, issuesOf } from "../../test/issues-of.ts";

const scheduler = (rule: string, members: object) =>
  issuesOf(rule, { process: { scheduler: members } });
const policy = (rule: string, members: object) =>
  issuesOf(rule, { linux: { memoryPolicy: members } });

describe("SCHED_DEADLINE", () => {
  const deadline = (runtime: number, due: number, period: number) =>
    scheduler("sched/deadline-fields", {
      policy: "SCHED_DEADLINE",
      runtime,
      deadline: due,
      period,
    });

  test("takes times in order, the same for all, and no period", () => {
    expect(deadline(1024, 2000, 3000)).toEqual([]);
    expect(deadline(2000, 2000, 2000)).toEqual([]);
    expect(deadline(2000, 3000, 0)).toEqual([]);
  });

  test.each([
    [1023, 2000, 3000, "at least 1024"],
    [2001, 2000, 3000, "longer than the deadline"],
    [2000, 3001, 3000, "longer than the period"],
    [2000, 0, 3000, "needs runtime and deadline"],
  ])("refuses %i, %i, %i", (runtime, due, period, message) => {
    expect(deadline(runtime, due, period)).toEqual([expect.stringContaining(message)]);
  });
});

test("Go writes 0 for what is not set, which no policy minds", () => {
  const zeros = { policy: "SCHED_OTHER", nice: 0, priority: 0, runtime: 0, deadline: 0, period: 0 };
  for (const rule of ["sched/deadline-fields", "sched/priority-rt", "sched/nice-range"]) {
    expect(scheduler(rule, zeros)).toEqual([]);
  }
  expect(scheduler("sched/priority-range", { policy: "SCHED_FIFO", priority: 0 })).toHaveLength(1);
});

test("SCHED_ISO is in the specification, and not in Linux", () => {
  expect(scheduler("sched/policy-enum", { policy: "SCHED_ISO" })).toEqual([
    "warning /process/scheduler/policy: Linux does not have SCHED_ISO",
  ]);
});

describe("a memory policy", () => {
  test.each([
    ["MPOL_DEFAULT", "0", 1],
    ["MPOL_DEFAULT", "", 0],
    ["MPOL_LOCAL", "0", 1],
    ["MPOL_PREFERRED", "", 0],
    ["MPOL_PREFERRED", "0", 0],
    ["MPOL_PREFERRED_MANY", "", 1],
    ["MPOL_BIND", ", ,", 1],
  ])("of mode %s with nodes %j has %i faults", (mode, nodes, faults) => {
    expect(policy("mempol/nodes-by-mode", { mode, nodes })).toHaveLength(faults);
  });

  test.each([
    ["MPOL_BIND", "0", "MPOL_F_NUMA_BALANCING", []],
    ["MPOL_PREFERRED_MANY", "0", "MPOL_F_NUMA_BALANCING", []],
    ["MPOL_INTERLEAVE", "0", "MPOL_F_NUMA_BALANCING", ["error"]],
    ["MPOL_DEFAULT", "", "MPOL_F_NUMA_BALANCING", ["error"]],
    ["MPOL_DEFAULT", "", "MPOL_F_STATIC_NODES", ["warning"]],
    ["MPOL_LOCAL", "", "MPOL_F_STATIC_NODES", ["error"]],
    ["MPOL_PREFERRED", "", "MPOL_F_RELATIVE_NODES", ["error"]],
    ["MPOL_PREFERRED", "0", "MPOL_F_RELATIVE_NODES", []],
  ])("does with %s, nodes %j and %s as set_mempolicy(2)", (mode, nodes, flag, severities) => {
    const said = policy("mempol/flags", { mode, nodes, flags: [flag] });
    expect(said.map((text) => text.split(" ")[0])).toEqual(severities);
  });
});

describe("resource limits", () => {
  const unlimited = "18446744073709551615";

  test("compare exactly past 2^53", () => {
    const rlimit = { type: "RLIMIT_CORE", soft: BigInt(unlimited), hard: BigInt(unlimited) - 1n };
    expect(issuesOf("rlimit/soft-le-hard", { process: { rlimits: [rlimit] } })).toEqual([
      "error /process/rlimits/0/soft: the soft limit is above the hard one, which is 18446744073709551614",
    ]);
  });

  test("that stand twice are taken apart by a fix when they say the same", () => {
    const core = { type: "RLIMIT_CORE", soft: 0, hard: 0 };
    const rlimits = [core, { ...core, type: "RLIMIT_CPU" }, core];
    expect(fixedBy("rlimit/dup", { process: { rlimits } }).process?.rlimits).toHaveLength(2);
    const other = { ...core, hard: 1 };
    expect(
      fixedBy("rlimit/dup", { process: { rlimits: [core, other] } }).process?.rlimits,
    ).toHaveLength(2);
  });
});

test("final CPUs are compared with the cpuset as sets", () => {
  const said = (final: string, cpus: string) =>
    issuesOf("affinity/in-cpuset", {
      process: { execCPUAffinity: { final } },
      linux: { resources: { cpu: { cpus } } },
    });
  expect(said("3,1-2", "2-5,0-1")).toEqual([]);
  expect(said("0-6", "0-2,4-8")).toEqual([
    "warning /process/execCPUAffinity/final: CPU 3 is not in linux.resources.cpu.cpus, 0-2,4-8",
  ]);
  expect(said("0-6", "no list")).toEqual([]);
});
