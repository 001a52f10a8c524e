import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { LaunchError, type LaunchStep, Runtime, RuntimeError } from "@ocikit/runtime-core";
import { repository } from "@ocikit/testing";
import { describe, expect, test, vi } from "vitest";
import { makeLauncher } from "../native.ts";
import { type Body, bodies, rootMissing, run, runProgram } from "./bodies.ts";
import { baseConfig, cgroupsOf, eventually, makePlace, newId, type Place } from "./bundle.ts";

/** A bundle whose program is a script, and a runtime over its root directory. */
function prepare(
  body: Body,
  script: string,
  change: (config: ReturnType<typeof baseConfig>) => Config = (config) => config,
): { readonly place: Place; readonly runtime: Runtime; readonly bundle: string } {
  const place = makePlace(body);
  place.configure(change(baseConfig("sh", "-c", script)));
  return { place, runtime: new Runtime({ root: place.root }), bundle: place.bundle };
}

const text = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

async function write(stream: WritableStream<Uint8Array>, words: string): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(new TextEncoder().encode(words));
  await writer.close();
}

function define(body: Body): void {
  test("a container is made, started, waited for, and gone with its scope", async () => {
    const { runtime, bundle, place } = prepare(body, "echo out; echo err >&2; exit 7");
    const id = newId();
    {
      await using web = await runtime.create(id, { bundle, stdio: "pipe" });
      const created = await web.state();
      expect(created).toMatchObject({ id, status: "created", bundle });
      const pid = created.status === "created" ? created.pid : 0;
      expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(`${pid} (`);
      await web.start();
      expect(await web.wait()).toEqual({ code: 7, signal: null });
      expect(await text(web.stdout)).toBe("out\n");
      expect(await text(web.stderr)).toBe("err\n");
      expect(await web.state()).toMatchObject({ status: "stopped" });
      expect(await web.state()).not.toHaveProperty("pid");
    }
    expect(cgroupsOf(id)).toEqual([]);
    expect(existsSync(join(place.root, id))).toBe(false);
  });

  test("mounts are added and removed while it runs, and one at fault is told by its place", async () => {
    const { runtime, bundle } = prepare(body, "sleep 100", (config) => ({
      ...config,
      root: { path: "rootfs", readonly: false },
    }));
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.start();
    const failing = [
      { destination: "/c", type: "tmpfs" },
      { destination: "/d", type: "nofs" },
    ];
    await expect(web.addMounts(failing)).rejects.toMatchObject({
      code: "LAUNCH_FAILED",
      pointer: "/mounts/1",
      errno: "ENODEV",
      message: expect.stringMatching(/^mounts\[1\]: error mounting /),
    });
    const mounts = [
      { destination: "/a", type: "tmpfs" },
      { destination: "/a/b", type: "tmpfs" },
    ];
    const points = async (): Promise<string> => {
      const state = await web.state();
      return readFileSync(`/proc/${state.status === "running" ? state.pid : 0}/mountinfo`, "utf8");
    };
    const before = await points();
    await web.addMounts(mounts);
    expect(await points()).toMatch(/ \/a .* \/a\/b /s);
    await web.removeMounts(mounts);
    expect(await points()).toBe(before);
  });

  test("what a program reads is what we write, until we close it", async () => {
    const { runtime, bundle } = prepare(body, "cat; echo end");
    await using web = await runtime.create(newId(), { bundle, stdio: "pipe" });
    await web.start();
    await write(web.stdin, "words\n");
    expect(await text(web.stdout)).toBe("words\nend\n");
    expect(await web.wait()).toEqual({ code: 0, signal: null });
  });

  test("its streams are pipes, which a program can open by name", async () => {
    const { runtime, bundle } = prepare(body, "echo again > /dev/stdout; echo more > /dev/stderr");
    await using web = await runtime.create(newId(), { bundle, stdio: "pipe" });
    await web.start();
    expect(await text(web.stdout)).toBe("again\n");
    expect(await text(web.stderr)).toBe("more\n");
  });

  test("a stream ends when the program closes it, though that runs on", async () => {
    const { runtime, bundle } = prepare(body, "echo first; exec >&- 2>&-; exec sleep 100");
    await using web = await runtime.create(newId(), { bundle, stdio: "pipe" });
    await web.start();
    expect(await text(web.stdout)).toBe("first\n");
    expect(await web.state()).toMatchObject({ status: "running" });
  });

  test("more output than a pipe holds comes whole", async () => {
    const script = "i=0; while [ $i -lt 20000 ]; do echo 0123456789abcdef; i=$((i+1)); done";
    const { runtime, bundle } = prepare(body, script);
    await using web = await runtime.create(newId(), { bundle, stdio: { stdout: "pipe" } });
    await web.start();
    expect((await text(web.stdout)).length).toBe(20_000 * 17);
  });

  test("with a terminal of its own the streams are the terminal's", async () => {
    const terminal = (config: ReturnType<typeof baseConfig>): Config => ({
      ...config,
      process: { ...config.process, terminal: true, consoleSize: { width: 91, height: 17 } },
    });
    const { runtime, bundle } = prepare(body, "tty; stty size", terminal);
    await using web = await runtime.create(newId(), { bundle, stdio: "pipe" });
    await web.start();
    expect(await web.wait()).toEqual({ code: 0, signal: null });
    expect((await text(web.stdout)).split(/\r?\n/)).toEqual(["/dev/pts/0", "17 91", ""]);
  });

  test("a signal ends it, and its end says which", async () => {
    const { runtime, bundle } = prepare(body, "exec sleep 100");
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.start();
    await web.kill("SIGKILL");
    expect(await web.wait()).toEqual({ code: null, signal: "SIGKILL" });
    await expect(web.kill()).rejects.toMatchObject({ code: "WRONG_STATE" });
  });

  test("it can be paused, and resumed", async () => {
    const { runtime, bundle } = prepare(body, "exec sleep 100");
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.start();
    await web.pause();
    expect(await web.state()).toMatchObject({ status: "paused" });
    await web.resume();
    expect(await web.state()).toMatchObject({ status: "running" });
    const state = await web.state();
    expect(await web.processes()).toEqual([state.status === "running" && state.pid]);
  });

  test("its limits can be changed", async () => {
    const { runtime, bundle } = prepare(body, "exec sleep 100");
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.start();
    await web.update({ pids: { limit: 77 } });
    await using shell = await web.exec([
      "sh",
      "-c",
      "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max",
    ]);
    expect((await text(shell.stdout)).trim()).toBe("77");
    await expect(web.update({ memory: { limit: -5 } })).rejects.toThrow(RuntimeError);
  });

  test("more processes run in it, each with streams and an end of its own", async () => {
    const { runtime, bundle } = prepare(body, "exec sleep 100");
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.start();
    await using shell = await web.exec(["sh", "-c", "cat; pwd; echo $ME; exit 3"]);
    await write(shell.stdin, "in\n");
    expect(await text(shell.stdout)).toBe("in\n/\n\n");
    expect(await shell.wait()).toEqual({ code: 3, signal: null });
    await using other = await web.exec({
      args: ["sh", "-c", "pwd; echo $ME; id -u"],
      cwd: "/bin",
      env: ["PATH=/bin", "ME=other"],
      user: { uid: 5, gid: 5 },
    });
    expect(await text(other.stdout)).toBe("/bin\nother\n5\n");
  });

  test("a process that is left goes, with its scope or when its signal comes", async () => {
    const { runtime, bundle } = prepare(body, "exec sleep 100");
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.start();
    let left: { wait(): Promise<unknown> };
    {
      await using sleeper = await web.exec(["sleep", "100"]);
      left = sleeper;
    }
    expect(await left.wait()).toEqual({ code: null, signal: "SIGKILL" });
    const controller = new AbortController();
    const other = await web.exec(["sleep", "100"], { signal: controller.signal, stdio: "null" });
    controller.abort();
    expect(await other.wait()).toEqual({ code: null, signal: "SIGKILL" });
    expect(await web.processes()).toHaveLength(1);
  });

  test("a wait ends with its signal, and the container runs on", async () => {
    const { runtime, bundle } = prepare(body, "exec sleep 100");
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.start();
    const reason = new Error("no more patience");
    await expect(web.wait({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const loaded = await runtime.load(web.id);
    const controller = new AbortController();
    const waited = loaded.wait({ signal: controller.signal });
    controller.abort(reason);
    await expect(waited).rejects.toBe(reason);
    expect(await web.state()).toMatchObject({ status: "running" });
  });

  test("a creation that is given up leaves nothing", async () => {
    const { runtime, bundle, place } = prepare(body, "true", (config) => ({
      ...config,
      // A hook that would take its time.
      hooks: { createRuntime: [{ path: "/bin/sleep", args: ["sleep", "100"], timeout: 120 }] },
    }));
    const id = newId();
    const controller = new AbortController();
    const created = runtime.create(id, { bundle, stdio: "null", signal: controller.signal });
    await eventually(
      () => cgroupsOf(id).length,
      (count) => count > 0,
    );
    const reason = new Error("changed my mind");
    controller.abort(reason);
    await expect(created).rejects.toBe(reason);
    expect(cgroupsOf(id)).toEqual([]);
    expect(existsSync(join(place.root, id))).toBe(false);
    await expect(runtime.create(id, { bundle, signal: controller.signal })).rejects.toBe(reason);
  });

  test("ocirun sees it and can do with it what it does with its own", async () => {
    const { runtime, bundle, place } = prepare(body, "exec sleep 100");
    const id = newId();
    await using web = await runtime.create(id, { bundle, stdio: "null" });
    const state = await run(body, ["--root", place.root, "state", id]);
    expect(JSON.parse(state.stdout)).toMatchObject({ id, status: "created" });
    expect(await run(body, ["--root", place.root, "start", id])).toMatchObject({ status: 0 });
    expect(await web.state()).toMatchObject({ status: "running" });
    await run(body, ["--root", place.root, "kill", id, "TERM"]);
    // Signals do nothing to a process 1 that has not asked for them.
    await run(body, ["--root", place.root, "kill", id, "KILL"]);
    expect(await web.wait()).toEqual({ code: null, signal: "SIGKILL" });
    expect(await run(body, ["--root", place.root, "delete", id])).toMatchObject({ status: 0 });
  });

  test("containers of others are found, and waited for", async () => {
    const { runtime, bundle, place } = prepare(body, "exec sleep 100");
    const id = newId();
    await run(body, ["--root", place.root, "run", "-d", "--bundle", bundle, id]);
    const states: unknown[] = [];
    for await (const state of runtime.list()) states.push(state);
    expect(states).toMatchObject([{ id, status: "running" }]);
    const found = await runtime.load(id);
    await expect(found.start()).rejects.toMatchObject({ code: "WRONG_STATE" });
    const ended = found.wait();
    await found.kill("SIGKILL");
    expect(await ended).toEqual({ code: null, signal: null });
    await found.delete();
    await expect(runtime.load(id)).rejects.toMatchObject({ code: "CONTAINER_NOT_FOUND" });
  });

  test("the plan can be changed before it is carried out: steps more, fewer and others", async () => {
    const { runtime, bundle } = prepare(
      body,
      "hostname; cat /greeting; ls -d /sys/firmware; pwd",
      (config) => ({
        ...config,
        root: { path: "rootfs" },
      }),
    );
    const greet: LaunchStep = {
      phase: "host",
      op: "makeFifo",
      from: "",
      path: join(bundle, "rootfs/fifo"),
      mode: 0o600,
    };
    await using web = await runtime.create(newId(), {
      bundle,
      stdio: "pipe",
      changePlan: ({ steps }) => ({
        steps: [
          greet,
          ...steps
            .filter(({ op, from }) => op !== "maskPath" || from === "/linux/maskedPaths/0")
            .map((step) =>
              step.op === "setHostname" ? { ...step, name: "of-the-builder" } : step,
            ),
        ],
      }),
    });
    await web.start();
    expect((await text(web.stdout)).split("\n")[0]).toBe("of-the-builder");
    expect(existsSync(join(bundle, "rootfs/fifo"))).toBe(true);
  });

  test("a plan is to be had without anything being done", async () => {
    const { runtime, bundle, place } = prepare(body, "true");
    const { steps } = await runtime.plan("web", { bundle });
    expect(steps.find(({ op }) => op === "setHostname")).toMatchObject({ name: "ocikit-test" });
    expect(existsSync(join(place.root, "web"))).toBe(false);
  });

  test("a step that fails is told with its place, its system call and its error", async () => {
    const { runtime, bundle, place } = prepare(body, "true", (config) => ({
      ...config,
      mounts: [
        ...config.mounts,
        { destination: "/data", type: "bind", source: "/nowhere/at/all", options: ["bind"] },
      ],
    }));
    const id = newId();
    const error = await runtime.create(id, { bundle, stdio: "null" }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(LaunchError);
    expect(error).toMatchObject({
      code: "LAUNCH_FAILED",
      containerId: id,
      pointer: "/mounts/7",
      errno: "ENOENT",
      step: { op: "bind", from: "/mounts/7" },
    });
    const line = readFileSync(join(bundle, "config.json"), "utf8").split("\n")[
      error.position.line - 1
    ];
    expect(line?.slice(error.position.column - 1)).toBe("{");
    expect(error.message).toContain(`${bundle}/config.json:${error.position.line}:`);
    expect(existsSync(join(place.root, id))).toBe(false);
    expect(cgroupsOf(id)).toEqual([]);
  });

  test("a program that is not there is told by create, and leaves nothing", async () => {
    const { runtime, bundle } = prepare(body, "", (config) => ({
      ...config,
      process: { ...config.process, args: ["no-such-program"] },
    }));
    const id = newId();
    await expect(runtime.create(id, { bundle, stdio: "pipe" })).rejects.toMatchObject({
      code: "LAUNCH_FAILED",
      pointer: "/process/args",
    });
    expect(cgroupsOf(id)).toEqual([]);
  });

  test("an id that is taken is refused, and its container untouched", async () => {
    const { runtime, bundle } = prepare(body, "exec sleep 100");
    const id = newId();
    await using web = await runtime.create(id, { bundle, stdio: "null" });
    const again = runtime.create(id, { bundle, stdio: "null" });
    await expect(again).rejects.toThrow(RuntimeError);
    await expect(again).rejects.toMatchObject({ code: "CONTAINER_EXISTS", containerId: id });
    expect(await web.state()).toMatchObject({ status: "created" });
  });

  test("what goes wrong without anything failing is a warning", async () => {
    const { bundle, place } = prepare(body, "exec sleep 100", (config) => ({
      ...config,
      hooks: { poststop: [{ path: "/bin/false" }] },
    }));
    const onWarning = vi.fn();
    const runtime = new Runtime({ root: place.root, onWarning });
    await using web = await runtime.create(newId(), { bundle, stdio: "null" });
    await web.delete();
    expect(onWarning.mock.calls).toEqual([[expect.stringContaining("poststop")]]);
  });

  test("a launcher that is not there is told, and nothing is left", async () => {
    const { bundle, place } = prepare(body, "true");
    writeFileSync(join(place.folder, "launcher"), "");
    const runtime = new Runtime({ root: place.root, launcher: join(place.folder, "launcher") });
    const id = newId();
    await expect(runtime.create(id, { bundle })).rejects.toMatchObject({ code: "EACCES" });
    expect(existsSync(join(place.root, id))).toBe(false);
  });
}

describe("the published library", () => {
  // Where npm was started by a Node of its own, that is the oldest one we promise.
  test("runs a container under Node 20", async (context) => {
    const missing = rootMissing();
    if (missing) context.skip(missing);
    const [body] = bodies();
    if (body === undefined) throw new Error("no body of ocirun");
    const { place, bundle } = prepare(body, "echo from within; exit 4");
    const script = `
      import { Runtime } from "@ocikit/runtime-core";
      const runtime = new Runtime({ root: ${JSON.stringify(place.root)} });
      const options = { bundle: ${JSON.stringify(bundle)}, stdio: "pipe" };
      const web = await runtime.create(${JSON.stringify(newId())}, options);
      await web.start();
      const text = await new Response(web.stdout).text();
      console.log(process.version.split(".")[0], text.trim(), (await web.wait()).code);
      await web[Symbol.asyncDispose]();
    `;
    const node = process.env.npm_node_execpath ?? "node";
    const found = await runProgram([node, "--input-type=module", "--eval", script], {
      cwd: join(repository, "packages/runtime-core"),
      env: { NODE_OPTIONS: "" },
    });
    const version = (await runProgram([node, "--version"])).stdout.split(".")[0];
    expect(found).toEqual({ status: 0, stdout: `${version} from within 4\n`, stderr: "" });
  });
});

describe("the library", () => {
  const missing = rootMissing();
  if (missing) {
    test("runs containers", (context) => context.skip(missing));
    return;
  }
  makeLauncher("all");
  const [body] = bodies();
  if (body) define(body);
});
