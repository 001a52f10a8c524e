import type { Config, Mount } from "@ocikit/oci-spec";
import type { baseConfig } from "../bundle.ts";

type Base = ReturnType<typeof baseConfig>;

/** What is changed in a config that would work. */
export type Change = (config: Base) => unknown;

const mount =
  (more: Partial<Mount>): Change =>
  (config) => ({
    ...config,
    mounts: [...config.mounts, { destination: "/place", type: "tmpfs", source: "x", ...more }],
  });
const process =
  (more: object): Change =>
  (config) => ({
    ...config,
    process: { ...config.process, ...more },
  });
const linux =
  (more: object): Change =>
  (config) => ({
    ...config,
    linux: { ...config.linux, ...more },
  });
const resources =
  (more: object): Change =>
  (config) =>
    linux({ resources: { ...config.linux.resources, ...more } })(config);
const top =
  (more: object): Change =>
  (config) => ({ ...config, ...more });
const seccomp = (more: object): Change =>
  linux({
    seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], ...more },
  });

/** One change for each of some values, named by both. */
function each<T>(
  what: string,
  values: readonly T[],
  make: (value: T) => Change,
): [string, Change][] {
  return values.map((value) => [`${what} ${JSON.stringify(value)}`, make(value)]);
}

const ownNamespaces = ["pid", "network", "ipc", "uts", "mount"];
const otherThan = (type: string) =>
  ownNamespaces.filter((own) => own !== type).map((own) => ({ type: own }));
const joined = (type: string, path: string): Change =>
  linux({ namespaces: [...otherThan(type), { type, path }] });

const hookKinds = ["prestart", "createRuntime", "createContainer", "startContainer"] as const;
const badHooks = {
  "that fails": { path: "/bin/false" },
  "that is not there": { path: "/no/such/hook" },
  "that is no program": { path: "/etc/hostname" },
  "that is killed": { path: "/bin/sh", args: ["sh", "-c", "kill -9 $$"] },
};

/** A hundred configs and more of which none can be brought to life, by what is wrong with them. */
export const failingConfigs: ReadonlyMap<string, Change> = new Map<string, Change>([
  ...each("a file system", ["nofs", "ext4", "iso9660", "overlay", ""], (type) => mount({ type })),
  ...each(
    "a tmpfs with",
    ["size=much", "mode=9", "uid=x", "nr_inodes=-", "nosuch", "huge=maybe", "size=1k=2"],
    (option) => mount({ options: [option] }),
  ),
  ...each("a bind of", ["/no/such", "/etc/hostname/below", "no/such"], (source) =>
    mount({ type: "none", source, options: ["bind"] }),
  ),
  ...each("a folder bound over", ["/bin/busybox", "/bin/busybox/below"], (destination) =>
    mount({ destination, type: "none", source: "/tmp", options: ["bind"] }),
  ),
  ...each(
    "a mount at",
    [
      "/proc/sys",
      "/proc/self",
      "/proc/1/attr",
      "/proc/nosuch",
      "/sys/nosuch/place",
      "/",
      "/a/..",
      "/bin/sh/x",
    ],
    (destination) => mount({ destination }),
  ),
  ...each("devpts with", ["gid=x", "ptmxmode=8", "nosuch"], (option) =>
    mount({ type: "devpts", source: "devpts", options: [option] }),
  ),

  ...each("a program", ["/no/such", "nosuch", "/bin", "/bin/sh/x", "/etc", ""], (arg) =>
    process({ args: [arg] }),
  ),
  ["no arguments", process({ args: [] })],
  ["no process", top({ process: undefined })],
  ...each("a working directory", ["/bin/busybox", "/bin/busybox/x", "", "relative"], (cwd) =>
    process({ cwd }),
  ),
  ...each("a user", [4294967295, 4294967296, -1, 1.5, "root"], (uid) =>
    process({ user: { uid, gid: 0 } }),
  ),
  ...each("an environment", ["A", "=", "", "A\0=1"], (entry) => process({ env: [entry] })),
  ...each("a limit", ["RLIMIT_NONE", "NOFILE", ""], (type) =>
    process({ rlimits: [{ type, soft: 1, hard: 1 }] }),
  ),
  [
    "a soft limit above the hard one",
    process({ rlimits: [{ type: "RLIMIT_CORE", soft: 2, hard: 1 }] }),
  ],
  ...each("an OOM score", [5000, -5000, "x"], (oomScoreAdj) => process({ oomScoreAdj })),

  ...each(
    "a cgroup's CPU",
    [{ quota: 1 }, { quota: 1000, period: 1 }, { cpus: "999" }, { cpus: "x" }, { mems: "77" }],
    (cpu) => resources({ cpu }),
  ),
  ...each(
    "a cgroup's memory",
    [{ limit: 1 << 30, swap: 1 << 20 }, { limit: "1g" }, { swappiness: 1000 }],
    (memory) => resources({ memory }),
  ),
  ...each(
    "a device rule",
    [
      { allow: true, access: "q" },
      { allow: true, type: "z", access: "r" },
    ],
    (rule) => resources({ devices: [rule] }),
  ),
  ...each("huge pages of", ["3MB", "x"], (pageSize) =>
    resources({ hugepageLimits: [{ pageSize, limit: 1 }] }),
  ),
  ["a file of cgroup v2", resources({ unified: { "memory.high": "1" } })],
  ["a cgroup's pids", resources({ pids: { limit: "x" } })],

  ...ownNamespaces.flatMap((type) => [
    ...each(`${type} namespace at`, ["/no/such/namespace", "/etc/hostname", "/tmp"], (path) =>
      joined(type, path),
    ),
    [`${type} namespace of another kind`, joined(type, "/proc/self/ns/user")] as [string, Change],
  ]),
  [
    "a namespace twice",
    linux({ namespaces: [{ type: "mount" }, { type: "pid" }, { type: "pid" }] }),
  ],
  ["a kind of namespace", linux({ namespaces: [{ type: "mount" }, { type: "nosuch" }] })],
  [
    "a user namespace without maps",
    linux({ namespaces: [{ type: "user" }, ...otherThan("user")] }),
  ],
  [
    "maps that overlap",
    linux({
      namespaces: [{ type: "user" }, ...otherThan("user")],
      uidMappings: [
        { containerID: 0, hostID: 1000, size: 10 },
        { containerID: 5, hostID: 5000, size: 10 },
      ],
      gidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
    }),
  ],

  ...hookKinds.flatMap((kind) =>
    Object.entries(badHooks).map(
      ([what, hook]) =>
        [`a ${kind} hook ${what}`, top({ hooks: { [kind]: [hook] } })] as [string, Change],
    ),
  ),
  ...each(
    "a sysctl",
    ["kernel.panic", "vm.swappiness", "../kernel.panic", "net.nosuch", ""],
    (name) => linux({ sysctl: { [name]: "1" } }),
  ),
  ["a sysctl's value", linux({ sysctl: { "kernel.shm_rmid_forced": "seven" } })],
  ...each("a hostname", ["x".repeat(65), "a\0b", 7], (hostname) => top({ hostname })),
  ["a domain's name", top({ domainname: "x".repeat(65) })],
  ...each(
    "a device",
    [
      { path: "/dev/x", type: "q" },
      { path: "/bin/busybox", type: "c", major: 1, minor: 3 },
      { path: "", type: "p" },
    ],
    (device) => linux({ devices: [device] }),
  ),
  ...each(
    "a root",
    [{ path: "nowhere" }, { path: "config.json" }, { path: "" }, { path: "/dev/null" }],
    (root) => top({ root }),
  ),
  ...each("a propagation", ["sideways", ""], (rootfsPropagation) =>
    linux({ rootfsPropagation: rootfsPropagation || "none" }),
  ),
  ["a filter's action", seccomp({ defaultAction: "SCMP_ACT_DANCE" })],
  ["a filter's architecture", seccomp({ architectures: ["SCMP_ARCH_ABACUS"] })],
  [
    "a filter's operator",
    seccomp({
      syscalls: [
        {
          names: ["read"],
          action: "SCMP_ACT_ERRNO",
          args: [{ index: 0, value: 1, op: "SCMP_CMP_ISH" }],
        },
      ],
    }),
  ],
  [
    "a filter that forbids what the start takes",
    seccomp({ defaultAction: "SCMP_ACT_KILL_PROCESS" }),
  ],
  ["an AppArmor profile that is not there", process({ apparmorProfile: "ocikit-no-such-profile" })],
]);

/** The config as it is, with no type that a broken one could satisfy. */
export function brokenConfig(base: Base, change: Change): Config {
  return change(base) as Config;
}
