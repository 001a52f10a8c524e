import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringifyJson } from "@ocikit/diagnostics";
import { expect, test } from "vitest";
import { describeBrains } from "./bodies.ts";
import { baseConfig, cgroupsOf, makePlace, newId } from "./bundle.ts";

const ok = { status: 0, stdout: "", stderr: "" };
const mebibyte = 1 << 20;

describeBrains("limits of a running container", (body) => {
  const start = async (resources: object) => {
    const place = makePlace(body);
    const id = newId();
    const config = baseConfig("sleep", "100");
    place.configure({ ...config, linux: { ...config.linux, resources } });
    expect(await place.ocirun(body, ["run", "-d", id])).toEqual(ok);
    const kept = JSON.parse(readFileSync(join(place.root, id, "state.json"), "utf8"));
    const paths: Readonly<Record<string, string>> = kept.cgroup_paths;
    const read = (controller: string, file: string): string =>
      readFileSync(join(paths[controller] ?? "", file), "utf8").trim();
    const update = (...args: readonly string[]) => place.ocirun(body, ["update", ...args]);
    const end = () => place.ocirun(body, ["delete", "--force", id]);
    return { place, id, read, update, end };
  };
  const base = { memory: { limit: 32 * mebibyte, swap: 40 * mebibyte }, pids: { limit: 20 } };

  test("are changed by flags, which may stand behind the id, and the rest stays", async () => {
    const { id, read, update, end } = await start(base);
    expect(await update(id, "--memory", "36M", "--cpu-share=200")).toEqual(ok);
    expect(read("memory", "memory.limit_in_bytes")).toBe(String(36 * mebibyte));
    expect(read("cpu", "cpu.shares")).toBe("200");
    expect(read("pids", "pids.max")).toBe("20");
    // Both above the old limits, then both below the new ones.
    expect(await update("--memory", "60M", "--memory-swap", "80M", id)).toEqual(ok);
    expect(read("memory", "memory.memsw.limit_in_bytes")).toBe(String(80 * mebibyte));
    expect(await update("--memory", "30M", "--memory-swap", "50M", id)).toEqual(ok);
    expect(read("memory", "memory.memsw.limit_in_bytes")).toBe(String(50 * mebibyte));
    expect(await update("--memory", "-1", "--pids-limit", "-1", id)).toEqual(ok);
    expect(Number(read("memory", "memory.memsw.limit_in_bytes"))).toBeGreaterThan(2 ** 60);
    expect(read("pids", "pids.max")).toBe("max");
    expect(await end()).toEqual(ok);
  });

  test("are changed by a document in a file or on the standard input", async () => {
    const { place, id, read, update, end } = await start(base);
    const file = join(place.folder, "resources.json");
    writeFileSync(file, JSON.stringify({ memory: { limit: 0 }, CPU: { Quota: 50000 } }));
    expect(await update("-r", file, id)).toEqual(ok);
    expect(read("cpu", "cpu.cfs_quota_us")).toBe("50000");
    expect(read("memory", "memory.limit_in_bytes")).toBe(String(32 * mebibyte));
    expect(await update("--resources=-", id)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("stdin:1:1: "),
    });
    const change = JSON.stringify({ pids: { limit: 7 } });
    expect(await place.ocirun(body, ["update", "--resources=-", id], { input: change })).toEqual(
      ok,
    );
    expect(read("pids", "pids.max")).toBe("7");
    expect(await end()).toEqual(ok);
  });

  test("stay what they were when one of the new ones is refused", async () => {
    const { id, read, update, end } = await start(base);
    const refused = await update("--memory", "20M", "--pids-limit", "5", "--cpu-period", "1", id);
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/linux\.resources\.cpu\.period: set to 1: write .*EINVAL/),
    });
    expect(read("memory", "memory.limit_in_bytes")).toBe(String(32 * mebibyte));
    expect(read("pids", "pids.max")).toBe("20");
    expect(await update("--cpu-share", "1", id)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("the minimum allowed cpu-shares is 2"),
    });
    expect(await update("--cpu-share", "many", id)).toMatchObject({ status: 1 });
    expect(await end()).toEqual(ok);
  });

  test("of block devices and of no more than what a caller means are set from the start", async () => {
    const rate = { major: 7, minor: 0, rate: 1_000_000 };
    const { id, read, update, end } = await start({
      cpu: { shares: 0 },
      blockIO: { weight: 0, throttleReadBpsDevice: [rate] },
    });
    expect(read("cpu", "cpu.shares")).toBe("1024");
    const file = "blkio.throttle.read_bps_device";
    expect(read("blkio", file).split("\n")).toContain("7:0 1000000");
    expect(await update("--blkio-weight", "0", id)).toEqual(ok);
    expect(await end()).toEqual(ok);
  });

  // Programs in Go take names in any case, and runc's own tests rely on it.
  test.each(["pageSize", "pagesize"])(
    "of huge pages, by %s, hold in v1 or, where it has their controller, in v2 beside it",
    async (name) => {
      const place = makePlace(body);
      const id = newId();
      const config = baseConfig("sleep", "100");
      const hugepageLimits = [{ pageSize: "2MB", limit: 2 * mebibyte }];
      const linux = { ...config.linux, resources: { hugepageLimits } };
      place.configure(stringifyJson({ ...config, linux }).replace("pageSize", name));
      const ran = await place.ocirun(body, ["run", "-d", id]);
      const inV2 = "/sys/fs/cgroup/unified/cgroup.controllers";
      const offered = existsSync(inV2) ? readFileSync(inV2, "utf8").split(/\s/) : [];
      const files = cgroupsOf(id)
        .flatMap((path) => ["limit_in_bytes", "max"].map((name) => `${path}/hugetlb.2MB.${name}`))
        .filter(existsSync);
      if (offered.includes("hugetlb") || existsSync("/sys/fs/cgroup/hugetlb")) {
        expect(ran).toEqual(ok);
        const limits = () => files.map((file) => readFileSync(file, "utf8"));
        expect(limits()).toEqual([`${2 * mebibyte}\n`]);
        const input = JSON.stringify({ hugepageLimits: [{ [name]: "2MB", limit: 4 * mebibyte }] });
        expect(await place.ocirun(body, ["update", "-r", "-", id], { input })).toEqual(ok);
        expect(limits()).toEqual([`${4 * mebibyte}\n`]);
        const { stdout } = await place.ocirun(body, ["events", "--stats", id]);
        expect(JSON.parse(stdout).data.hugetlb).toMatchObject({ "2MB": { failcnt: 0 } });
      } else expect(ran.stderr).toContain("this host has no cgroup controller hugetlb");
      expect(await place.ocirun(body, ["delete", "--force", id])).toEqual(ok);
      expect(cgroupsOf(id)).toEqual([]);
    },
  );

  test("of huge pages are changed where none were from the start", async () => {
    const { place, id, update, end } = await start(base);
    const hugepageLimits = [{ pageSize: "2MB", limit: 2 * mebibyte }];
    const file = join(place.folder, "resources.json");
    writeFileSync(file, JSON.stringify({ hugepageLimits }));
    const outcome = await update("-r", file, id);
    const files = cgroupsOf(id)
      .flatMap((path) => ["limit_in_bytes", "max"].map((name) => `${path}/hugetlb.2MB.${name}`))
      .filter(existsSync);
    if (files.length > 0) {
      expect(outcome).toEqual(ok);
      expect(files.map((name) => readFileSync(name, "utf8"))).toEqual([`${2 * mebibyte}\n`]);
    } else expect(outcome.stderr).toContain("this host has no cgroup controller hugetlb");
    expect(await end()).toEqual(ok);
  });

  test("are none of a container that has stopped, or is not there", async () => {
    const { place, id, update, end } = await start({});
    expect(await place.ocirun(body, ["kill", id, "KILL"])).toEqual(ok);
    await expect
      .poll(async () => (await update("--pids-limit", "5", id)).stderr)
      .toContain("container not running");
    expect(await end()).toEqual(ok);
    expect((await update("--pids-limit", "5", id)).stderr).toContain("container does not exist");
  });
});
