import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "@ocikit/testing";
import { Sandbox, sandboxMissing } from "@ocikit/testing/sandbox";
import { expect, test } from "vitest";

const missing = sandboxMissing();

function inSandbox(title: string, run: () => Promise<void>): void {
  test(title, async (context) => {
    if (missing) context.skip(missing);
    await run();
  });
}

/** The host's cgroups of that name, in all hierarchies. */
function cgroups(name: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .map(([, folder = ""]) => join(folder, name))
    .filter((folder) => existsSync(folder));
}

inSandbox("runs a program and says how it ended", async () => {
  await using sandbox = await Sandbox.open();
  const result = await sandbox.run(["sh", "-c", "cat; echo no >&2; exit 3"], { input: "yes\n" });
  expect(result).toEqual({ status: 3, stdout: "yes\n", stderr: "no\n" });
});

inSandbox("shows only its own processes, and its cgroup as the root", async () => {
  await using sandbox = await Sandbox.open();
  expect(await sandbox.script("cat /proc/1/comm")).toBe("tini\n");
  const own = await sandbox.script("cut -d : -f 3 /proc/self/cgroup | sort -u");
  expect(["/\n", "/init\n"]).toContain(own);
});

inSandbox("has no network but a loopback of its own", async () => {
  await using sandbox = await Sandbox.open();
  expect(await sandbox.script("ls /sys/class/net")).toBe("lo\n");
});

inSandbox("lets nothing that is written reach the machine", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ocikit-sandbox-"));
  try {
    const before = statSync("/dev/null").mode;
    await using sandbox = await Sandbox.open({ binds: [{ source: folder, target: "/kept" }] });
    await sandbox.script("touch /etc/ocikit-was-here; chmod 600 /dev/null; mount -t tmpfs x /opt");
    expect((await sandbox.run(["touch", "/kept/file"])).status).toBe(1);
    expect(existsSync("/etc/ocikit-was-here")).toBe(false);
    expect(statSync("/dev/null").mode).toBe(before);
    expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain("x /opt");
  } finally {
    await rm(folder, { recursive: true });
  }
});

inSandbox("writes to the machine where it was told to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ocikit-sandbox-"));
  try {
    const bind = { source: folder, target: "/kept", writable: true };
    await using sandbox = await Sandbox.open({ binds: [bind] });
    await sandbox.script("echo content >/kept/file");
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("content\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});

inSandbox("ends frozen processes and removes the cgroups they were in", async () => {
  let name: string;
  let inside: number;
  {
    await using sandbox = await Sandbox.open();
    name = sandbox.cgroup;
    inside = sandbox.pid;
    expect(cgroups(name).length).toBeGreaterThan(0);
    await sandbox.script(`
      sleep 1000 >/dev/null 2>&1 &
      # Frozen before it is itself it would hold this shell's output open.
      until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
      if [ -e /sys/fs/cgroup/cgroup.procs ]; then folder=/sys/fs/cgroup; else folder=/sys/fs/cgroup/freezer; fi
      mkdir -p $folder/a/b
      echo $! >$folder/a/b/cgroup.procs
      if [ -e $folder/a/cgroup.freeze ]; then echo 1 >$folder/a/cgroup.freeze; else echo FROZEN >$folder/a/freezer.state; fi
    `);
  }
  expect(cgroups(name)).toEqual([]);
  expect(existsSync(`/proc/${inside}`)).toBe(false);
});

inSandbox("goes with the process that opened it, and the next one sweeps up", async () => {
  const opener = `
    import { Sandbox } from "@ocikit/testing/sandbox";
    const sandbox = await Sandbox.open();
    console.log(sandbox.pid, sandbox.cgroup);
    process.kill(process.pid, "SIGKILL");
  `;
  const node = [process.execPath, "--input-type=module", "--eval", opener] as const;
  const { stdout } = await runCommand(node, { cwd: import.meta.dirname });
  const [pid, name = ""] = stdout.trim().split(" ");
  expect(name).toMatch(/^ocikit-sandbox\./);
  await using next = await Sandbox.open();
  expect(cgroups(name)).toEqual([]);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(next.cgroup).not.toBe(name);
});

inSandbox("says why it could not be opened, and leaves nothing", async () => {
  await expect(Sandbox.open({ root: "/no-such-root" })).rejects.toThrow(/no-such-root/);
  const source = "/no-such-source";
  await expect(Sandbox.open({ binds: [{ source }] })).rejects.toThrow(/no-such-source/);
  const hierarchies = cgroups("").filter((folder) => existsSync(join(folder, "cgroup.procs")));
  const left = hierarchies.flatMap((folder) =>
    readdirSync(folder).filter((name) => name.startsWith(`ocikit-sandbox.${process.pid}.`)),
  );
  expect(left).toEqual([]);
});
