import { describe, expect, test } from "vitest";
import { allIssues, issuesOf } from "../../test/issues-of.ts";
import type { IntelRdt, LinuxResources } from "../generated/types.ts";
import type { Target } from "../target.ts";

function said(rule: string, resources: LinuxResources, target?: Target): string[] {
  return issuesOf(`cg/${rule}`, { linux: { resources } }, target);
}

/** Errors and warnings about resources. */
function faults(resources: LinuxResources, target?: Target): string[] {
  return allIssues({ linux: { resources } }, target)
    .filter(({ severity }) => severity !== "info")
    .map(({ rule, pointer }) => `${rule} ${pointer}`);
}

const MiB = 2 ** 20;

describe("resources that engines write have no fault", () => {
  test.each([
    ["docker without limits", { memory: {}, cpu: {}, pids: { limit: 0 }, blockIO: { weight: 0 } }],
    [
      "docker on cgroup v1",
      { memory: { limit: 64 * MiB, swap: 128 * MiB, disableOOMKiller: false, swappiness: 0 } },
    ],
    [
      "the kubelet through containerd",
      {
        memory: { limit: 64 * MiB, swap: 64 * MiB },
        cpu: { shares: 2, quota: 10000, period: 100000, cpus: "0-3", mems: "" },
        pids: { limit: -1 },
        hugepageLimits: [
          { pageSize: "2MB", limit: 0 },
          { pageSize: "1GB", limit: 0 },
        ],
        unified: { "memory.oom.group": "1", "memory.swap.max": "0", "memory.min": "0" },
      },
    ],
    [
      "CRI-O, which writes 0 for what is not set",
      { memory: { limit: 0 }, cpu: { shares: 0, quota: 0, period: 0 }, pids: { limit: 1024 } },
    ],
    [
      "podman privileged",
      {
        devices: [
          { allow: false, access: "rwm" },
          { allow: true, access: "rwm" },
        ],
        pids: { limit: 2048 },
      },
    ],
  ])("%s", (_, resources) => {
    expect(faults(resources)).toEqual([]);
    expect(
      faults(resources, { cgroup: "v2", kernel: "6.1" }).filter((text) => !text.includes("v2")),
    ).toEqual([]);
  });
});

describe("memory", () => {
  test.each([
    [{ limit: MiB * 8, swap: MiB * 8 }, 0],
    [{ limit: MiB * 8, swap: -1 }, 0],
    [{ swap: -1 }, 0],
    [{ limit: MiB * 8, swap: 0 }, 0],
    [{ limit: MiB * 8, swap: MiB * 8 - 1 }, 1],
    [{ swap: MiB * 8 }, 1],
    [{ limit: 0, swap: MiB * 8 }, 1],
    [{ limit: 9223372036854771712n, swap: 9223372036854771712n }, 0],
    [{ limit: 9223372036854771712n, swap: 9223372036854771711n }, 1],
  ])("and swap together are at least memory: %o", (memory, issues) => {
    expect(said("mem-swap-ge-limit", { memory })).toHaveLength(issues);
  });

  test("without a limit may have one for both on cgroup v2 only", () => {
    const memory = { limit: -1, swap: MiB };
    expect(said("mem-swap-ge-limit", { memory })).toEqual([expect.stringMatching(/^warning /)]);
    expect(said("mem-swap-ge-limit", { memory }, { cgroup: "v1" })).toEqual([
      expect.stringMatching(/^error /),
    ]);
  });

  test("is bytes, or -1", () => {
    expect(said("mem-negative", { memory: { limit: -1, reservation: -1, swap: -1 } })).toEqual([]);
    expect(said("mem-negative", { memory: { limit: -2, kernelTCP: -3 } })).toHaveLength(2);
  });

  test("has a swappiness to 100, or the greatest number, by which Go says none", () => {
    expect(said("swappiness", { memory: { swappiness: 100 } })).toEqual([]);
    expect(said("swappiness", { memory: { swappiness: 18446744073709551615n } })).toEqual([]);
    expect(said("swappiness", { memory: { swappiness: 101 } })).toHaveLength(1);
  });

  test("settings of cgroup v1 are told on v2 alone", () => {
    const memory = { disableOOMKiller: true, useHierarchy: false, swappiness: 0 };
    expect(said("oomkiller-v2", { memory }, { cgroup: "v2" })).toHaveLength(3);
    expect(said("oomkiller-v2", { memory })).toEqual([]);
  });
});

describe("CPU", () => {
  test.each([
    ["cpu-shares", { shares: 2 }, 0],
    ["cpu-shares", { shares: 262144 }, 0],
    ["cpu-shares", { shares: 1 }, 1],
    ["cpu-shares", { shares: 262145 }, 1],
    ["cpu-quota-period", { quota: 1000, period: 1000 }, 0],
    ["cpu-quota-period", { quota: -1, period: 1_000_000 }, 0],
    ["cpu-quota-period", { quota: 999 }, 1],
    ["cpu-quota-period", { period: 999 }, 1],
    ["cpu-quota-period", { period: 1_000_001 }, 1],
    ["cpu-quota-period", { quota: -2 }, 1],
    ["cpu-burst", { quota: 1000, burst: 1000 }, 0],
    ["cpu-burst", { quota: 1000, burst: 1001 }, 1],
    ["cpu-burst", { quota: -1, burst: 1001 }, 0],
    ["cpu-burst", { burst: 1001 }, 0],
    ["cpu-idle", { idle: 0, shares: 5 }, 0],
    ["cpu-idle", { idle: 2 }, 1],
    ["cpuset-syntax", { cpus: "0,2-3", mems: "0" }, 0],
    ["cpuset-syntax", { cpus: "3-2" }, 1],
    ["cpuset-syntax", { mems: "a" }, 1],
  ])("%s: %j", (rule, cpu, issues) => {
    expect(said(rule, { cpu })).toHaveLength(issues);
  });

  test("shares that are out of bounds are only pulled in on cgroup v2", () => {
    expect(said("cpu-shares", { cpu: { shares: 1 } }, { cgroup: "v2" })).toEqual([
      expect.stringMatching(/^warning /),
    ]);
  });
});

describe("a weight of block I/O", () => {
  test("is 10 to 1000, or 0 for none", () => {
    expect(said("blkio-weight", { blockIO: { weight: 10, leafWeight: 1000 } })).toEqual([]);
    expect(said("blkio-weight", { blockIO: { weight: 9, leafWeight: 1001 } })).toHaveLength(2);
    const weightDevice = [
      { major: 8, minor: 0, weight: 0 },
      { major: 8, minor: 16, leafWeight: 5 },
      { major: 8, minor: 32 },
    ];
    expect(said("blkio-weight", { blockIO: { weightDevice } })).toEqual([
      "error /linux/resources/blockIO/weightDevice/1/leafWeight: must be from 10 to 1000, not 5",
      "error /linux/resources/blockIO/weightDevice/2: must have weight or leafWeight",
    ]);
  });
});

describe("a file of cgroup v2", () => {
  const twice = (resources: LinuxResources, unified: Record<string, string>) =>
    said("unified-conflict", { ...resources, unified });

  test("that a property sets too is told, unless both say the same", () => {
    expect(twice({ memory: { limit: 5 } }, { "memory.max": "6" })).toEqual([
      "warning /linux/resources/unified/memory.max: linux.resources.memory.limit sets this file too; what stands here wins",
    ]);
    expect(twice({ memory: { limit: 5 } }, { "memory.max": "5" })).toEqual([]);
    expect(twice({ memory: { limit: -1 } }, { "memory.max": "max" })).toEqual([]);
    expect(twice({ memory: { limit: 0 } }, { "memory.max": "5" })).toEqual([]);
    expect(twice({ cpu: { quota: 5, period: 6 } }, { "cpu.max": "max" })).toHaveLength(2);
  });

  test("of huge pages is known by their size", () => {
    const hugepageLimits = [{ pageSize: "2MB", limit: 0 }];
    expect(twice({ hugepageLimits }, { "hugetlb.2MB.max": "5" })).toEqual([
      "warning /linux/resources/unified/hugetlb.2MB.max: linux.resources.hugepageLimits sets this file too; what stands here wins",
    ]);
    expect(twice({ hugepageLimits }, { "hugetlb.1GB.max": "5" })).toEqual([]);
  });

  test("for swap is what remains of memory and swap together, and an info", () => {
    const memory = { limit: 9223372036854771000n, swap: 9223372036854771712n };
    expect(twice({ memory }, { "memory.swap.max": "712" })).toEqual([]);
    expect(twice({ memory }, { "memory.swap.max": "0" })).toEqual([
      expect.stringMatching(/^info /),
    ]);
  });

  test.each(["memory", "a/b.c", "..", ".max", "memory.", "../x.y", "memory.a\0"])(
    "is not called %j",
    (name) => {
      expect(said("unified-key", { unified: { [name]: "" } })).toHaveLength(1);
    },
  );

  test.each(["memory.max", "hugetlb.1GB.rsvd.max", "cgroup.max.depth", "io.bfq.weight"])(
    "is called %s",
    (name) => {
      expect(said("unified-key", { unified: { [name]: "" } })).toEqual([]);
    },
  );
});

describe("the path of the cgroup", () => {
  const at = (rule: string, cgroupsPath: string, target?: Target) =>
    issuesOf(`cg/path-${rule}`, { linux: { cgroupsPath } }, target);
  const systemd = { systemdCgroup: true };

  test.each(["system.slice:docker:abc", ":crio:abc", "-.slice:a:b", "user-1000.slice:a:b"])(
    "is a unit: %s",
    (path) => {
      expect(at("systemd", path, systemd)).toEqual([]);
      expect(at("relative", path)).toEqual([]);
    },
  );

  test.each([
    "/a/b",
    "a:b",
    "a:b:c:d",
    "system:a:b",
    "a/b.slice:a:b",
    "-a.slice:b:c",
    "a--b.slice:c:d",
  ])("is no unit: %s", (path) => {
    expect(at("systemd", path, systemd)).toEqual([expect.stringMatching(/^error /)]);
  });

  test("of a unit is one strange directory for the other driver", () => {
    expect(at("systemd", "system.slice:a:b", { systemdCgroup: false })).toEqual([
      expect.stringMatching(/^warning /),
    ]);
    expect(at("relative", "system.slice:a:b", { systemdCgroup: false })).toHaveLength(1);
    expect(at("systemd", "/a/b", { systemdCgroup: false })).toEqual([]);
  });

  test("goes up only with a part that is just two dots", () => {
    expect(at("dotdot", "/a/..b/c..")).toEqual([]);
    expect(at("dotdot", "../a")).toHaveLength(1);
    expect(at("dotdot", "/a/..")).toHaveLength(1);
  });
});

describe("intelRdt", () => {
  const rdt = (rule: string, intelRdt: IntelRdt) =>
    issuesOf(`rdt/${rule}`, { linux: { intelRdt } });

  test.each(["/", "gold", "a.b", "..."])("has a class called %s", (closID) => {
    expect(rdt("closid", { closID })).toEqual([]);
  });

  test.each([".", "..", "a/b", "/a", "a\nb"])("has no class called %j", (closID) => {
    expect(rdt("closid", { closID })).toEqual([expect.stringMatching(/^error /)]);
  });

  test("has one line of cache; more are a warning, and bandwidth among them an error", () => {
    const line = (l3CacheSchema: string) => rdt("schemata-line", { l3CacheSchema });
    expect(line("L3:0=7f0;1=1f")).toEqual([]);
    expect(line("L3CODE:0=7f0")).toEqual([]);
    expect(line("L3CODE:0=7f0\nL3DATA:0=1f")).toEqual([expect.stringMatching(/^warning /)]);
    expect(line("0=7f0")).toEqual([expect.stringMatching(/^warning /)]);
    expect(line("L3:0=7f0\nMB:0=20")).toEqual([expect.stringMatching(/^error /)]);
  });
});
