import { describe, expect, test } from "vitest";
import { hostIssuesOf } from "../../test/host-issues-of.ts";
import type { WrittenHost, WrittenTree } from "../../test/memory-host.ts";

const x = { mode: 0o755 };

describe("the program", () => {
  const missing = (patch: object, host: WrittenHost) =>
    hostIssuesOf("process/exec-exists", { process: patch }, host);

  test("is found in PATH, in the working directory, and by its path", async () => {
    const rootfs = { "/usr/bin/app": x, "/srv/app": x };
    const env = ["PATH=/none:/usr/bin"];
    expect(await missing({ args: ["app"], env }, { rootfs })).toEqual([]);
    expect(await missing({ args: ["./app"], cwd: "/srv", env }, { rootfs })).toEqual([]);
    expect(await missing({ args: ["/srv/app"], env }, { rootfs })).toEqual([]);
    expect(await missing({ args: ["app2"], env }, { rootfs })).toEqual([
      'warning /process/args/0: "app2" is not in the PATH of the environment',
    ]);
    expect(await missing({ args: ["./app"], cwd: "/", env }, { rootfs })).toEqual([
      'warning /process/args/0: "./app" is not in the root filesystem',
    ]);
  });

  test("is passed over while it cannot be executed, and named when there is no other", async () => {
    const env = ["PATH=/a:/b"];
    expect(
      await missing({ args: ["app"], env }, { rootfs: { "/a/app": "", "/b/app": x } }),
    ).toEqual([]);
    expect(await missing({ args: ["app"], env }, { rootfs: { "/a/app": "" } })).toEqual([
      "warning /process/args/0: /a/app is not executable",
    ]);
    expect(await missing({ args: ["/a"], env }, { rootfs: { "/a/app": "" } })).toEqual([
      "warning /process/args/0: /a is no file, but a directory",
    ]);
  });

  test("needs its interpreter, and that one its own", async () => {
    const script = { ...x, text: "#!/usr/bin/env node\n" };
    expect(await missing({ args: ["/app"] }, { rootfs: { "/app": script } })).toEqual([
      "warning /process/args/0: /app needs /usr/bin/env, which is not there",
    ]);
    const rootfs = { "/app": script, "/usr/bin/env": { ...x, text: "#!/bin/none" } };
    expect(await missing({ args: ["/app"] }, { rootfs })).toEqual([
      "warning /process/args/0: /usr/bin/env needs /bin/none, which is not there",
    ]);
  });

  test("is not looked for where it may come from a filesystem that is not there yet", async () => {
    const host = { rootfs: { "/etc/x": "" } };
    const mounts = [{ destination: "/opt", type: "nfs", source: "server:/opt" }];
    expect(
      await hostIssuesOf("process/exec-exists", { process: { args: ["/opt/app"] }, mounts }, host),
    ).toEqual([]);
    expect(await missing({ args: ["/opt/app"] }, {})).toEqual([]);
  });
});

test("a program of another processor runs where an emulator is registered", async () => {
  const arm = `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\xb7\0${"\0".repeat(60)}`;
  const rootfs = { "/bin/sh": { ...x, text: arm } };
  const said = (files: WrittenTree) =>
    hostIssuesOf("process/exec-arch", {}, { machine: "x86_64", rootfs, files });
  expect(await said({})).toEqual([
    "warning /process/args/0: the program is for aarch64, and the machine is x86_64",
  ]);
  expect(await said({ "/proc/sys/fs/binfmt_misc/qemu-aarch64": "enabled\n" })).toEqual([]);
  expect(await said({ "/proc/sys/fs/binfmt_misc/qemu-aarch64": "disabled\n" })).toHaveLength(1);
});

test("an AppArmor profile may have blanks in its name, and stacks are not taken apart", async () => {
  const files = {
    "/sys/module/apparmor/parameters/enabled": "Y\n",
    "/sys/kernel/security/apparmor/profiles": "/usr/bin/a b (complain)\n",
  };
  const said = (apparmorProfile: string) =>
    hostIssuesOf("process/apparmor-exists", { process: { apparmorProfile } }, { files });
  expect(await said("/usr/bin/a b")).toEqual([]);
  expect(await said("unconfined")).toEqual([]);
  expect(await said("a//&b")).toEqual([]);
  expect(await said("other")).toEqual([
    'warning /process/apparmorProfile: no profile "other" is loaded',
  ]);
});

test("a hard limit above one's own needs a capability", async () => {
  const files = {
    "/proc/self/limits":
      "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\nMax core file size        0                    unlimited            bytes\n",
    "/proc/self/status": "CapEff:\t0000000000000000\n",
  };
  const said = (type: string, hard: number) =>
    hostIssuesOf("rlimit/nr-open", { process: { rlimits: [{ type, soft: 0, hard }] } }, { files });
  expect(await said("RLIMIT_NOFILE", 4096)).toEqual([]);
  expect(await said("RLIMIT_NOFILE", 4097)).toHaveLength(1);
  expect(await said("RLIMIT_CORE", 2 ** 40)).toEqual([]);
});

test("the out-of-memory score may go to 0 for root, and not below one's own for users", async () => {
  const said = (uid: number, own: number, oomScoreAdj: number) =>
    hostIssuesOf(
      "process/oom-lower-unpriv",
      { process: { oomScoreAdj } },
      {
        files: {
          "/proc/self/oom_score_adj": `${own}\n`,
          "/proc/self/status": `Uid:\t${uid}\t${uid}\nGid:\t0\t0\nCapEff:\t0000000000000000\n`,
        },
      },
    );
  expect(await said(0, 1, 0)).toEqual([]);
  expect(await said(0, 1, -1)).toHaveLength(1);
  expect(await said(1000, 200, 100)).toHaveLength(1);
  expect(await said(1000, 200, 200)).toEqual([]);
});
