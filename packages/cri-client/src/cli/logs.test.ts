import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CliRuntime, startCliRuntime } from "../../test/run-cli.ts";
import { type RunningPod, runPod } from "../pod/run-pod.ts";

let cli: CliRuntime;
let pod: RunningPod<"main">;
let id: string;
const written = Date.parse("2026-01-02T03:04:05Z");

beforeEach(async () => {
  cli = await startCliRuntime({
    registry: { "example.com/web:1": { entrypoint: ["talk"] } },
    programs: {
      async talk({ stdin, stdout, stderr }) {
        stdout.write("one\ntwo\n");
        stderr.write("oh\n");
        for await (const chunk of stdin) stdout.write(chunk);
      },
    },
  });
  pod = await runPod(cli.cri, {
    name: "web",
    containers: { main: { image: "example.com/web:1", stdin: true } },
  });
  id = pod.containers.main.id;
  await expect.poll(async () => (await cli.run(["logs", id])).stderr).toBe("oh\n");
});

afterEach(async () => {
  await pod[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

test("cri logs writes each stream to its own", async () => {
  expect(await cli.run(["logs", id])).toEqual({ status: 0, stdout: "one\ntwo\n", stderr: "oh\n" });
});

test("times, the last lines, bytes, and since when", async () => {
  const { stdout } = await cli.run(["logs", "-t", id]);
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\S+ one\n/);
  expect(await cli.run(["logs", "--tail", "2", id])).toEqual({
    status: 0,
    stdout: "two\n",
    stderr: "oh\n",
  });
  expect(await cli.run(["logs", "--tail", "0", id])).toEqual({ status: 0, stdout: "", stderr: "" });
  expect((await cli.run(["logs", "--limit-bytes", "5", id])).stdout).toBe("one\nt");
  expect((await cli.run(["logs", "--since", "1h", id])).stdout).toBe("one\ntwo\n");
  const later = { now: () => Date.now() + 7_200_000 };
  expect((await cli.run(["logs", "--since", "1h", id], later)).stdout).toBe("");
  const seconds = String(written / 1000);
  expect((await cli.run(["logs", "--since", seconds, id])).stdout).toBe("one\ntwo\n");
  const local = "2026-01-02T03:04:05";
  expect((await cli.run(["logs", "--since", local, id])).stdout).toBe("one\ntwo\n");
  expect((await cli.run(["logs", "--since", "2999-01-01T00:00:00", id])).stdout).toBe("");
  expect((await cli.run(["logs", "--since", new Date(written).toISOString(), id])).stdout).toBe(
    "one\ntwo\n",
  );
});

test("--follow goes on across a rotation, until the container ends", async () => {
  const running = cli.start(["logs", "-f", "--tail", "0", id]);
  await using attached = await cli.cri.attach(id, { stdin: true });
  const writer = attached.stdin.getWriter();
  await writer.write(new TextEncoder().encode("three\n"));
  await expect.poll(() => running.output.stdout).toBe("three\n");
  await cli.ok(["logs", "--reopen", id]);
  await writer.write(new TextEncoder().encode("four\n"));
  await expect.poll(() => running.output.stdout).toBe("three\nfour\n");
  await writer.close();
  cli.runtime.exit(id, 0);
  expect(await running.status).toBe(0);
});

test("--follow ends when the person has had enough", async () => {
  const stop = new AbortController();
  const running = cli.start(["logs", "-f", id], { signal: stop.signal });
  await expect.poll(() => running.output.stdout).toBe("one\ntwo\n");
  stop.abort();
  expect(await running.status).toBe(130);
});

test("one stream alone, and the attempt before", async () => {
  expect(await cli.run(["logs", "--stream", "stderr", id])).toEqual({
    status: 0,
    stdout: "",
    stderr: "oh\n",
  });
  expect(await cli.run(["logs", "-p", id])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("no attempt before"),
  });
  await using again = await runPod(cli.cri, {
    name: "again",
    containers: {
      main: { image: "example.com/web:1", config: { metadata: { name: "main", attempt: 1 } } },
    },
  });
  const { config, containers } = again;
  const entry = "2026-01-02T03:04:05Z stdout F before\n";
  await writeFile(join(config.logDirectory, "0.log"), entry);
  expect(await cli.ok(["logs", "-p", containers.main.id])).toBe("before");
});

test("what makes no sense is said", async () => {
  expect(await cli.run(["logs", "--since", "yesterday", id])).toMatchObject({ status: 2 });
  expect(await cli.run(["logs", "--tail", "many", id])).toMatchObject({ status: 2 });
  expect(await cli.run(["logs", "--stream", "stdin", id])).toMatchObject({ status: 2 });
  expect(await cli.run(["logs", "abc"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("no container abc"),
  });
});
