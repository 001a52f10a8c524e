import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Seccomp } from "../../src/generated/types.ts";
import {
  compileSeccomp,
  defaultSeccomp,
  findArchitecture,
  syscallName,
} from "../../src/seccomp/index.ts";
import { loadProgram } from "../../src/seccomp/simulate.ts";
import { Libseccomp } from "../seccomp/libseccomp.ts";

const isPresent = (command: string): boolean =>
  spawnSync(command, ["--version"]).error === undefined;

function unfit(runtime: string): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "needs x86_64 Linux";
  if (process.getuid?.() !== 0) return "needs root";
  if (!isPresent("cc")) return "needs a C compiler";
  return isPresent(runtime) ? undefined : `needs ${runtime}`;
}

/** The profiles as seen by runtimes whose libseccomp may be older than our tables. */
function known(seccomp: Seccomp, names: ReadonlySet<string> | undefined): Seccomp {
  if (names === undefined) return seccomp;
  const syscalls = (seccomp.syscalls ?? []).map((entry) => ({
    ...entry,
    names: entry.names.filter((name) => names.has(name)),
  }));
  return { ...seccomp, syscalls: syscalls.filter((entry) => entry.names.length > 0) };
}

/** What runc still calls between loading the filter and execve(2), and the program's pause(2). */
const neededByGo =
  "arch_prctl brk capget clock_gettime clone close close_range epoll_create1 epoll_ctl epoll_pwait eventfd2 execve exit_group faccessat faccessat2 fcntl fstat fstatfs futex getdents64 getpid getppid getrandom gettid kill madvise mmap mprotect munmap nanosleep newfstatat openat pause prlimit64 read readlinkat rt_sigaction rt_sigprocmask rt_sigreturn sched_yield set_robust_list sigaltstack tgkill write".split(
    " ",
  );

const profiles: Readonly<Record<string, Seccomp>> = {
  docker: defaultSeccomp({ arch: "x86_64", capabilities: ["CAP_SYS_CHROOT"] }),
  containerd: defaultSeccomp({ arch: "x86_64", engine: "containerd" }),
  "a kill list": {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X86"],
    syscalls: [
      { names: ["keyctl", "mount"], action: "SCMP_ACT_KILL_PROCESS" },
      {
        names: ["personality"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 22,
        args: [{ index: 0, value: 8, op: "SCMP_CMP_GE" }],
      },
    ],
  },
  "alternatives on one argument, the native architecture alone": {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    // Without the list an older runc has no answer of its own to young calls.
    architectures: ["SCMP_ARCH_X86_64"],
    syscalls: [
      { names: neededByGo, action: "SCMP_ACT_ALLOW" },
      {
        names: ["prctl"],
        action: "SCMP_ACT_ALLOW",
        args: [
          { index: 0, value: 15, op: "SCMP_CMP_EQ" },
          { index: 0, value: 16, op: "SCMP_CMP_EQ" },
          { index: 1, value: 0xff, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ" },
        ],
      },
    ],
  },
};

const libseccomp = Libseccomp.build();
let directory: string;
const started: [runtime: string, id: string][] = [];

function run(command: string, args: readonly string[]): string {
  const child = spawnSync(command, args, { encoding: "utf8", timeout: 30_000 });
  if (child.status !== 0) {
    throw new Error(`${command} ${args.join(" ")}: ${child.error ?? child.stderr}${child.stdout}`);
  }
  return child.stdout;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ocikit-installed-filter-"));
  if (unfit("cc") !== undefined) return;
  mkdirSync(join(directory, "rootfs"));
  const source = new URL("../seccomp/dump-filter.c", import.meta.url).pathname;
  run("cc", ["-O1", "-Wall", "-Werror", "-o", join(directory, "dump-filter"), source]);
  // pause(2) and nothing else: it lives under any profile that lets it.
  const wait =
    'void _start(void) { for (;;) __asm__ volatile("syscall" ::"a"(34) : "rcx", "r11"); }';
  writeFileSync(join(directory, "wait.c"), `${wait}\n`);
  const program = join(directory, "rootfs", "wait");
  run("cc", ["-nostdlib", "-static", "-o", program, join(directory, "wait.c")]);
});

/** The command line of a runtime, with a root of its own. */
function commandLine(runtime: string, args: readonly string[]): [string, string[]] {
  const all = ["--root", join(directory, runtime), ...args];
  if (runtime !== "crun") return [runtime, all];
  // crun refuses hosts that have both versions of cgroups: it gets a mount namespace without one.
  const script = 'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"';
  return ["unshare", ["-m", "sh", "-c", script, "crun", "--cgroup-manager=disabled", ...all]];
}

afterAll(() => {
  for (const [runtime, id] of started) spawnSync(...commandLine(runtime, ["delete", "-f", id]));
  rmSync(directory, { recursive: true, force: true });
  libseccomp?.remove();
});

/** Starts a container with the profile, and reads back what its init runs under. */
function installed(runtime: string, seccomp: Seccomp): Uint8Array {
  const bundle = mkdtempSync(join(directory, "bundle-"));
  const config = {
    ociVersion: "1.0.2",
    process: { args: ["/wait"], cwd: "/", noNewPrivileges: true, user: { uid: 0, gid: 0 } },
    root: { path: join(directory, "rootfs"), readonly: true },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: { namespaces: [{ type: "pid" }, { type: "mount" }], seccomp },
  };
  mkdirSync(join(directory, "rootfs", "proc"), { recursive: true });
  const write = (_: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config, write));
  const id = `ocikit-filter-${process.pid}-${started.length}`;
  started.push([runtime, id]);
  const pidFile = join(bundle, "pid");
  const log = join(bundle, "stderr");
  const stderr = openSync(log, "w");
  const line = commandLine(runtime, ["run", "-d", "--pid-file", pidFile, "-b", bundle, id]);
  const child = spawnSync(...line, { stdio: ["ignore", stderr, stderr], timeout: 30_000 });
  closeSync(stderr);
  if (child.status !== 0) throw new Error(`${runtime}: ${readFileSync(log, "utf8")}`);
  const pid = readFileSync(pidFile, "utf8").trim();
  return Buffer.from(run(join(directory, "dump-filter"), [pid]).trim(), "hex");
}

function differences(theirs: Uint8Array, ours: Uint8Array): unknown[] {
  const found: unknown[] = [];
  const data = new DataView(new ArrayBuffer(64));
  const [their, our] = [loadProgram(theirs), loadProgram(ours)];
  const compare = (audit: number, number: number, args: readonly bigint[]): void => {
    data.setUint32(0, number, true);
    data.setUint32(4, audit, true);
    for (const [i, value] of args.entries()) data.setBigUint64(16 + i * 8, value, true);
    const [expected, got] = [their(data).answer, our(data).answer];
    if (expected !== got) found.push({ audit, number, args, expected, got });
  };
  const values = [0n, 1n, 8n, 15n, 16n, 38n, 40n, 41n, 0x101n, 0x10000000n, 0x1_0000_000fn];
  for (const name of ["x86_64", "x86", "x32", "aarch64"]) {
    const abi = findArchitecture(name);
    if (abi === undefined) throw new Error(`no ${name}`);
    const theirNames = libseccomp?.names(abi.name, abi.base, 1000);
    for (let number = 0; number < 1000; number++) {
      // A number their tables lack: no rule of theirs can be about it.
      const isNew =
        theirNames?.[number] === "-" && syscallName(abi, abi.base + number) !== undefined;
      if (isNew) continue;
      for (const first of values) compare(abi.audit, abi.base + number, [first, 1n, first]);
    }
    for (const number of [0x3fffffff, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xffffffff]) {
      compare(abi.audit, number, []);
    }
  }
  return found;
}

describe.each([
  ["runc", "enosys"],
  ["crun", "default"],
] as const)("the filter that %s installs", (runtime, newerSyscalls) => {
  const reason = unfit(runtime);
  if (reason !== undefined) {
    test(`needs ${runtime}`, (context) => context.skip(reason));
    return;
  }
  test.each(Object.keys(profiles))(
    "for %s gives every call our verdict",
    { timeout: 60_000 },
    (name) => {
      const all = profiles[name] as Seccomp;
      const names = (all.syscalls ?? []).flatMap((entry) => entry.names);
      const seccomp = known(all, libseccomp?.known([...new Set(names)]));
      const compiled = compileSeccomp(seccomp, { arch: "x86_64", newerSyscalls });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
      const theirs = installed(runtime, seccomp);
      expect(differences(theirs, compiled.program).slice(0, 3)).toEqual([]);
      if (names.length > 300) expect(compiled.instructions).toBeLessThan(theirs.length / 16);
    },
  );
});
