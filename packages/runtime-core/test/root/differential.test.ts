import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { defaultSeccomp } from "@ocikit/oci-spec/seccomp";
import { describe, expect, test } from "vitest";
import { bodies, type Outcome, rootMissing, runProgram } from "./bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "./bundle.ts";

const missing =
  rootMissing() ??
  (spawnSync("runc", ["--version"]).status === 0 ? undefined : "needs runc to compare with");

/** Commands whose output says what a container is like inside. */
const looks = [
  "id",
  "grep -E 'Cap|NoNewPrivs|Seccomp|Groups|Umask|SigBlk|NStgid' /proc/self/status",
  "mount",
  // Sizes and times of what was just made mean nothing, nor do numbers of mounts and of new devices.
  // Under runc 1.1 the root of mqueue belongs to nobody's group in a user namespace.
  "ls -l /dev /dev/pts | grep -v mqueue | sed 's/ [A-Z][a-z][a-z] .* / /'",
  "cut -d' ' -f4- /proc/self/mountinfo | sed 's/shared:[0-9]* //;s/master:[0-9]*/master/'",
  "ulimit -a",
  "hostname",
  "pwd",
  "env",
  "cat /proc/self/cgroup",
  "cat /proc/self/limits",
  "cat /proc/self/oom_score_adj",
  "ls -l /proc/self/fd | wc -l",
  "cat /proc/self/uid_map /proc/self/gid_map",
  "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpu/cpu.shares",
  "cat /sys/fs/cgroup/devices/devices.list | sort",
  "stat -c '%a %u %g %F' / /dev /dev/shm /dev/null /dev/ptmx /proc /sys /tmp /closed",
  "touch /read-only; echo $?",
  "cat /proc/kcore | head -c 1 | wc -c",
  "echo 1 > /proc/sys/kernel/panic; echo $?",
  "mount -t tmpfs none /tmp; unshare -U true; echo $?",
];

const script = looks.map((look) => `echo '# ${look.replaceAll("'", "")}'; ${look} 2>&1`).join("\n");

type Change = (config: ReturnType<typeof baseConfig>) => Config;

const mappings = [{ containerID: 0, hostID: 100000, size: 65536 }];

const changes: Readonly<Record<string, Change>> = {
  "as spec writes it": (config) => config,
  "writable, as an ordinary user with groups and umask": (config) => ({
    ...config,
    root: { path: "rootfs", readonly: false },
    process: {
      ...config.process,
      user: { uid: 1000, gid: 1001, additionalGids: [5, 44], umask: 0o77 },
      cwd: "/tmp/made",
      env: [...(config.process.env ?? []), "A=1", "B=x y", "A=2"],
    },
  }),
  "with ambient capabilities for an ordinary user": (config) => ({
    ...config,
    process: {
      ...config.process,
      user: { uid: 1000, gid: 1000 },
      noNewPrivileges: false,
      capabilities: {
        bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"],
        permitted: ["CAP_KILL", "CAP_CHOWN"],
        effective: ["CAP_KILL"],
        inheritable: ["CAP_KILL", "CAP_CHOWN"],
        ambient: ["CAP_KILL"],
      },
      oomScoreAdj: 321,
      rlimits: [
        { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
        { type: "RLIMIT_CORE", soft: 0, hard: 18446744073709551615n },
        { type: "RLIMIT_NPROC", soft: 50, hard: 60 },
      ],
    },
  }),
  "with limits": (config) => ({
    ...config,
    linux: {
      ...config.linux,
      resources: {
        devices: [
          { allow: false, access: "rwm" },
          { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
          { allow: true, type: "b", access: "r" },
        ],
        memory: { limit: 67108864, reservation: 33554432 },
        cpu: { shares: 512, quota: 50000, period: 100000 },
        pids: { limit: 55 },
      },
    },
  }),
  "with a cgroup namespace": (config) => ({
    ...config,
    linux: {
      ...config.linux,
      namespaces: [...(config.linux.namespaces ?? []), { type: "cgroup" }],
    },
  }),
  "in a user namespace": (config) => ({
    ...config,
    linux: {
      ...config.linux,
      namespaces: [...(config.linux.namespaces ?? []), { type: "user" }],
      uidMappings: mappings,
      gidMappings: mappings,
    },
  }),
  "with more mounts and devices": (config) => ({
    ...config,
    mounts: [
      ...config.mounts,
      { destination: "/data", source: "/etc", options: ["rbind", "ro", "nosuid", "rprivate"] },
      { destination: "/data/hostname", source: "/etc/hostname", options: ["bind", "rslave"] },
      {
        destination: "/run",
        type: "tmpfs",
        source: "tmpfs",
        options: ["nosuid", "noatime", "size=64k", "mode=711"],
      },
      // Of what is bound the options stay as they are.
      { destination: "/bound", source: "/etc", options: ["bind", "mode=700", "size=1k"] },
      { destination: "/run/lock", type: "tmpfs", source: "lock", options: ["ro", "nodiratime"] },
      { destination: "/made/up/on/the/way", type: "tmpfs", source: "tmpfs", options: ["mode=700"] },
    ],
    linux: {
      ...config.linux,
      devices: [
        { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 0o640, uid: 7, gid: 8 },
        { path: "/dev/fifo", type: "p" },
      ],
    },
  }),
  "with the cgroups in two places and a tmpfs over what is there": (config) => ({
    ...config,
    mounts: [
      ...config.mounts,
      { destination: "/cgroups", type: "cgroup", source: "cgroup", options: ["ro", "rslave"] },
      // The new system calls know nothing of dirsync.
      { destination: "/closed", type: "tmpfs", source: "tmpfs", options: ["dirsync"] },
    ],
  }),
  "with docker's seccomp profile": (config) => ({
    ...config,
    linux: {
      ...config.linux,
      seccomp: defaultSeccomp({ arch: "x86_64", capabilities: ["CAP_KILL"] }),
    },
  }),
  "with docker's seccomp profile and without no_new_privs": (config) => ({
    ...config,
    process: { ...config.process, noNewPrivileges: false, user: { uid: 1000, gid: 1000 } },
    linux: {
      ...config.linux,
      seccomp: defaultSeccomp({ arch: "x86_64", capabilities: ["CAP_KILL"] }),
    },
  }),
  "without a pid and a network namespace": (config) => ({
    ...config,
    linux: {
      ...config.linux,
      namespaces: (config.linux.namespaces ?? []).filter(
        ({ type }) => type !== "pid" && type !== "network",
      ),
      maskedPaths: [],
      readonlyPaths: [],
    },
  }),
};

/** What differs by nature: identity numbers of pipes, of devices made anew, and order that nobody promises. */
function comparable({ status, stdout, stderr }: Outcome): string {
  return (
    `${status}\n${stderr.replace(/^.*level=warning msg="ignoring options.*\n/m, "")}${stdout}`
      .replace(/pipe:\[\d+\]/g, "pipe")
      .replace(/ocikit-t\d+-\d+/g, "ID")
      .replace(/ \d+:\d+ /g, " D:D ")
      // runc gives each masked directory a tmpfs of its own and makes it read-only; one for all is marked where it is mounted.
      .replace(/(- tmpfs tmpfs) r[ow](?=$|,uid)/gm, "$1")
      .replace(/(- sysfs sysfs) r[ow]$/gm, "$1")
      // runc 1.1 changes the mode when it has mounted, where the options do not say so.
      .replaceAll(",mode=710", "")
      .replace(/^NStgid:.*$/m, "NStgid")
  );
}

async function look(argv: readonly [string, ...string[]], place: Place): Promise<string> {
  const [program, ...args] = argv;
  const root = join(place.folder, `root-${program.replaceAll("/", "-")}`);
  const outcome = await runProgram([program, ...args, "--root", root, "run", newId()], {
    cwd: place.bundle,
  });
  return comparable(outcome);
}

describe("a container looks from inside as under runc", () => {
  if (missing) {
    test("compares with runc", (context) => context.skip(missing));
    return;
  }
  const list = bodies().filter(({ name }) => !name.includes("sanitizers"));
  for (const body of list) {
    test.each(Object.keys(changes))(`%s (${body.name})`, async (name) => {
      const place = makePlace(body);
      mkdirSync(join(place.bundle, "rootfs/closed"), { mode: 0o710 });
      const change = changes[name] as Change;
      if (name.includes("user namespace")) chownSync(join(place.bundle, "rootfs"), 100000, 100000);
      place.configure(change(baseConfig("sh", "-c", script)));
      const theirs = await look(["runc"], place);
      const ours = await look(body.argv, place);
      expect(ours).toBe(theirs);
    });
  }
});
