import type { LinuxResources } from "@ocikit/oci-spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CgroupFacts } from "../plan/facts.ts";
import { placeCgroup } from "./placement.ts";
import { planResources } from "./resources.ts";
import { cpuWeight } from "./v2.ts";

const names = ["devices", "memory", "cpu", "cpuset", "pids"];
const v1: CgroupFacts = {
  mode: "v1",
  hierarchies: names.map((name) => ({ names: [name], mountpoint: `/cg/${name}`, own: "/" })),
};
const v2: CgroupFacts = {
  mode: "v2",
  unified: { mountpoint: "/cg", own: "/", controllers: [] },
};

/** Lines of `file value`, without those of devices unless devices are asked for. */
function files(
  cgroup: CgroupFacts,
  resources: LinuxResources,
  rootless = false,
): readonly string[] {
  const placement = placeCgroup({ cgroup, manageCgroups: true }, "/c", "id");
  return planResources(resources, placement, rootless).flatMap((step) => {
    if (step.op !== "writeFile") throw new Error(`${step.op} is not expected`);
    const name = step.path.slice(step.path.lastIndexOf("/") + 1);
    if (name.startsWith("devices.") && resources.devices === undefined) return [];
    return step.texts.map((text) => `${name} ${text}${step.optional ? " if there" : ""}`);
  });
}

describe("limits under cgroup v1", () => {
  test("are written in the order in which the kernel takes them", () => {
    expect(files(v1, { memory: { limit: 1 << 20, swap: 2 << 20, reservation: 4096 } })).toEqual([
      "memory.limit_in_bytes 1048576",
      "memory.memsw.limit_in_bytes 2097152",
      "memory.soft_limit_in_bytes 4096",
    ]);
    expect(
      files(v1, { cpu: { quota: 50_000, period: 100_000, shares: 512, cpus: "0-1" } }),
    ).toEqual([
      "cpu.shares 512",
      "cpu.cfs_period_us 100000",
      "cpu.cfs_quota_us 50000",
      "cpuset.cpus 0-1",
    ]);
  });

  test("on memory that are lifted lift those on memory with swap first, where they are counted", () => {
    expect(files(v1, { memory: { limit: -1 } })).toEqual([
      "memory.memsw.limit_in_bytes -1 if there",
      "memory.limit_in_bytes -1",
    ]);
  });

  test("on the kernel's buffers for TCP are set where there are any", () => {
    const memory = { limit: 1 << 20, kernel: 1 << 19, kernelTCP: 1 << 18 };
    expect(files(v1, { memory })).toEqual([
      "memory.limit_in_bytes 1048576",
      "memory.kmem.tcp.limit_in_bytes 262144 if there",
    ]);
  });

  test("on processes are none when negative", () => {
    expect(files(v1, { pids: { limit: 55 } })).toEqual(["pids.max 55"]);
    expect(files(v1, { pids: { limit: -1 } })).toEqual(["pids.max max"]);
  });

  test("keep whole numbers beyond what a double holds", () => {
    const limit = 9_223_372_036_854_775_807n;
    expect(files(v1, { memory: { limit } })).toEqual(["memory.limit_in_bytes 9223372036854775807"]);
  });

  test("on devices are left out without root, who alone may set them", () => {
    expect(files(v1, { devices: [{ allow: false }] })[0]).toBe("devices.deny a");
    expect(files(v1, { devices: [{ allow: false }] }, true)).toEqual([]);
  });

  test("of a controller that is not there are refused", () => {
    const [memory] = v1.mode === "v1" ? v1.hierarchies.slice(1) : [];
    const poor: CgroupFacts = { mode: "v1", hierarchies: memory ? [memory] : [] };
    expect(() => files(poor, { pids: { limit: 5 } })).toThrow(
      expect.objectContaining({ code: "HOST_UNSUPPORTED", pointer: "/linux/resources/pids/limit" }),
    );
    expect(files(poor, { memory: { limit: 4096 } })).toEqual(["memory.limit_in_bytes 4096"]);
  });

  test("are those of v2 for a controller that v2 has beside v1", () => {
    const hugepageLimits = [{ pageSize: "2MB", limit: 2 << 20 }];
    const unified = { mountpoint: "/cg/unified", own: "/", controllers: ["hugetlb"] };
    expect(files({ ...v1, unified }, { hugepageLimits, pids: { limit: 5 } })).toEqual([
      "pids.max 5",
      "hugetlb.2MB.max 2097152",
      "hugetlb.2MB.rsvd.max 2097152 if there",
    ]);
    const others = { ...v1, unified: { ...unified, controllers: ["rdma"] } };
    for (const facts of [v1, others]) {
      expect(() => files(facts, { hugepageLimits })).toThrow(
        expect.objectContaining({
          code: "HOST_UNSUPPORTED",
          pointer: "/linux/resources/hugepageLimits/0",
        }),
      );
    }
  });

  test("in the words of v2 are refused", () => {
    expect(() => files(v1, { unified: { "memory.high": "1" } })).toThrow(
      expect.objectContaining({ code: "HOST_UNSUPPORTED", pointer: "/linux/resources/unified" }),
    );
  });
});

describe("limits under cgroup v2", () => {
  test("are those of v1 in its units", () => {
    const memory = { limit: 64 << 20, swap: 96 << 20, reservation: 32 << 20 };
    const cpu = { quota: 50_000, period: 100_000, shares: 1024, cpus: "0" };
    expect(files(v2, { memory, cpu, pids: { limit: 55 } })).toEqual([
      "memory.swap.max 33554432",
      "memory.max 67108864",
      "memory.low 33554432",
      "cpu.weight 100",
      "cpu.max 50000 100000",
      "cpuset.cpus 0",
      "pids.max 55",
    ]);
  });

  test("are none where v1 says -1", () => {
    expect(files(v2, { memory: { limit: -1 }, cpu: { quota: -1 } })).toEqual([
      "memory.swap.max max if there",
      "memory.max max",
      "cpu.max max",
    ]);
  });

  test("under unified come last, as they stand", () => {
    expect(files(v2, { unified: { "memory.high": "60000000" }, pids: { limit: 1 } })).toEqual([
      "pids.max 1",
      "memory.high 60000000",
    ]);
  });

  test.each([
    [{ unified: { "../memory.max": "1" } }, "/linux/resources/unified/..~1memory.max"],
    [{ memory: { swap: 4096 } }, "/linux/resources/memory/swap"],
    [{ memory: { limit: 8192, swap: 4096 } }, "/linux/resources/memory/swap"],
  ])("that make no sense are refused: %j", (resources, pointer) => {
    expect(() => files(v2, resources)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer }),
    );
  });

  test("without a cgroup to set them on are refused, and no limits are no fault", () => {
    const nowhere = placeCgroup({ cgroup: { mode: "none" }, manageCgroups: true }, "/c", "id");
    expect(planResources({}, nowhere, true)).toEqual([]);
    expect(() => planResources({ pids: { limit: 5 } }, nowhere, true)).toThrow(
      expect.objectContaining({ code: "HOST_UNSUPPORTED", pointer: "/linux/resources/pids/limit" }),
    );
  });

  test("weigh CPU shares: the least, the usual and the most stay so, and more is never less", () => {
    expect([2, 1024, 262_144].map(cpuWeight)).toEqual([1, 100, 10_000]);
    const shares = fc.integer({ min: 2, max: 262_143 });
    fc.assert(
      fc.property(shares, (n) => {
        expect(cpuWeight(n)).toBeLessThanOrEqual(cpuWeight(n + 1));
        expect(cpuWeight(n)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
