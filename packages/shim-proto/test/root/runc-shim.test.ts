import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RpcError } from "@ocikit/rpc";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { shimDialects } from "../../src/engine/bootstrap.ts";
import {
  loadShim,
  queryShim,
  type Shim,
  type ShimOptions,
  startShim,
} from "../../src/engine/shim.ts";
import { makeFifoStdio } from "../../src/engine/stdio.ts";
import { type ContainerdEvent, decodeEvent } from "../../src/event.ts";
import { Status } from "../../src/gen/types/task/task.ts";
import { packPayload, unpackPayload } from "../../src/payload.ts";
import { EventsService } from "../../src/services.ts";
import { serve } from "../../src/ttrpc/serve.ts";
import { verifyShim } from "../../src/verify/verify-shim.ts";
import { makeBundle, missingPeers, type TestBundle } from "./bundle.ts";

const why = missingPeers();
const runtime = "io.containerd.runc.v2";
const specUrl = "types.containerd.io/opencontainers/runtime-spec/1";

/** An engine of the test's own: takes events, starts shims, and ends them with the test. */
async function makeEngine(bundle: TestBundle): Promise<{
  readonly events: ContainerdEvent[];
  readonly options: ShimOptions;
}> {
  const events: ContainerdEvent[] = [];
  const ttrpcAddress = join(bundle.folder, "events");
  const server = await serve(ttrpcAddress, (router) =>
    router.service(EventsService, {
      forward({ envelope }) {
        const event = decodeEvent(envelope?.event);
        if (event !== undefined) events.push(event);
        return {};
      },
    }),
  );
  onTestFinished(() => server.close({ signal: AbortSignal.abort() }));
  const options: ShimOptions = {
    id: bundle.id,
    namespace: "ocikit-test",
    bundle: bundle.path,
    runtime,
    grpcAddress: join(bundle.folder, "engine"),
    ttrpcAddress,
    options: packPayload("containerd.runc.v1.Options", {
      binaryName: "runc",
      root: "/run/containerd/runc",
    }),
  };
  return { events, options };
}

async function start(options: ShimOptions): Promise<Shim> {
  const shim = await startShim(options);
  onTestFinished(async () => {
    // Whatever the test left: the container goes, and the shim with it.
    if (!shim.connection.closed) {
      await shim.task.kill({ id: shim.id, signal: 9, all: true }).catch(() => {});
      await shim.task.wait({ id: shim.id }, { timeoutMs: 5000 }).catch(() => {});
      await shim.task.delete({ id: shim.id }).catch(() => {});
      await shim.task.shutdown({ id: shim.id, now: true }).catch(() => {});
    }
    shim.close();
    // A shim that was killed leaves its socket.
    rmSync(shim.bootstrap.address.replace("unix://", ""), { force: true });
  });
  return shim;
}

async function codeOf(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise;
    return "OK";
  } catch (error) {
    if (error instanceof RpcError) return error.code;
    throw error;
  }
}

async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

describe("Debian's containerd-shim-runc-v2, without containerd", () => {
  beforeEach((context) => {
    if (why !== undefined) context.skip(why);
  });

  test("goes through a whole life of a container: create to delete, exec with a terminal, limits, counters", async () => {
    const bundle = makeBundle(["sh", "-c", "echo hello; cat; sleep 60"]);
    const { events, options } = await makeEngine(bundle);
    const shim = await start(options);
    const { task, id } = shim;
    expect(await codeOf(task.state({ id }))).toBe("NOT_FOUND");

    await using io = await makeFifoStdio(bundle.folder, { stdin: true });
    const created = await task.create({ id, bundle: bundle.path, ...io.fields, ...pick(options) });
    expect(created.pid).toBeGreaterThan(0);
    const output = readText(io.stdout);
    expect(await task.state({ id })).toMatchObject({ pid: created.pid, status: Status.CREATED });
    const ended = task.wait({ id });
    expect(await task.start({ id })).toEqual({ pid: created.pid });
    io.opened();
    expect((await task.connect({ id })).taskPid).toBe(created.pid);
    expect((await task.pids({ id })).processes.map(({ pid }) => pid)).toContain(created.pid);

    // An exec with a terminal, which says the size it was told.
    const terminal = await makeFifoStdio(bundle.folder, {
      name: "e1",
      stdin: true,
      terminal: true,
    });
    await task.exec({
      id,
      execId: "e1",
      ...terminal.fields,
      spec: packPayload(`${specUrl}/Process`, {
        terminal: true,
        user: { uid: 0, gid: 0 },
        args: ["sh", "-c", "read line; stty size; exit 7"],
        env: ["PATH=/bin"],
        cwd: "/",
      }),
    });
    expect(await codeOf(task.exec({ id, execId: "e1" }))).toBe("ALREADY_EXISTS");
    const shown = readText(terminal.stdout);
    await task.start({ id, execId: "e1" });
    terminal.opened();
    await task.resizePty({ id, execId: "e1", width: 132, height: 43 });
    terminal.stdin?.write("go\n");
    const execEnded = await task.wait({ id, execId: "e1" });
    expect(execEnded.exitStatus).toBe(7);
    expect(await shown).toContain("43 132");
    expect(await task.delete({ id, execId: "e1" })).toMatchObject({ exitStatus: 7 });
    expect(await codeOf(task.state({ id, execId: "e1" }))).toBe("NOT_FOUND");
    await terminal[Symbol.asyncDispose]();

    const stats = unpackPayload((await task.stats({ id })).stats);
    expect(stats?.typeUrl).toMatch(/^io\.containerd\.cgroups\.v[12]\.Metrics$/);

    await task.pause({ id });
    expect((await task.state({ id })).status).toBe(Status.PAUSED);
    await task.resume({ id });
    expect((await task.state({ id })).status).toBe(Status.RUNNING);

    const memory = { memory: { limit: 134217728 } };
    await task.update({ id, resources: packPayload(`${specUrl}/LinuxResources`, memory) });
    const after = unpackPayload((await task.stats({ id })).stats);
    if (after?.typeUrl === "io.containerd.cgroups.v1.Metrics") {
      expect(after.value.memory?.usage?.limit).toBe(134217728n);
    }

    io.stdin?.end("through the shim\n");
    await task.closeIO({ id, stdin: true });
    expect(await codeOf(task.delete({ id }))).not.toBe("OK");
    await task.kill({ id, signal: 9, all: true });
    const { exitStatus, exitedAt } = await ended;
    expect(exitStatus).toBe(137);
    expect(Number(exitedAt?.seconds)).toBeGreaterThan(1.7e9);
    expect(await codeOf(task.kill({ id, signal: 9 }))).toBe("NOT_FOUND");
    expect(await task.delete({ id })).toMatchObject({ pid: created.pid, exitStatus: 137 });
    expect(await output).toBe("hello\nthrough the shim\n");

    await expect
      .poll(() => events.map(({ topic }) => topic))
      .toEqual([
        "/tasks/create",
        "/tasks/start",
        "/tasks/exec-added",
        "/tasks/exec-started",
        "/tasks/exit",
        "/tasks/paused",
        "/tasks/resumed",
        "/tasks/exit",
        "/tasks/delete",
      ]);
    await task.shutdown({ id }).catch(() => {});
    await shim.whenClosed;
  });

  test.each(shimDialects.filter((dialect) => dialect !== "2.3"))(
    "starts in the dialect of containerd %s",
    async (dialect) => {
      const bundle = makeBundle(["true"]);
      const { options } = await makeEngine(bundle);
      const shim = await start({ ...options, dialect });
      expect(shim.bootstrap).toMatchObject({ protocol: "ttrpc" });
      expect(shim.bootstrap.address).toMatch(/^unix:\/\/\/run\/containerd\/s\/[0-9a-f]{64}$/);
      await shim.task.create({ id: shim.id, bundle: bundle.path, ...pick(options) });
      const ended = shim.task.wait({ id: shim.id });
      await shim.task.start({ id: shim.id });
      expect((await ended).exitStatus).toBe(0);
    },
  );

  test("is found again from its bundle, and goes on", async () => {
    const bundle = makeBundle(["sleep", "60"]);
    const { options } = await makeEngine(bundle);
    const first = await start(options);
    const { pid } = await first.task.create({
      id: first.id,
      bundle: bundle.path,
      ...pick(options),
    });
    await first.task.start({ id: first.id });
    first.close();
    expect(readdirSync(bundle.path)).toEqual(
      expect.arrayContaining(["bootstrap.json", "shim-binary-path"]),
    );
    const again = await loadShim({ ...options, runtime: undefined });
    onTestFinished(() => again.close());
    expect(again.bootstrap.version).toBe(2);
    expect((await again.task.state({ id: again.id })).pid).toBe(pid);
    await again.task.kill({ id: again.id, signal: 9, all: true });
    await again.task.wait({ id: again.id });
    await again.task.delete({ id: again.id });
    await again.task.shutdown({ id: again.id, now: true }).catch(() => {});
  });

  test("that was killed is cleaned up by its program's delete", async () => {
    const bundle = makeBundle(["sleep", "60"]);
    const { options } = await makeEngine(bundle);
    const shim = await start(options);
    const { pid } = await shim.task.create({ id: shim.id, bundle: bundle.path, ...pick(options) });
    await shim.task.start({ id: shim.id });
    const { shimPid } = await shim.task.connect({ id: shim.id });
    process.kill(shimPid, "SIGKILL");
    await shim.whenClosed;
    expect(await codeOf(shim.task.state({ id: shim.id }))).toBe("UNAVAILABLE");
    expect(await shim.delete()).toMatchObject({ exitStatus: 137 });
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test("groups the containers of a pod in one process", async () => {
    const pod = makeBundle(["sleep", "60"]);
    const { options } = await makeEngine(pod);
    const sandbox = await start({ ...options });
    const member = makeBundle(["true"]);
    const file = join(member.path, "config.json");
    const config = JSON.parse(readFileSync(file, "utf8"));
    config.annotations = { "io.kubernetes.cri.sandbox-id": pod.id };
    writeFileSync(file, JSON.stringify(config));
    const joined = await startShim({ ...options, id: member.id, bundle: member.path });
    onTestFinished(() => joined.close());
    expect(joined.bootstrap.address).toBe(sandbox.bootstrap.address);
    expect((await joined.task.connect({ id: member.id })).shimPid).toBe(
      (await sandbox.task.connect({ id: pod.id })).shimPid,
    );
  });

  test("breaks nothing that verify looks for", { timeout: 120_000 }, async () => {
    const findings = await verifyShim(runtime, {
      options: packPayload("containerd.runc.v1.Options", {
        binaryName: "runc",
        root: "/run/containerd/runc",
      }),
    });
    expect(findings.filter(({ outcome }) => outcome === "broken")).toEqual([]);
    const kept = findings.filter(({ outcome, rule }) => outcome === "kept" && rule === "cleanup");
    // 1.6.20 takes the dialects of its time and the two after it.
    expect(kept.map(({ dialect }) => dialect)).toEqual(["1.6", "1.7", "2.0"]);
  });

  test("says why it can't start", async () => {
    const bundle = makeBundle(["true"]);
    const { options } = await makeEngine(bundle);
    rmSync(join(bundle.path, "config.json"));
    await expect(startShim(options)).rejects.toThrow(/config\.json/);
    await expect(startShim({ ...options, runtime: "io.containerd.nothing.v9" })).rejects.toThrow(
      "NOT_FOUND: runtime io.containerd.nothing.v9: containerd-shim-nothing-v9 is not installed",
    );
    await expect(queryShim("nonsense")).rejects.toThrow("INVALID_ARGUMENT");
  });
});

/** Whether a process runs: one that ended may wait for a lazy init to reap it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function pick({ options }: ShimOptions): {
  readonly options?: NonNullable<ShimOptions["options"]>;
} {
  return options === undefined ? {} : { options };
}
