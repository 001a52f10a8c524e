import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { onTestFinished } from "vitest";

const busybox = "/bin/busybox";
const runcShim = "/usr/bin/containerd-shim-runc-v2";

/** Why the tests on real shims can't run here; undefined when they can. */
export function missingPeers(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync(runcShim))
    return "containerd-shim-runc-v2 is missing (on Debian: apt-get install containerd)";
  if (spawnSync("runc", ["--version"]).status !== 0)
    return "runc is missing (on Debian: apt-get install runc)";
  if (!existsSync(busybox)) return "busybox is missing (on Debian: apt-get install busybox-static)";
  return undefined;
}

export interface TestBundle {
  readonly id: string;
  readonly folder: string;
  readonly path: string;
}

/** A bundle with a busybox root, whose cgroup and mounts are gone when the test ends, also when it fails. */
export function makeBundle(args: readonly string[], terminal = false): TestBundle {
  const folder = mkdtempSync(join(tmpdir(), "ocikit-shim-"));
  const id = basename(folder);
  const path = join(folder, id);
  const bin = join(path, "rootfs", "bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(busybox, join(bin, "busybox"));
  for (const applet of ["sh", "sleep", "cat", "echo", "true", "stty", "kill", "id"]) {
    symlinkSync("busybox", join(bin, applet));
  }
  writeFileSync(join(path, "config.json"), JSON.stringify(config(id, args, terminal)));
  onTestFinished(() => {
    spawnSync("runc", ["--root", "/run/containerd/runc/ocikit-test", "delete", "--force", id]);
    spawnSync("umount", ["-q", join(path, "rootfs")]);
    rmSync(folder, { recursive: true, force: true });
  });
  return { id, folder, path };
}

function config(id: string, args: readonly string[], terminal: boolean): object {
  const capabilities = ["CAP_KILL"];
  return {
    ociVersion: "1.0.2",
    process: {
      terminal,
      user: { uid: 0, gid: 0 },
      args,
      env: ["PATH=/bin"],
      cwd: "/",
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: true,
    },
    root: { path: "rootfs" },
    hostname: "test",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
      },
    ],
    linux: {
      cgroupsPath: `/ocikit-test-${id}`,
      namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })),
      resources: { devices: [{ allow: true, access: "rwm" }] },
    },
  };
}
