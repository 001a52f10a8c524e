import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { describeHosts } from "./hosts.ts";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** A process that does nothing until it is ended, with the start time its stat file tells. */
async function sleeper(seconds = 60) {
  const child = spawn("sleep", [String(seconds)], { stdio: "ignore" });
  started.push(child);
  await once(child, "spawn");
  const pid = child.pid as number;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return { child, pid, startTime: Number(fields[19]) };
}

/** Above the kernel's largest pid_max, so never a process. */
const noPid = 2 ** 22 + 1;

describeHosts("processes", ({ processes }) => {
  test("a process tells its state and its start time", async () => {
    const { pid, startTime } = await sleeper();
    const found = await processes.inspect(pid);
    expect(found?.startTime).toBe(startTime);
    expect(found?.ended).toBe(false);
    expect(await processes.inspect(noPid)).toBeUndefined();
  });

  test("a name with parentheses and spaces confuses nobody", async () => {
    const script = "printf ') R 1 (' > /proc/self/comm; echo ready; read line";
    const child = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "ignore"] });
    started.push(child);
    await once(child.stdout, "data");
    const pid = child.pid as number;
    expect(readFileSync(`/proc/${pid}/comm`, "utf8")).toContain(") R 1 (");
    const found = await processes.inspect(pid);
    expect(found?.ended).toBe(false);
    expect(found?.startTime).toBeGreaterThan(1);
  });

  test("a signal reaches the process that is meant", async () => {
    const { child, pid, startTime } = await sleeper();
    const ended = once(child, "exit");
    expect(await processes.signal(pid, startTime, 15)).toBe(true);
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(await processes.signal(pid, startTime, 15)).toBe(false);
  });

  test("a process with another start time is another process, and gets no signal", async () => {
    const { child, pid, startTime } = await sleeper();
    expect(await processes.signal(pid, startTime + 1, 9)).toBe(false);
    expect(await processes.signal(noPid, 1, 9)).toBe(false);
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  test("signal 0 asks whether it is there", async () => {
    const { pid, startTime } = await sleeper();
    expect(await processes.signal(pid, startTime, 0)).toBe(true);
  });

  test("a signal that does not exist is an error", async () => {
    const { pid, startTime } = await sleeper();
    await expect(processes.signal(pid, startTime, 4000)).rejects.toMatchObject({ code: "EINVAL" });
  });

  test("waitGone answers when the process ends, and false when it does not in time", async () => {
    const { child, pid, startTime } = await sleeper();
    expect(await processes.waitGone(pid, startTime, 30)).toBe(false);
    const waiting = processes.waitGone(pid, startTime, 30_000);
    child.kill("SIGKILL");
    expect(await waiting).toBe(true);
    expect(await processes.waitGone(pid, startTime + 1, 30_000)).toBe(true);
    expect(await processes.waitGone(noPid, 1, 0)).toBe(true);
  });
});

describeHosts("running programs", ({ processes }) => {
  test("a program found by PATH runs to its end", async () => {
    expect(await processes.run(["sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({
      code: 3,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
      timedOut: false,
    });
  });

  test("a signal that ends it is told by its number", async () => {
    expect(await processes.run(["sh", "-c", "kill -TERM $$"])).toMatchObject({
      code: null,
      signal: 15,
    });
  });

  test("its stdin is what was given, else nothing", async () => {
    const long = "0123456789".repeat(20_000);
    expect(await processes.run(["cat"], { stdin: long })).toMatchObject({ stdout: long });
    expect(await processes.run(["cat"])).toMatchObject({ stdout: "", code: 0 });
    expect(await processes.run(["true"], { stdin: long })).toMatchObject({ code: 0 });
  });

  test("its environment is what was given, else ours", async () => {
    const env = ["A=1", "PATH=/usr/bin:/bin"];
    expect(await processes.run(["/usr/bin/env"], { env })).toMatchObject({
      stdout: `${env.join("\n")}\n`,
    });
    expect((await processes.run(["/usr/bin/env"])).stdout).toContain("PATH=");
  });

  test("it is ended when its time is over", async () => {
    expect(
      await processes.run(["sh", "-c", "echo first; exec sleep 60"], { timeoutMs: 200 }),
    ).toMatchObject({ timedOut: true, code: null, signal: 9, stdout: "first\n" });
  });

  test("a program that is not there is an error", async () => {
    await expect(processes.run(["ocikit-no-such-program"])).rejects.toMatchObject({
      code: "ENOENT",
      syscall: "spawn",
      path: "ocikit-no-such-program",
    });
    await expect(processes.run([])).rejects.toMatchObject({ code: "EINVAL" });
  });

  test("a program that says too much is ended, and that is an error", async () => {
    await expect(processes.run(["cat", "/dev/zero"])).rejects.toMatchObject({ code: "ENOBUFS" });
  });

  test("an argument goes over as it is", async () => {
    const words = ["a b", "", "$HOME", "€", "'\""];
    expect(await processes.run(["printf", "%s|", ...words])).toMatchObject({
      stdout: words.map((word) => `${word}|`).join(""),
    });
  });
});
