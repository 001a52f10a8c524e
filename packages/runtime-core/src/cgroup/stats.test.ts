import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Files } from "../host/host.ts";
import { parseNumberList } from "./number-list.ts";
import { pageSizes, parseCounters } from "./stats.ts";
import { parseBlkio, readStatsV1 } from "./stats-v1.ts";
import { parseIoStat, parsePressure, readStatsV2 } from "./stats-v2.ts";

function filesOf(texts: Readonly<Record<string, string>>): Files {
  const files: Pick<Files, "readText" | "list"> = {
    readText: (path) => texts[path],
    list: () => ["hugepages-2048kB", "hugepages-1048576kB", "hugepages-64kB"],
  };
  return files as Files;
}

describe("what the kernel writes", () => {
  test("as a list of numbers is read with its ranges", () => {
    expect(parseNumberList("0-2,5\n")).toEqual([0, 1, 2, 5]);
    expect(parseNumberList("\n")).toEqual([]);
  });

  test("as names and numbers is read exactly, max and all", () => {
    expect(parseCounters("limit 9223372036854771712\nswap max\nbroken\n")).toEqual({
      limit: 9_223_372_036_854_771_712n,
      swap: 18_446_744_073_709_551_615n,
    });
  });

  test("as sizes of huge pages gets the names of cgroup files", () => {
    const names = ["hugepages-2048kB", "hugepages-1048576kB", "hugepages-64kB", "other"];
    expect(pageSizes(names)).toEqual(["2MB", "1GB", "64KB"]);
  });

  test("of block devices is read with and without operations, and without the total", () => {
    const entry = { major: 8n, minor: 16n };
    expect(parseBlkio("8:16 Read 5\n8:16 Total 5\nTotal 5\n")).toEqual([
      { ...entry, op: "Read", value: 5n },
      { ...entry, op: "Total", value: 5n },
    ]);
    expect(parseBlkio("8:16 7\n")).toEqual([{ ...entry, op: "", value: 7n }]);
    expect(parseIoStat("8:16 rbytes=5 wbytes=0 rios=1 wios=2 dbytes=9\n")).toMatchObject({
      serviceBytes: [
        { ...entry, op: "Read", value: 5n },
        { ...entry, op: "Write", value: 0n },
      ],
      serviced: [
        { ...entry, op: "Read", value: 1n },
        { ...entry, op: "Write", value: 2n },
      ],
    });
  });

  test("of pressure is read, and what a line lacks is 0", () => {
    expect(parsePressure("some avg10=1.50 avg60=0.20 avg300=0.00 total=77\n")).toEqual({
      some: { avg10: 1.5, avg60: 0.2, avg300: 0, total: 77n },
      full: { avg10: 0, avg60: 0, avg300: 0, total: 0n },
    });
  });

  test("is never a fault, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const parse of [parseNumberList, parseCounters, parseBlkio, parseIoStat]) parse(text);
        parsePressure(text);
      }),
    );
  });
});

describe("statistics", () => {
  test("of v2 tell memory and swap together, as those of v1 do", async () => {
    const files = filesOf({
      "/c/memory.current": "100\n",
      "/c/memory.max": "1000\n",
      "/c/memory.peak": "500\n",
      "/c/memory.swap.current": "10\n",
      "/c/memory.swap.max": "20\n",
      "/c/memory.stat": "file 40\nanon 60\n",
      "/c/cpu.stat": "usage_usec 7\nthrottled_usec 3\n",
      "/c/cgroup.procs": "1\n2\n",
      "/c/hugetlb.2MB.current": "0\n",
      "/c/hugetlb.2MB.events": "max 4\n",
    });
    const stats = await readStatsV2(files, "/c");
    expect(stats.memory).toMatchObject({
      cache: 40n,
      usage: { usage: 100n, limit: 1000n, max: 500n },
      swap: { usage: 110n, limit: 1020n, max: 0n },
    });
    expect(stats.cpu).toMatchObject({ total: 7000n, throttledTime: 3000n });
    expect(stats.pids).toEqual({ current: 2n, limit: 0n });
    expect(stats.hugetlb).toEqual({ "2MB": { usage: 0n, max: 0n, failcnt: 4n } });
  });

  test("of v1 take block I/O from whoever counts it", async () => {
    const files = filesOf({
      "/b/blkio.throttle.io_serviced_recursive": "8:0 Read 1\n",
      "/b/blkio.throttle.io_service_bytes_recursive": "8:0 Read 4096\n",
      "/p/pids.current": "3\n",
      "/p/pids.max": "max\n",
      "/a/cpuacct.stat": "user 2\nsystem 1\n",
      "/a/cpuacct.usage_all": "cpu user system\n0 5 6\n1 7 8\n",
    });
    const stats = await readStatsV1(files, { blkio: "/b", pids: "/p", cpuacct: "/a" });
    expect(stats.blkio.serviceBytes).toEqual([{ major: 8n, minor: 0n, op: "Read", value: 4096n }]);
    expect(stats.pids).toEqual({ current: 3n, limit: 0n });
    expect(stats.cpu).toMatchObject({
      user: 20_000_000n,
      kernel: 10_000_000n,
      percpuUser: [5n, 7n],
      percpuKernel: [6n, 8n],
    });
  });
});
