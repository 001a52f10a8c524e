import type { Config } from "./config.ts";
import type { Mount } from "./generated/types.ts";

const capabilities: readonly string[] = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

/**
 * A config to start from, the one that `runc spec` writes: a shell on a terminal, own namespaces but for
 * users and cgroups, few capabilities, a read-only root filesystem `rootfs`. Members of `overrides`
 * stand in place of the default's.
 */
export function defaultConfig(overrides: Partial<Config> = {}): Config {
  return {
    ociVersion: "1.3.0",
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
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
    hostname: "container",
    mounts: defaultMounts(),
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
    ...overrides,
  };
}

/** Who starts a container without privileges. */
export interface RootlessUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The default config for a user without privileges, the one that `runc spec --rootless` writes: the user
 * is root in a user namespace, shares the host's network, and sets no limits.
 */
export function rootlessConfig(user: RootlessUser, overrides: Partial<Config> = {}): Config {
  const config = defaultConfig();
  const { resources, namespaces = [], ...linux } = config.linux ?? {};
  return {
    ...config,
    mounts: (config.mounts ?? []).map(rootlessMount),
    linux: {
      ...linux,
      namespaces: [...namespaces.filter(({ type }) => type !== "network"), { type: "user" }],
      uidMappings: [{ containerID: 0, hostID: user.uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: user.gid, size: 1 }],
    },
    ...overrides,
  };
}

function defaultMounts(): Mount[] {
  return [
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
  ];
}

/** A mount as a user without privileges can make it. */
function rootlessMount(mount: Mount): Mount {
  if (mount.destination === "/sys") {
    // sysfs shows the network namespace it is mounted in, and only that one's owner may mount it.
    const options = ["rbind", "nosuid", "noexec", "nodev", "ro"];
    return { destination: "/sys", type: "none", source: "/sys", options };
  }
  if (mount.destination !== "/dev/pts") return mount;
  // Group 5 is not mapped in a user namespace with one ID.
  return { ...mount, options: (mount.options ?? []).filter((option) => option !== "gid=5") };
}
