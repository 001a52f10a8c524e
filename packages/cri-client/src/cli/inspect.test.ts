import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type CliRuntime, startCliRuntime } from "../../test/run-cli.ts";
import { type RunningPod, runPod } from "../pod/run-pod.ts";
import { parseInfo } from "./output.ts";

let cli: CliRuntime;
let web: RunningPod<"main">;

beforeEach(async () => {
  cli = await startCliRuntime({
    registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } },
  });
  web = await runPod(cli.cri, {
    name: "web",
    containers: { main: { image: "example.com/web:1" } },
  });
});

afterEach(async () => {
  await web[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

describe("cri inspect", () => {
  test("shows a container's status with readable times, and what the runtime adds", async () => {
    const { id } = web.containers.main;
    const json = JSON.parse(await cli.ok(["inspect", id])) as { status: Record<string, string> };
    expect(json).toMatchObject({
      status: {
        id,
        state: "CONTAINER_RUNNING",
        metadata: { name: "main", attempt: 0 },
        finishedAt: "",
      },
      info: { argv: ["sleep", "infinity"] },
    });
    const { status } = await cli.cri.runtime.containerStatus({ containerId: id });
    expect(Date.parse(json.status.startedAt ?? "")).toBe(
      Number((status?.startedAt ?? 0n) / 1_000_000n),
    );
    expect(parse(await cli.ok(["inspect", "-o", "yaml", id]))).toEqual(json);
    const quiet = JSON.parse(await cli.ok(["inspect", "-q", id])) as object;
    expect(Object.keys(quiet)).toEqual(["status"]);
  });

  test("shows the essentials to people", async () => {
    await cli.cri.runtime.stopContainer({ containerId: web.containers.main.id, timeout: 0n });
    const text = await cli.ok(["inspect", "-o", "table", web.containers.main.id]);
    expect(text).toContain(
      `ID: ${web.containers.main.id}\nName: main\nAttempt: 0\nState: Exited\n`,
    );
    expect(text).toContain("\nExit code: 137\n");
  });

  test("shows several as a list, and says what is not there", async () => {
    const { id } = web.containers.main;
    expect(JSON.parse(await cli.ok(["inspect", id, id]))).toMatchObject([
      { status: { id } },
      { status: { id } },
    ]);
    expect(await cli.run(["inspect", "abc"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "cri: runtime.v1.RuntimeService/ContainerStatus: NOT_FOUND: no container abc\n",
    });
  });
});

test("cri inspectp shows a pod", async () => {
  const json = JSON.parse(await cli.ok(["inspectp", web.id])) as object;
  expect(json).toMatchObject({
    status: { id: web.id, state: "SANDBOX_READY", network: { ip: web.ip, additionalIps: [] } },
    info: { runtime: "memory" },
  });
  expect(parse(await cli.ok(["inspectp", "-o", "yaml", web.id]))).toEqual(json);
  expect(await cli.ok(["inspectp", "-o", "table", web.id])).toContain(`\nState: Ready\n`);
  expect(await cli.ok(["inspectp", "-o", "table", web.id])).toContain(`\nIP: ${web.ip}\n`);
});

test("cri inspecti shows an image", async () => {
  const json = JSON.parse(await cli.ok(["inspecti", "example.com/web:1"])) as object;
  expect(json).toMatchObject({ status: { repoTags: ["example.com/web:1"], pinned: false } });
  expect(await cli.ok(["inspecti", "-o", "table", "example.com/web:1"])).toContain(
    "\nTags: example.com/web:1\n",
  );
  expect(await cli.run(["inspecti", "nothing"])).toEqual({
    status: 1,
    stdout: "",
    stderr: 'cri: no image "nothing"\n',
  });
});

test("without ids they show what the lists would", async () => {
  const { id } = web.containers.main;
  await using other = await runPod(cli.cri, {
    name: "other",
    containers: { main: { image: "example.com/web:1", command: ["true"] } },
  });
  await other.containers.main.exited();
  expect(JSON.parse(await cli.ok(["inspect"]))).toMatchObject({ status: { id } });
  expect(JSON.parse(await cli.ok(["inspect", "-l"]))).toMatchObject({
    status: { id: other.containers.main.id },
  });
  expect(JSON.parse(await cli.ok(["inspect", "--name", "nothing"]))).toEqual([]);
  expect(JSON.parse(await cli.ok(["inspectp", "--name", "^web"]))).toMatchObject({
    status: { id: web.id },
  });
  expect(JSON.parse(await cli.ok(["inspecti", "-f", "reference=web"]))).toMatchObject({
    status: { repoTags: ["example.com/web:1"] },
  });
});

test("what a runtime adds is read where it is JSON, whatever its keys are", () => {
  const info = { info: '{"pid":7}', config: "[1]", note: "not JSON", ["__proto__"]: '{"a":1}' };
  const parsed = parseInfo(info);
  expect(JSON.parse(JSON.stringify(parsed))).toEqual(
    JSON.parse('{"pid":7,"config":[1],"note":"not JSON","__proto__":{"a":1}}'),
  );
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});
