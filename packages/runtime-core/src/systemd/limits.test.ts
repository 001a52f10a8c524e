import type { LinuxResources } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { limitProperties } from "./limits.ts";
import { infinity } from "./property.ts";

function told(resources: LinuxResources, mode: "v1" | "v2" = "v2", version = 252) {
  return Object.fromEntries(
    limitProperties(resources, mode, version).map(([name, { value }]) => [name, value]),
  );
}

describe("limits as properties of a unit (cgroup v2)", () => {
  test("have systemd's names", () => {
    expect(
      told({
        memory: { limit: 67108864, reservation: 33554432, swap: 100000000 },
        cpu: { quota: 50000, period: 100000, shares: 1024, cpus: "0-1,9", mems: "0" },
        pids: { limit: 55 },
      }),
    ).toEqual({
      MemoryMax: 67108864n,
      MemoryLow: 33554432n,
      MemorySwapMax: 32891136n,
      CPUQuotaPeriodUSec: 100000n,
      CPUQuotaPerSecUSec: 500000n,
      CPUWeight: 100n,
      AllowedCPUs: Uint8Array.of(3, 2),
      AllowedMemoryNodes: Uint8Array.of(1),
      TasksMax: 55n,
    });
  });

  test("that are lifted are infinite", () => {
    expect(told({ memory: { limit: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } })).toEqual({
      MemoryMax: infinity,
      MemorySwapMax: infinity,
      TasksMax: infinity,
      CPUQuotaPerSecUSec: infinity,
    });
  });

  test("of CPU time are rounded up to hundredths of a CPU", () => {
    expect(told({ cpu: { quota: 4321, period: 10000 } }).CPUQuotaPerSecUSec).toBe(440000n);
  });

  test("under unified count last", () => {
    expect(
      told({
        memory: { limit: 1 },
        unified: {
          "memory.max": "41943040",
          "memory.min": "4096",
          "cpu.max": "max 50000",
          "io.max": "x",
        },
      }),
    ).toEqual({
      MemoryMax: 41943040n,
      MemoryMin: 4096n,
      CPUQuotaPeriodUSec: 50000n,
      CPUQuotaPerSecUSec: infinity,
    });
  });

  test("that a version of systemd does not know are left out", () => {
    const resources = {
      cpu: { quota: 5000, period: 10000, cpus: "0", idle: 1 },
      unified: { "memory.min": "1" },
    };
    expect(told(resources, "v2", 239)).toEqual({ CPUQuotaPerSecUSec: 500000n });
    expect(told(resources, "v2", 252)).toMatchObject({ CPUWeight: 0n, MemoryMin: 1n });
  });

  test("that can't be read are left to the kernel to refuse", () => {
    expect(told({ unified: { "memory.max": "1G", "cpuset.cpus": "x-y" } })).toEqual({});
  });
});

describe("limits as properties of a unit (cgroup v1)", () => {
  test("have the older names", () => {
    expect(
      told(
        { memory: { limit: 1048576 }, cpu: { shares: 512, quota: 5000 }, pids: { limit: 9 } },
        "v1",
      ),
    ).toEqual({
      MemoryLimit: 1048576n,
      CPUShares: 512n,
      CPUQuotaPerSecUSec: 50000n,
      TasksMax: 9n,
    });
  });
});
