import {
  chmodSync,
  copyFileSync,
  type Dirent,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringifyJson } from "@ocikit/diagnostics";
import type { Config } from "@ocikit/oci-spec";
import { onTestFinished } from "vitest";
import { type Body, type Outcome, type RunOptions, run } from "./bodies.ts";

const applets = [
  "cat",
  "chmod",
  "echo",
  "env",
  "false",
  "grep",
  "head",
  "hostname",
  "id",
  "kill",
  "ls",
  "mkdir",
  "mount",
  "pwd",
  "readlink",
  "sh",
  "sleep",
  "sort",
  "stat",
  "stty",
  "tail",
  "touch",
  "true",
  "tty",
  "unshare",
  "wc",
];

const capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

/** What `runc spec` writes, but for the terminal and what is run. */
export function baseConfig(
  ...args: readonly string[]
): Required<Pick<Config, "process" | "root" | "mounts" | "linux">> & Config {
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [...args],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: {
        bounding: [...capabilities],
        effective: [...capabilities],
        permitted: [...capabilities],
      },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "ocikit-test",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      {
        destination: "/dev",
        type: "tmpfs",
        source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
      },
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
      },
      {
        destination: "/dev/shm",
        type: "tmpfs",
        source: "shm",
        options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
      },
      {
        destination: "/dev/mqueue",
        type: "mqueue",
        source: "mqueue",
        options: ["nosuid", "noexec", "nodev"],
      },
      {
        destination: "/sys",
        type: "sysfs",
        source: "sysfs",
        options: ["nosuid", "noexec", "nodev", "ro"],
      },
      {
        destination: "/sys/fs/cgroup",
        type: "cgroup",
        source: "cgroup",
        options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
      },
    ],
    linux: {
      resources: { devices: [{ allow: false, access: "rwm" }] },
      namespaces: [
        { type: "pid" },
        { type: "network" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
      ],
      maskedPaths: [
        "/proc/acpi",
        "/proc/asound",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/proc/sched_debug",
        "/sys/firmware",
        "/proc/scsi",
      ],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
}

/** A folder of the test with a bundle and a root directory of ocirun in it. */
export interface Place {
  readonly folder: string;
  readonly bundle: string;
  readonly root: string;
  /** Writes config.json; text is written as it is. */
  configure(config: Config | string): void;
  /** Runs ocirun with this place's root directory, in its bundle. */
  ocirun(body: Body, args: readonly string[], options?: RunOptions): Promise<Outcome>;
}

let count = 0;

/** A container's id that nobody else on this machine uses. */
export function newId(): string {
  return `ocikit-t${process.pid}-${count++}`;
}

/** Others make and remove cgroups at the same time: one that is gone by now has nothing in it. */
function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Every directory of a cgroup hierarchy that carries a name of ours. */
export function cgroupsOf(id: string): readonly string[] {
  const found: string[] = [];
  const walk = (directory: string, depth: number): void => {
    for (const entry of entriesOf(directory)) {
      if (!entry.isDirectory()) continue;
      const path = join(directory, entry.name);
      if (entry.name.includes(id)) found.push(path);
      else if (depth > 0) walk(path, depth - 1);
    }
  };
  walk("/sys/fs/cgroup", 4);
  return found;
}

/** Makes a place; after the test its containers are deleted and it goes. */
export function makePlace(body: Body): Place {
  const folder = mkdtempSync(join(tmpdir(), "ocikit-root-"));
  // A user namespace's root must be able to pass through it.
  chmodSync(folder, 0o755);
  const bundle = join(folder, "bundle");
  const bin = join(bundle, "rootfs/bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync("/bin/busybox", join(bin, "busybox"));
  for (const name of applets) symlinkSync("busybox", join(bin, name));
  const root = join(folder, "root");
  const place: Place = {
    folder,
    bundle,
    root,
    configure: (config) => {
      const text = typeof config === "string" ? config : stringifyJson(config, "  ");
      writeFileSync(join(bundle, "config.json"), text);
    },
    ocirun: (which, args, options) =>
      run(which, ["--root", root, ...args], { cwd: bundle, ...options }),
  };
  onTestFinished(() => clear(body, place));
  return place;
}

async function clear(body: Body, { root, folder, ocirun }: Place): Promise<void> {
  const ids = existsSync(root) ? readdirSync(root).filter((id) => !id.startsWith(".")) : [];
  for (const id of ids) {
    const { status, stderr } = await ocirun(body, ["delete", "--force", id], { cwd: "/" });
    if (status !== 0) throw new Error(`clean up after the test: ${stderr}`);
  }
  rmSync(folder, { recursive: true });
}

/** Asks until the answer is what is wanted; fails with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  wanted: (answer: T) => boolean,
): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)} after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
