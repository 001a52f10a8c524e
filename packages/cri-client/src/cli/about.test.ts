import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { startCliRuntime } from "../../test/run-cli.ts";
import { runPod } from "../pod/run-pod.ts";

const registry = { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } };

test("cri version says what runs", async () => {
  await using cli = await startCliRuntime();
  expect(await cli.ok(["version"])).toMatch(
    /^Version: {2}0.1.0\nRuntimeName: {2}memory\nRuntimeVersion: {2}\S+\nRuntimeApiVersion: {2}v1$/,
  );
});

test("cri info says whether it is ready, and why not", async () => {
  await using cli = await startCliRuntime();
  expect(await cli.ok(["info", "-o", "table"])).toBe("RuntimeReady: yes\nNetworkReady: yes");
  cli.runtime.setNetworkReady(false);
  expect(await cli.ok(["info", "-o", "table"])).toMatch(/NetworkReady: no \(\w+: .+\)$/);
  const json = JSON.parse(await cli.ok(["info"])) as object;
  expect(json).toMatchObject({
    status: { conditions: [{ type: "RuntimeReady", status: true }, { status: false }] },
  });
  expect(json).not.toHaveProperty("info");
  expect(parse(await cli.ok(["info", "-o", "yaml", "-q"]))).toMatchObject({ status: {} });
});

test("settings, metrics and file systems", async () => {
  await using cli = await startCliRuntime({ registry });
  await using pod = await runPod(cli.cri, {
    name: "web",
    containers: { main: { image: "example.com/web:1" } },
  });
  await cli.ok(["update-runtime-config", "--pod-cidr", "10.9.0.0/16"]);
  const { info } = await cli.cri.runtime.status({ verbose: true });
  expect(JSON.parse(info.config ?? "")).toEqual({ podCidr: "10.9.0.0/16" });
  expect(JSON.parse(await cli.ok(["runtime-config"]))).toMatchObject({
    linux: { cgroupDriver: expect.any(String) },
  });
  expect(JSON.parse(await cli.ok(["imagefsinfo"]))).toMatchObject({
    imageFilesystems: [{ fsId: {} }],
  });
  expect(await cli.ok(["imagefsinfo", "-o", "table"])).toMatch(/^images: \S+: \S+B, \d+ inodes/);
  expect(JSON.parse(await cli.ok(["metricdescs"]))).toMatchObject({
    descriptors: [{ name: expect.any(String) }],
  });
  expect(JSON.parse(await cli.ok(["metricsp"]))).toMatchObject({
    podMetrics: [{ podSandboxId: pod.id }],
  });
});

describe("cri events", () => {
  test.each([["table"], ["json"], ["yaml"]])(
    "tells as %s what happens until the person has had enough",
    async (format) => {
      await using cli = await startCliRuntime({ registry });
      const stop = new AbortController();
      const running = cli.start(["events", "-o", format], { signal: stop.signal });
      await expect
        .poll(() => cli.runtime.calls.some(({ method }) => method === "getContainerEvents"))
        .toBe(true);
      const pod = await runPod(cli.cri, {
        name: "web",
        containers: { main: { image: "example.com/web:1" } },
      });
      const { id } = pod.containers.main;
      await pod[Symbol.asyncDispose]();
      const read = (): unknown[] => {
        const { stdout } = running.output;
        if (format === "yaml")
          return parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
        const lines = stdout.split("\n").slice(0, -1);
        if (format === "json") return lines.map((line) => JSON.parse(line) as unknown);
        return lines.map((line) => {
          const [time, kind, type, of, podSandboxId] = line
            .replace("(pod ", "")
            .replace(")", "")
            .split(" ");
          return { time, kind, type, id: of, podSandboxId };
        });
      };
      await expect.poll(() => read()).toHaveLength(8);
      stop.abort();
      expect(await running.status).toBe(130);
      expect(read()).toEqual(
        expect.arrayContaining([
          {
            time: expect.stringMatching(/Z$/),
            kind: "container",
            type: "started",
            id,
            podSandboxId: pod.id,
          },
          {
            time: expect.stringMatching(/Z$/),
            kind: "pod",
            type: "deleted",
            id: pod.id,
            podSandboxId: pod.id,
          },
        ]),
      );
    },
  );
});

describe("changes", () => {
  test("cri update names the limits to change, and only those", async () => {
    await using cli = await startCliRuntime({ registry });
    await using pod = await runPod(cli.cri, {
      name: "web",
      containers: { main: { image: "example.com/web:1" } },
    });
    const { id } = pod.containers.main;
    const flags = ["--cpu-quota", "50000", "--memory", "67108864", "--cpuset-cpus", "0-1"];
    expect(await cli.ok(["update", ...flags, id])).toBe(id);
    const { status } = await cli.cri.runtime.containerStatus({ containerId: id });
    expect(status?.resources?.linux).toMatchObject({
      cpuQuota: 50_000n,
      cpuPeriod: 0n,
      memoryLimitInBytes: 67_108_864n,
      cpusetCpus: "0-1",
    });
    expect(await cli.run(["update", id])).toMatchObject({
      status: 2,
      stderr: "cri: name a limit to change\n",
    });
    expect(await cli.run(["update", "--cpu-share", "few", id])).toEqual({
      status: 2,
      stdout: "",
      stderr: 'cri: --cpu-share takes a number, not "few"\n',
    });
  });

  test("cri checkpoint wants a place on the node", async () => {
    await using cli = await startCliRuntime({ registry });
    await using pod = await runPod(cli.cri, {
      name: "web",
      containers: { main: { image: "example.com/web:1" } },
    });
    const { id } = pod.containers.main;
    expect(await cli.run(["checkpoint", id])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--export"),
    });
    expect(await cli.run(["checkpoint", "-e", "x.tar", id])).toMatchObject({ status: 2 });
    const { status, stderr } = await cli.run(["checkpoint", "-e", "/tmp/x.tar", "-t", "5", id]);
    const [asked] = cli.runtime.calls.filter(({ method }) => method === "checkpointContainer");
    expect(asked?.request).toMatchObject({ containerId: id, location: "/tmp/x.tar", timeout: 5n });
    // It has no processes to write.
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining("UNIMPLEMENTED"),
    });
  });

  test("cri cp copies in and out", async () => {
    const files = new Map<string, string>();
    await using cli = await startCliRuntime({
      registry,
      programs: {
        // Enough of tar to see what it is asked.
        tar: async ({ argv, stdin }) => {
          let size = 0;
          for await (const chunk of stdin) size += (chunk as Buffer).length;
          files.set(argv.join(" "), `${size > 0}`);
        },
      },
    });
    await using pod = await runPod(cli.cri, {
      name: "web",
      containers: { main: { image: "example.com/web:1" } },
    });
    const folder = await mkdtemp(join(tmpdir(), "cri-cp-"));
    try {
      await writeFile(join(folder, "a.txt"), "hello");
      const { id } = pod.containers.main;
      await cli.ok(["cp", join(folder, "a.txt"), `${id}:/srv/`]);
      expect([...files.entries()]).toEqual([[expect.stringMatching(/^tar -x/), "true"]]);
      expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("hello");
    } finally {
      await rm(folder, { recursive: true });
    }
    const wrong = {
      status: 2,
      stderr: "cri: one of source and target is in a container, written ID:/PATH\n",
    };
    expect(await cli.run(["cp", "a", "b"])).toMatchObject(wrong);
    expect(await cli.run(["cp", "abcd:/a", "abcd:/b"])).toMatchObject(wrong);
  });
});
