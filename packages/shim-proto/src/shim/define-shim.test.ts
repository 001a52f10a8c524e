import { execFile } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { RpcError } from "@ocikit/rpc";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeShimOptions, startHostShim } from "../../test/host-shim.ts";
import { makeFolder } from "../../test/socket.ts";
import { openByteStream } from "../byte-stream.ts";
import { shimDialects } from "../engine/bootstrap.ts";
import { loadShim, queryShim, startShim } from "../engine/shim.ts";
import { formatStdio, makeFifoStdio } from "../engine/stdio.ts";
import { type ContainerdEvent, decodeEvent } from "../event.ts";
import { Status } from "../gen/types/task/task.ts";
import { packPayload } from "../payload.ts";
import { EventsService } from "../services.ts";
import { connect } from "../ttrpc/connect.ts";
import { serve } from "../ttrpc/serve.ts";

const processUrl = "types.containerd.io/opencontainers/runtime-spec/1/Process";
const shellProcess = (line: string): ReturnType<typeof packPayload> =>
  packPayload(processUrl, { args: ["sh", "-c", line], env: ["PATH=/usr/bin:/bin"], cwd: "/" });

async function codeOf(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise;
    return "OK";
  } catch (error) {
    if (error instanceof RpcError) return error.code;
    throw error;
  }
}

async function collectEvents(address: string): Promise<ContainerdEvent[]> {
  const events: ContainerdEvent[] = [];
  const server = await serve(address, (router) =>
    router.service(EventsService, {
      forward({ envelope }) {
        const event = decodeEvent(envelope?.event);
        if (event !== undefined) events.push(event);
        return {};
      },
    }),
  );
  onTestFinished(() => server.close({ signal: AbortSignal.abort() }));
  return events;
}

describe("a shim made with defineShim", { timeout: 30_000 }, () => {
  test.each([...shimDialects, "auto"] as const)("starts in the dialect %s", async (dialect) => {
    const options = packPayload("containerd.runc.v1.Options", { binaryName: "crun" });
    const shim = await startHostShim({ ...makeShimOptions("true"), dialect, options });
    const { version, address } = shim.bootstrap;
    // A bare address says version 2: the older engine's reading of an older shim.
    expect(version).toBe(dialect === "1.6" ? 2 : 3);
    expect(readFileSync(join(shim.bundle, "address"), "utf8")).toBe(address);
    const { shimPid, version: extensions } = await shim.task.connect({ id: shim.id });
    expect(shimPid).toBeGreaterThan(0);
    expect(JSON.parse(extensions)).toMatchObject([
      { typeUrl: "containerd.runc.v1.Options", value: { binaryName: "crun" } },
    ]);
  });

  test("runs a container through its life, and tells of it in order", async () => {
    const folder = makeFolder();
    const events = await collectEvents(join(folder, "events"));
    const shim = await startHostShim(makeShimOptions("cat; sleep 60", folder));
    const { task, id, bundle } = shim;
    expect(await codeOf(task.state({ id }))).toBe("NOT_FOUND");
    expect(await codeOf(task.create({ id, bundle, terminal: true }))).toBe("UNIMPLEMENTED");
    await using io = await makeFifoStdio(folder, { stdin: true });
    await task.create({ id, bundle, ...io.fields });
    expect(await codeOf(task.create({ id, bundle }))).toBe("ALREADY_EXISTS");
    expect((await task.state({ id })).status).toBe(Status.CREATED);
    expect(await codeOf(task.exec({ id, execId: "e" }))).toBe("FAILED_PRECONDITION");
    const ended = task.wait({ id });
    const { pid } = await task.start({ id });
    io.opened();
    expect(await codeOf(task.start({ id }))).toBe("FAILED_PRECONDITION");
    expect(await task.state({ id })).toMatchObject({ pid, status: Status.RUNNING, bundle });

    await task.exec({ id, execId: "e1", spec: shellProcess("exit 4") });
    expect(await codeOf(task.exec({ id, execId: "e1", spec: shellProcess("") }))).toBe(
      "ALREADY_EXISTS",
    );
    const exec = await task.start({ id, execId: "e1" });
    expect(await task.wait({ id, execId: "e1" })).toMatchObject({ exitStatus: 4 });
    expect(await task.delete({ id, execId: "e1" })).toMatchObject({
      pid: exec.pid,
      exitStatus: 4,
    });
    await task.exec({
      id,
      execId: "e2",
      spec: packPayload(processUrl, { args: ["/nosuch"], cwd: "/" }),
    });
    expect(await codeOf(task.start({ id, execId: "e2" }))).toBe("UNKNOWN");
    expect((await task.wait({ id, execId: "e2" })).exitStatus).toBe(255);
    await task.delete({ id, execId: "e2" });
    expect(await codeOf(task.state({ id, execId: "e2" }))).toBe("NOT_FOUND");

    expect((await task.pids({ id })).processes.map(({ pid }) => pid)).toEqual([pid]);
    expect((await task.stats({ id })).stats?.typeUrl).toBe("io.containerd.cgroups.v2.Metrics");
    await task.pause({ id });
    expect((await task.state({ id })).status).toBe(Status.PAUSED);
    expect(await codeOf(task.pause({ id }))).toBe("FAILED_PRECONDITION");
    await task.resume({ id });
    expect(await codeOf(task.update({ id }))).toBe("UNIMPLEMENTED");
    expect(await codeOf(task.delete({ id }))).toBe("FAILED_PRECONDITION");

    // An exec that runs when its container ends goes with it, and is told of before it.
    await task.exec({ id, execId: "e3", spec: shellProcess("sleep 60") });
    await task.start({ id, execId: "e3" });
    await task.kill({ id, signal: 9, all: true });
    expect(await ended).toMatchObject({ exitStatus: 137 });
    expect(await codeOf(task.kill({ id, signal: 9 }))).toBe("NOT_FOUND");
    expect(await task.delete({ id })).toMatchObject({ pid, exitStatus: 137 });
    await task.shutdown({ id });
    await shim.whenClosed;

    await expect.poll(() => events.at(-1)?.topic).toBe("/tasks/delete");
    expect(
      events.map(({ topic, event }) =>
        "id" in event && event.id !== "" ? `${topic} ${event.id}` : topic,
      ),
    ).toEqual([
      "/tasks/create",
      "/tasks/start",
      "/tasks/exec-added",
      "/tasks/exec-started",
      "/tasks/exit e1",
      "/tasks/exec-added",
      "/tasks/paused",
      "/tasks/resumed",
      "/tasks/exec-added",
      "/tasks/exec-started",
      "/tasks/exit e3",
      "/tasks/exit c1",
      "/tasks/delete",
    ]);
    expect(existsSync(shim.bootstrap.address.replace("unix://", ""))).toBe(false);
  });

  test("carries input and output by FIFO, and the end of both", async () => {
    const folder = makeFolder();
    const shim = await startHostShim(makeShimOptions("cat; echo done >&2", folder));
    const { task, id, bundle } = shim;
    await using io = await makeFifoStdio(folder, { stdin: true });
    await task.create({ id, bundle, ...io.fields });
    await task.start({ id });
    io.opened();
    const [stdout, stderr] = [read(io.stdout), read(io.stderr ?? io.stdout)];
    io.stdin?.end("line\n");
    await task.closeIO({ id, stdin: true });
    expect([await stdout, await stderr]).toEqual(["line\n", "done\n"]);
    expect((await task.wait({ id })).exitStatus).toBe(0);
  });

  test("writes output to a file", async () => {
    const folder = makeFolder();
    const shim = await startHostShim(makeShimOptions("echo out; echo err >&2", folder));
    const { task, id, bundle } = shim;
    const path = join(folder, "output");
    const target = formatStdio({ kind: "file", path });
    await task.create({ id, bundle, stdout: target, stderr: target });
    await task.start({ id });
    await task.wait({ id });
    expect(readFileSync(path, "utf8")).toBe("out\nerr\n");
  });

  test("hands output to a program, which takes both streams and says when it is ready", async () => {
    const folder = makeFolder();
    const path = join(folder, "logger");
    writeFileSync(
      path,
      `#!/bin/sh\nexec 5>&-\ncat <&3 > ${folder}/$1 & cat <&4 > ${folder}/err; wait\necho $CONTAINER_ID $CONTAINER_NAMESPACE > ${folder}/who\n`,
    );
    chmodSync(path, 0o755);
    const shim = await startHostShim(makeShimOptions("echo out; echo err >&2", folder));
    const { task, id, bundle } = shim;
    const target = formatStdio({ kind: "binary", version: 1, path, args: { out: "" } });
    expect(target).toBe(`binary://${path}?out=`);
    await task.create({ id, bundle, stdout: target, stderr: target });
    await task.start({ id });
    await task.wait({ id });
    await expect.poll(() => existsSync(join(folder, "who"))).toBe(true);
    const text = (name: string): string => readFileSync(join(folder, name), "utf8");
    expect([text("out"), text("err"), text("who")]).toEqual(["out\n", "err\n", "c1 tests\n"]);
  });

  test("refuses a program that ends before it is ready", async () => {
    const folder = makeFolder();
    const shim = await startHostShim(makeShimOptions("true", folder));
    const target = formatStdio({ kind: "binary", version: 2, path: "/bin/false", args: {} });
    const { id, bundle } = shim;
    expect(await codeOf(shim.task.create({ id, bundle, stdout: target }))).toBe("UNAVAILABLE");
    // Nothing of it is left: the same container can be made.
    expect(await codeOf(shim.task.create({ id, bundle }))).toBe("OK");
  });

  test("carries input and output by the streams an engine opened", async () => {
    const folder = makeFolder();
    const shim = await startHostShim({
      ...makeShimOptions("cat; head -c 300000 /dev/zero", folder),
      dialect: "2.3",
    });
    const { task, id, bundle, bootstrap } = shim;
    const uri = (streamId: string): string =>
      formatStdio({ kind: "stream", address: bootstrap.address, streamId });
    await using streaming = await connect(bootstrap.address);
    const stdin = await openByteStream(streaming, "c1-stdin");
    const stdout = await openByteStream(streaming, "c1-stdout");
    await task.create({ id, bundle, stdin: uri("c1-stdin"), stdout: uri("c1-stdout") });
    await task.start({ id });
    await stdin.write(Buffer.from("hello "));
    await stdin.write(Buffer.alloc(100_000, "x"));
    stdin.end();
    let length = 0;
    let first = "";
    for await (const bytes of stdout.read()) {
      if (length === 0) first = Buffer.from(bytes).toString().slice(0, 6);
      length += bytes.length;
    }
    expect([first, length]).toEqual(["hello ", 400_006]);
    expect((await task.wait({ id })).exitStatus).toBe(0);
  });

  test("serves every container of a group in one process, also when they are started at once", async () => {
    const folder = makeFolder();
    const all = ["pod", "a", "b"].map((id) => makeShimOptions("true", folder, id));
    for (const { bundle } of all) {
      const file = join(bundle, "config.json");
      const config = JSON.parse(readFileSync(file, "utf8"));
      config.annotations = { "io.kubernetes.cri.sandbox-id": "pod" };
      writeFileSync(file, JSON.stringify(config));
    }
    const shims = await Promise.all(all.map((options) => startHostShim(options)));
    const pids = await Promise.all(
      shims.map(async ({ task, id }) => (await task.connect({ id })).shimPid),
    );
    expect(new Set(pids).size).toBe(1);
    expect(new Set(shims.map(({ bootstrap }) => bootstrap.address)).size).toBe(1);
  });

  test("is found again from its bundle", async () => {
    const options = makeShimOptions("sleep 60");
    const first = await startHostShim(options);
    const { id, bundle } = first;
    await first.task.create({ id, bundle });
    const { pid } = await first.task.start({ id });
    const again = await loadShim({ ...options, runtime: undefined });
    onTestFinished(() => again.close());
    expect(await again.task.state({ id })).toMatchObject({ pid, status: Status.RUNNING });
  });

  test("answers version 2 of the task service as it answers version 3", async () => {
    const options = makeShimOptions("true");
    const shim = await startHostShim(options);
    const { version: _, ...bootstrap } = shim.bootstrap;
    writeFileSync(
      join(shim.bundle, "bootstrap.json"),
      JSON.stringify({ ...bootstrap, version: 2 }),
    );
    const again = await loadShim(options);
    onTestFinished(() => again.close());
    expect(again.bootstrap.version).toBe(2);
    expect(await codeOf(again.task.state({ id: "c1" }))).toBe("NOT_FOUND");
  });

  test("says what it is", async () => {
    const { runtime, bundle } = makeShimOptions("true");
    const options = packPayload("containerd.runc.v1.Options", { root: "/x" });
    expect(await queryShim(runtime, { options })).toMatchObject({
      name: "io.containerd.host.v1",
      version: { version: "1.2.3", revision: "abc" },
      options,
      annotations: { options: "containerd.runc.v1.Options" },
    });
    const { stdout } = await promisify(execFile)(runtime, ["-v"], { cwd: bundle });
    expect(stdout).toMatch(/Version: {2}1\.2\.3\n {2}Revision: abc/);
  });

  test("cleans up after one that died, and says when it can't", async () => {
    const shim = await startHostShim(makeShimOptions("sleep 60"));
    const { task, id, bundle } = shim;
    await task.create({ id, bundle });
    const { pid } = await task.start({ id });
    process.kill((await task.connect({ id })).shimPid, "SIGKILL");
    await shim.whenClosed;
    const socket = shim.bootstrap.address.replace("unix://", "");
    expect(existsSync(socket)).toBe(true);
    expect(await shim.delete()).toMatchObject({ pid, exitStatus: 137 });
    expect(existsSync(socket)).toBe(false);
    const sad = await startHostShim(makeShimOptions("true", makeFolder(), "sad"));
    await expect(sad.delete()).rejects.toThrow("io.containerd.host.v1: can't: exit status 1");
  });

  test("that can't serve says why on start, and leaves nothing", async () => {
    const options = makeShimOptions("true");
    const env = { ...options.env, OCIKIT_TEST_FAIL: "1" };
    await expect(startShim({ ...options, env, dialect: "2.0" })).rejects.toThrow("told to fail");
    expect(existsSync(join(options.bundle, "address"))).toBe(false);
  });

  test("refuses what no engine says", async () => {
    const { runtime, bundle } = makeShimOptions("true");
    const run = (...args: string[]): Promise<unknown> =>
      promisify(execFile)(runtime, args, { cwd: bundle });
    await expect(run("-nonsense")).rejects.toThrow("unknown flag -nonsense");
    await expect(run("-namespace", "n", "-id", "i", "dance")).rejects.toThrow(
      'unknown action "dance"',
    );
    await expect(run("-id", "i", "start")).rejects.toThrow("-namespace is missing");
  });
});

async function read(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.toString();
  return text;
}
