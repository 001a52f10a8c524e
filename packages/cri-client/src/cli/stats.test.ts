import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type CliRuntime, startCliRuntime } from "../../test/run-cli.ts";
import { type RunningPod, runPod } from "../pod/run-pod.ts";

let cli: CliRuntime;
let pod: RunningPod<"main" | "side">;

beforeEach(async () => {
  cli = await startCliRuntime({
    registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } },
  });
  const image = "example.com/web:1";
  pod = await runPod(cli.cri, {
    name: "web",
    labels: { app: "web" },
    containers: { main: { image, labels: { tier: "front" } }, side: { image } },
  });
});

afterEach(async () => {
  await pod[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

describe("cri stats", () => {
  test("measures over a while", async () => {
    const text = await cli.ok(["stats", "-s", "50ms"]);
    const [head, ...rows] = text.split("\n");
    expect(head).toMatch(/^CONTAINER +NAME +CPU % +MEM +DISK +INODES +SWAP$/);
    expect(rows).toHaveLength(2);
    const row = rows.find((line) => line.startsWith(pod.containers.main.id.slice(0, 13)));
    expect(row).toMatch(/^[0-9a-f]{13} +main +\d+\.\d\d +1\.05MB +0B +0$/);
  });

  test("chooses by id, pod and label", async () => {
    const rows = async (...args: string[]): Promise<number> =>
      (await cli.ok(["stats", "-s", "1ms", ...args])).split("\n").length - 1;
    expect(await rows(pod.containers.main.id)).toBe(1);
    expect(await rows("--id", pod.containers.main.id)).toBe(1);
    expect(await rows("--pod", pod.id)).toBe(2);
    expect(await rows("--label", "tier=front")).toBe(1);
    expect(await rows("--label", "tier=back")).toBe(0);
  });

  test("gives the runtime's own words in JSON and YAML, without waiting", async () => {
    const args = ["stats", "-s", "1h", pod.containers.main.id, "-o"];
    expect(JSON.parse(await cli.ok([...args, "json"]))).toMatchObject({
      stats: [
        {
          attributes: { id: pod.containers.main.id, metadata: { name: "main", attempt: 0 } },
          memory: { workingSetBytes: { value: "1048576" } },
        },
      ],
    });
    expect(parse(await cli.ok([...args, "yaml"]))).toMatchObject({ stats: [{ cpu: {} }] });
  });

  test("goes on with --watch until the person has had enough", async () => {
    const stop = new AbortController();
    const args = ["stats", "-w", "-s", "10ms"];
    const running = cli.start(args, { signal: stop.signal });
    await expect.poll(() => running.output.stdout.match(/CONTAINER/g)?.length).toBeGreaterThan(2);
    stop.abort();
    expect(await running.status).toBe(0);
  });
});

test("cri statsp measures pods", async () => {
  const text = await cli.ok(["statsp", "-s", "50ms", "--label", "app=web"]);
  expect(text).toMatch(
    /^POD +POD ID +CPU % +MEM +PROCESSES +RX +TX\nweb +[0-9a-f]{13} +\d+\.\d\d +2\.1MB +2 +/,
  );
  expect(JSON.parse(await cli.ok(["statsp", "-o", "json", pod.id]))).toMatchObject({
    stats: [{ attributes: { id: pod.id }, linux: { process: { processCount: { value: "2" } } } }],
  });
});

describe("cri top", () => {
  test("shows a table in place that fits the terminal, until the person has had enough", async () => {
    const stop = new AbortController();
    const terminal = { columns: 80, rows: 4 };
    const running = cli.start(["top", "-s", "10ms"], { signal: stop.signal, terminal });
    await expect
      .poll(() => running.output.stdout.split("\u001b[H\u001b[J").length)
      .toBeGreaterThan(2);
    stop.abort();
    expect(await running.status).toBe(0);
    const [, picture = ""] = running.output.stdout.split("\u001b[H\u001b[J");
    expect(picture).toMatch(/^\d\d:\d\d:\d\d {2}2 containers\n\nCONTAINER .*\n[0-9a-f]{13} .*\n$/);
  });

  test("shows one picture where there is no terminal, by what it is told", async () => {
    for (const sort of ["cpu", "mem"]) {
      const lines = (await cli.ok(["top", "-s", "1ms", "--sort", sort])).split("\n");
      expect(lines).toHaveLength(5);
    }
    expect(await cli.run(["top", "--sort", "size"])).toMatchObject({ status: 2 });
    expect(await cli.run(["top", "-s", "often"])).toMatchObject({ status: 2 });
  });
});
