import type { LinuxResources } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { completeForV2, mergeResources, readChange } from "./change.ts";

describe("a change of limits", () => {
  test("says nothing with null, an empty text, or 0 where callers mean nothing by it", () => {
    const given = {
      memory: { limit: 0, reservation: null, swap: 64, swappiness: 0 },
      cpu: { shares: 0, cpus: "", idle: 0, burst: 0 },
      blockIO: { weight: 0, leafWeight: 300 },
      pids: { limit: 0 },
    } as unknown as LinuxResources;
    expect(readChange(given)).toEqual({
      memory: { swap: 64, swappiness: 0 },
      cpu: { idle: 0, burst: 0 },
      blockIO: { leafWeight: 300 },
      pids: { limit: 0 },
    });
  });

  test("leaves rules for devices alone", () => {
    expect(readChange({ devices: [{ allow: true }], pids: { limit: 5 } })).toEqual({
      pids: { limit: 5 },
    });
  });

  test("keeps what it does not name", () => {
    const old = { memory: { limit: 100, reservation: 50 }, cpu: { quota: 5 } };
    expect(mergeResources(old, { memory: { limit: 200 }, pids: { limit: 7 } })).toEqual({
      memory: { limit: 200, reservation: 50 },
      cpu: { quota: 5 },
      pids: { limit: 7 },
    });
  });

  test("replaces the limit of a device, and adds that of another", () => {
    const rate = (minor: number, rate: number) => ({ major: 8, minor, rate });
    const old = { blockIO: { throttleReadBpsDevice: [rate(0, 1), rate(16, 2)] } };
    const change = { blockIO: { throttleReadBpsDevice: [rate(16, 3), rate(32, 4)] } };
    expect(mergeResources(old, change).blockIO?.throttleReadBpsDevice).toEqual([
      rate(0, 1),
      rate(16, 3),
      rate(32, 4),
    ]);
  });

  test("that lifts the limit on memory lifts that on swap, unless it names one", () => {
    const old = { memory: { limit: 100, swap: 200 } };
    expect(mergeResources(old, { memory: { limit: -1 } }).memory).toEqual({ limit: -1, swap: -1 });
    expect(mergeResources(old, { memory: { limit: -1, swap: 300 } }).memory).toEqual({
      limit: -1,
      swap: 300,
    });
  });
});

describe("a change under v2", () => {
  test("of memory or of swap is completed by the other, since v2 has their difference", () => {
    const old = { memory: { limit: 100, swap: 300 } };
    for (const memory of [{ limit: 200 }, { swap: 400 }]) {
      const merged = mergeResources(old, { memory });
      expect(completeForV2({ memory }, merged, undefined).memory).toEqual(merged.memory);
    }
  });

  test("of nothing about memory leaves memory alone", () => {
    const merged = { memory: { limit: 100 }, pids: { limit: 1 } };
    expect(completeForV2({ pids: { limit: 1 } }, merged, undefined)).toEqual({
      pids: { limit: 1 },
    });
  });

  test("of the period keeps the quota in force, which is in the same file", () => {
    const change = { cpu: { period: 50_000 } };
    expect(completeForV2(change, change, 20_000).cpu).toEqual({ period: 50_000, quota: 20_000 });
    const both = { cpu: { period: 50_000, quota: 10_000 } };
    expect(completeForV2(both, both, 20_000)).toEqual(both);
  });
});
