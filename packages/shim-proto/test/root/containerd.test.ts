import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { repository } from "@ocikit/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

const why =
  process.getuid?.() !== 0
    ? "needs root"
    : spawnSync("containerd", ["--version"]).status !== 0
      ? "containerd is missing (on Debian: apt-get install containerd)"
      : undefined;

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("Debian's containerd runs the example of a custom shim", { timeout: 60_000 }, () => {
  let folder = "";
  let containerd: ChildProcess;
  let shim = "";
  beforeEach((context) => {
    if (why !== undefined) context.skip(why);
  });

  const ctr = async (...args: string[]): Promise<Outcome> => {
    try {
      const { stdout, stderr } = await promisify(execFile)("ctr", [
        "-a",
        join(folder, "c"),
        ...args,
      ]);
      return { status: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, stdout, stderr };
    }
  };
  const run = (id: string, ...command: string[]): string[] => [
    "--rootfs",
    "--runtime",
    shim,
    join(folder, "rootfs"),
    id,
    ...command,
  ];

  beforeAll(async () => {
    if (why !== undefined) return;
    folder = mkdtempSync(join(tmpdir(), "ocikit-ctd-"));
    mkdirSync(join(folder, "rootfs"));
    shim = join(folder, "containerd-shim-host-v1");
    const example = join(repository, "examples/custom-shim.ts");
    const node = `"${process.execPath}" --conditions=@ocikit/source "${example}"`;
    writeFileSync(shim, `#!/bin/sh\nexec ${node} "$@"\n`, { mode: 0o755 });
    const config = join(folder, "config.toml");
    writeFileSync(
      config,
      [
        "version = 2",
        `root = "${folder}/root"`,
        `state = "${folder}/state"`,
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
        `[grpc]\n address = "${folder}/c"`,
        `[ttrpc]\n address = "${folder}/c.ttrpc"`,
      ].join("\n"),
    );
    containerd = spawn("containerd", ["-c", config], { stdio: "ignore" });
    for (let turn = 0; (await ctr("version")).status !== 0; turn++) {
      if (turn > 100) throw new Error("containerd does not come up");
      await sleep(200);
    }
  }, 60_000);

  afterAll(() => {
    if (why !== undefined) return;
    containerd.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  test("in the foreground, with its output and exit status", async () => {
    const outcome = await ctr(
      "run",
      "--rm",
      ...run("c1", "sh", "-c", "echo from the shim; exit 5"),
    );
    expect(outcome).toMatchObject({ status: 5, stdout: "from the shim\n" });
  });

  test("in the background: exec, list, kill, delete", async () => {
    expect((await ctr("run", "-d", ...run("c2", "sleep", "60"))).status).toBe(0);
    expect((await ctr("task", "ls")).stdout).toMatch(/c2\s+\d+\s+RUNNING/);
    const exec = await ctr("task", "exec", "--exec-id", "e1", "c2", "sh", "-c", "echo in; exit 2");
    expect(exec).toMatchObject({ status: 2, stdout: "in\n" });
    expect((await ctr("task", "ps", "c2")).status).toBe(0);
    expect((await ctr("task", "kill", "-s", "KILL", "c2")).status).toBe(0);
    await expect.poll(async () => (await ctr("task", "ls")).stdout).toMatch(/c2\s+\d+\s+STOPPED/);
    expect((await ctr("task", "rm", "c2")).stderr).toContain("137");
    expect((await ctr("container", "rm", "c2")).status).toBe(0);
  });

  test("and cleans up when the shim is killed", async () => {
    expect((await ctr("run", "-d", ...run("c3", "sleep", "60"))).status).toBe(0);
    const listed = (await ctr("task", "ls")).stdout;
    const pid = Number(/c3\s+(\d+)/.exec(listed)?.[1]);
    const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    process.kill(Number(parent), "SIGKILL");
    await expect.poll(async () => (await ctr("task", "ls")).stdout).not.toContain("c3");
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect((await ctr("container", "rm", "c3")).status).toBe(0);
  });
});

/** Whether a process runs: one that has ended may wait for a lazy init to take notice. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
