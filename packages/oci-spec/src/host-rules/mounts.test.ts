import { describe, expect, test } from "vitest";
import { hostIssuesOf } from "../../test/host-issues-of.ts";
import type { WrittenTree } from "../../test/memory-host.ts";

const tmpfs = (destination: string) => ({ destination, type: "tmpfs" });

describe("a destination behind a symbolic link of the image", () => {
  const said = (destinations: string[], rootfs: WrittenTree) =>
    hostIssuesOf("mount/dest-symlink", { mounts: destinations.map(tmpfs) }, { rootfs });

  test("is a warning that names the link", async () => {
    expect(await said(["/data/x/y"], { "/data/x": { target: "/etc" } })).toEqual([
      "warning /mounts/0/destination: /data/x is a symbolic link of the root filesystem, to /etc",
    ]);
  });

  test("is an info for the links that distributions have", async () => {
    expect(await said(["/var/run/app.sock"], { "/var/run": { target: "/run" } })).toEqual([
      expect.stringMatching(/^info /),
    ]);
  });

  test("is nothing where an earlier mount hides the link", async () => {
    expect(await said(["/data", "/data/x"], { "/data/x": { target: "/etc" } })).toEqual([]);
    expect(await said(["/data/x", "/data"], { "/data/x": { target: "/etc" } })).toHaveLength(1);
  });
});

test("procfs goes on a directory, and on nothing else that the image has there", async () => {
  const mounts = [{ destination: "/proc", type: "proc" }];
  const said = (rootfs: WrittenTree) => hostIssuesOf("mount/over-sys", { mounts }, { rootfs });
  expect(await said({ "/proc": { target: "/tmp" } })).toEqual([
    "error /mounts/0/destination: /proc is a symlink in the root filesystem; it must be a directory",
  ]);
  expect(await said({ "/proc": "" })).toHaveLength(1);
  expect(await said({ "/proc/x": "" })).toEqual([]);
  expect(await said({ "/etc/x": "" })).toEqual([]);
});

test("the source of a bind mount is there, seen from the bundle", async () => {
  const mount = (source: string) => ({ destination: "/data", source, options: ["bind"] });
  const files: WrittenTree = { "/bundle/data/x": "", "/srv/secret": { absence: "denied" } };
  const mounts = [mount("data"), mount("/srv/secret"), mount("/srv/none")];
  expect(await hostIssuesOf("mount/bind-source", { mounts }, { files })).toEqual([
    'error /mounts/2/source: nothing stands at "/srv/none"',
  ]);
});

test("a filesystem in user space is known by what stands before the dot", async () => {
  const files = { "/proc/filesystems": "nodev\tfuse\n" };
  const said = (type: string) =>
    hostIssuesOf(
      "mount/type-known",
      { mounts: [{ destination: "/a", type, source: "x" }] },
      { files },
    );
  expect(await said("fuse.sshfs")).toEqual([]);
  expect(await said("cgroup")).toEqual([]);
  expect(await said("fusee")).toEqual([
    'warning /mounts/0/type: this kernel has no filesystem "fusee" now; did you mean "fuse"?',
  ]);
});

test("a writable cgroup mount without its namespace weighs more without privileges", async () => {
  const patch = {
    mounts: [{ destination: "/sys/fs/cgroup", type: "cgroup" }],
    linux: { namespaces: [{ type: "mount" }] },
  };
  expect(await hostIssuesOf("mount/cgroup-v2-on-v1", patch, {})).toEqual([
    expect.stringMatching(/^info \/mounts\/0: /),
  ]);
  expect(await hostIssuesOf("mount/cgroup-v2-on-v1", patch, {}, { rootless: true })).toEqual([
    expect.stringMatching(/^warning /),
  ]);
});

test("hooks are looked for on their side", async () => {
  const hooks = { createRuntime: [{ path: "/bin/a" }], startContainer: [{ path: "/bin/b" }] };
  const files = { "/bin/a": { mode: 0o755 } };
  const rootfs = { "/bin/b": "" };
  expect(await hostIssuesOf("hook/exec-exists", { hooks }, { files, rootfs })).toEqual([
    "warning /hooks/startContainer/0/path: it is not executable in the container, where startContainer hooks are found",
  ]);
});
