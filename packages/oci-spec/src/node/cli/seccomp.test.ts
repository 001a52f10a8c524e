import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandIo } from "@ocikit/diagnostics/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultSeccomp } from "../../seccomp/index.ts";
import { seccompCommand } from "./seccomp.ts";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ocikit-seccomp-cli-"));
  const write = (name: string, value: unknown) =>
    writeFileSync(join(directory, name), typeof value === "string" ? value : JSON.stringify(value));
  const seccomp = defaultSeccomp({ arch: "x86_64", capabilities: ["CAP_SYS_CHROOT"] });
  write("profile.json", seccomp);
  write("config.json", { ociVersion: "1.3.0", linux: { seccomp } });
  write("open.json", { ociVersion: "1.3.0", linux: {} });
  write("broken.json", "{");
  write("wrong.json", {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: "read", action: "SCMP_ACT_ALLOW" }],
  });
  write("filter.json", {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW", includes: { caps: "CAP_CHOWN" } }],
  });
  write("engine.json", {
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: null }],
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW", args: null, comment: "", includes: {} },
      { names: ["mount"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
    ],
  });
  write(
    "exact.json",
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ioctl"],' +
      '"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}',
  );
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function run(...args: string[]) {
  let stdout = "";
  let stderr = "";
  let status: number | undefined;
  const io: CommandIo = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: async () => new TextEncoder().encode('{"defaultAction":"SCMP_ACT_ALLOW"}'),
    terminal: { stdout: false, stderr: false },
    columns: 100,
    env: {},
    cwd: directory,
  };
  const command = seccompCommand(io, (code) => {
    status = code;
  });
  await command.parseAsync(args, { from: "user" });
  return { status, stdout, stderr };
}

describe("seccomp test", () => {
  test("says allowed and exits 0", async () => {
    const { status, stdout } = await run("test", "profile.json", "--syscall", "openat");
    expect(stdout).toBe("openat is allowed: a rule names openat\n");
    expect(status).toBe(0);
  });

  test("says refused, why, and exits 1", async () => {
    expect(await run("test", "config.json", "--syscall", "mount")).toEqual({
      status: 1,
      stdout:
        "mount is refused with EPERM (operation not permitted): no rule names it: the default action\n",
      stderr: "",
    });
  });

  test("takes arguments by number, in hex, and by name", async () => {
    const answer = async (value: string) => {
      const { stdout } = await run(
        "test",
        "profile.json",
        "--syscall",
        "socket",
        "--arg",
        `0=${value}`,
      );
      return stdout.split(":", 1)[0];
    };
    const refused = "socket is refused with EPERM (operation not permitted)";
    expect(await answer("38")).toBe(refused);
    expect(await answer("0x26")).toBe(refused);
    expect(await answer("AF_ALG")).toBe(refused);
    expect(await answer("AF_INET")).toBe("socket is allowed");
  });

  test("tells every outcome where it depends on an argument left out", async () => {
    const { status, stdout } = await run("test", "profile.json", "--syscall", "clone");
    expect(stdout).toMatchInlineSnapshot(`
      "clone is allowed for example as clone(…): a rule names clone when argument 0 (flags) has none of the bits CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET
      clone is refused with EPERM (operation not permitted) for example as clone(0x20000, …): no rule for clone is met: the default action
      "
    `);
    expect(status).toBe(1);
  });

  test("asks about another ABI, about a number, and about what crun would do", async () => {
    const x86 = await run("test", "profile.json", "--syscall", "socketcall", "--abi", "x86");
    expect(x86.status).toBe(0);
    const young = ["test", "profile.json", "--syscall", "600"];
    expect((await run(...young)).stdout).toContain("ENOSYS");
    expect((await run(...young, "--runtime", "crun")).stdout).toContain("EPERM");
  });

  test("keeps 64-bit integers exact", async () => {
    const args = ["test", "exact.json", "--syscall", "ioctl", "--arch", "x86_64"];
    expect((await run(...args, "--arg", "1=0xffffffffffffffff")).status).toBe(1);
    expect((await run(...args, "--arg", "1=0xfffffffffffffffe")).status).toBe(0);
    expect((await run(...args, "--arg", "1=-1", "--json")).stdout).toContain(
      '"18446744073709551615"',
    );
  });
});

describe("seccomp explain", () => {
  test("tells a profile in plain language", async () => {
    const { status, stdout, stderr } = await run("explain", "profile.json");
    expect(stdout).toMatchInlineSnapshot(`
      "A system call that no rule names is refused with EPERM (operation not permitted).
      One younger than the profile is refused with ENOSYS (function not implemented).
      Covered: SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32. A call of another ABI ends the thread.

      306 are allowed:
        accept, accept4, access, adjtimex, alarm, arch_prctl, bind, brk, cachestat, capget, capset, chdir,
        chmod, chown, chroot, clock_adjtime, clock_getres, clock_gettime, clock_nanosleep, close,
        close_range, connect, copy_file_range, creat, dup, dup2, dup3, epoll_create, epoll_create1,
        epoll_ctl, epoll_ctl_old, epoll_pwait, epoll_pwait2, epoll_wait, epoll_wait_old, eventfd,
        eventfd2, execve, execveat, exit, exit_group, faccessat, faccessat2, fadvise64, fallocate,
        fanotify_mark, fchdir, fchmod, fchmodat, fchmodat2, fchown, fchownat, fcntl, fdatasync, fgetxattr,
        flistxattr, flock, fork, fremovexattr, fsetxattr, fstat, fstatfs, fsync, ftruncate, futex,
        futex_requeue, futex_wait, futex_waitv, futex_wake, futimesat, get_robust_list, get_thread_area,
        getcpu, getcwd, getdents, getdents64, getegid, geteuid, getgid, getgroups, getitimer, getpeername,
        getpgid, getpgrp, getpid, getppid, getpriority, getrandom, getresgid, getresuid, getrlimit,
        getrusage, getsid, getsockname, getsockopt, gettid, gettimeofday, getuid, getxattr, getxattrat,
        inotify_add_watch, inotify_init, inotify_init1, inotify_rm_watch, io_cancel, io_destroy,
        io_getevents, io_pgetevents, io_setup, io_submit, ioctl, ioprio_get, ioprio_set, kill,
        landlock_add_rule, landlock_create_ruleset, landlock_restrict_self, lchown, lgetxattr, link,
        linkat, listen, listmount, listxattr, listxattrat, llistxattr, lremovexattr, lseek, lsetxattr,
        lstat, madvise, map_shadow_stack, membarrier, memfd_create, memfd_secret, mincore, mkdir, mkdirat,
        mknod, mknodat, mlock, mlock2, mlockall, mmap, modify_ldt, mprotect, mq_getsetattr, mq_notify,
        mq_open, mq_timedreceive, mq_timedsend, mq_unlink, mremap, mseal, msgctl, msgget, msgrcv, msgsnd,
        msync, munlock, munlockall, munmap, name_to_handle_at, nanosleep, newfstatat, open, openat,
        openat2, pause, pidfd_open, pidfd_send_signal, pipe, pipe2, pkey_alloc, pkey_free, pkey_mprotect,
        poll, ppoll, prctl, pread64, preadv, preadv2, prlimit64, process_mrelease, process_vm_readv,
        process_vm_writev, pselect6, ptrace, pwrite64, pwritev, pwritev2, read, readahead, readlink,
        readlinkat, readv, recvfrom, recvmmsg, recvmsg, remap_file_pages, removexattr, removexattrat,
        rename, renameat, renameat2, restart_syscall, rmdir, rseq, rt_sigaction, rt_sigpending,
        rt_sigprocmask, rt_sigqueueinfo, rt_sigreturn, rt_sigsuspend, rt_sigtimedwait, rt_tgsigqueueinfo,
        sched_get_priority_max, sched_get_priority_min, sched_getaffinity, sched_getattr, sched_getparam,
        sched_getscheduler, sched_rr_get_interval, sched_setaffinity, sched_setattr, sched_setparam,
        sched_setscheduler, sched_yield, seccomp, select, semctl, semget, semop, semtimedop, sendfile,
        sendmmsg, sendmsg, sendto, set_robust_list, set_thread_area, set_tid_address, setfsgid, setfsuid,
        setgid, setgroups, setitimer, setpgid, setpriority, setregid, setresgid, setresuid, setreuid,
        setrlimit, setsid, setsockopt, setuid, setxattr, setxattrat, shmat, shmctl, shmdt, shmget,
        shutdown, sigaltstack, signalfd, signalfd4, socketpair, splice, stat, statfs, statmount, statx,
        symlink, symlinkat, sync, sync_file_range, syncfs, sysinfo, tee, tgkill, time, timer_create,
        timer_delete, timer_getoverrun, timer_gettime, timer_settime, timerfd_create, timerfd_gettime,
        timerfd_settime, times, tkill, truncate, umask, uname, unlink, unlinkat, uretprobe, utime,
        utimensat, utimes, vfork, vmsplice, wait4, waitid, write, writev

      1 is refused with ENOSYS (function not implemented):
        clone3

      By their arguments:
        clone is allowed when argument 0 (flags) has none of the bits CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET
          else it is refused with EPERM (operation not permitted)
        personality is allowed when argument 0 (persona) is 0, or is 8, or is 0x20000, or is 0x20008, or is 0xffffffff
          else it is refused with EPERM (operation not permitted)
        socket is allowed when argument 0 (domain) is below 38 (AF_ALG), or is 39 (AF_NFC), or is above 40 (AF_VSOCK)
          else it is refused with EPERM (operation not permitted)

      Let through and worth a second look:
        ptrace: reaches into other processes
        process_vm_writev: reaches into other processes
      "
    `);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("resolves an engine's profile for capabilities", async () => {
    const plain = await run("explain", "engine.json", "--arch", "amd64");
    expect(plain.stdout).toContain("1 is allowed:\n  read");
    const admin = await run("explain", "engine.json", "--arch", "amd64", "--cap", "sys_admin");
    expect(admin.stdout).toContain("2 are allowed:\n  mount, read");
  });

  test("writes data, or the program", async () => {
    const { stdout } = await run("explain", "default:docker", "--arch", "x86_64", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ fallback: expect.stringContaining("EPERM") });
    const bpf = await run("explain", "default:docker", "--arch", "x86_64", "--bpf");
    expect(bpf.stdout).toMatch(/^ {3}0 {2}A = architecture\n/);
  });

  test("reads standard input", async () => {
    expect((await run("explain", "-")).stdout).toMatch(
      /^A system call that no rule names is allowed/,
    );
  });
});

describe("seccomp diff", () => {
  test("exits 0 when the profiles do the same, however they are written", async () => {
    const sameArgs = ["default:docker", "profile.json", "--arch", "x86_64", "--cap", "SYS_CHROOT"];
    expect(await run("diff", ...sameArgs)).toEqual({
      status: 0,
      stdout: "the profiles do the same\n",
      stderr: "",
    });
  });

  test("tells what a second profile lets through and what not", async () => {
    const { status, stdout } = await run("diff", "profile.json", "default:containerd");
    expect(stdout).toMatchInlineSnapshot(`
      "looser: allowed, was refused with EPERM (operation not permitted)
        lsm_get_self_attr, lsm_list_modules, lsm_set_self_attr
          on SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32
      stricter: refused with EPERM (operation not permitted), was allowed
        chroot
          on SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32
      "
    `);
    expect(status).toBe(1);
  });

  test("writes data", async () => {
    const { stdout } = await run("diff", "profile.json", "-", "--json");
    const { changes } = JSON.parse(stdout);
    expect(changes[0]).toMatchObject({
      arch: "SCMP_ARCH_X86_64",
      effect: "looser",
      after: "allowed",
    });
  });
});

describe("what can't be done", () => {
  test.each<[string[], string]>([
    [["explain", "nowhere.json"], "read nowhere.json: ENOENT (no such file or directory)\n"],
    [
      ["explain", "open.json"],
      "open.json: it has no linux.seccomp: every system call is allowed\n",
    ],
    [["explain", "wrong.json"], "wrong.json: /syscalls/0/names: "],
    [["explain", "filter.json"], "filter.json: /syscalls/0/includes: it is not understood\n"],
    [["explain", "broken.json"], "broken.json: "],
    [
      ["explain", "default:podman"],
      "no profile default:podman; there are default:containerd and default:docker\n",
    ],
    [["explain", "profile.json", "--arch", "vax"], "unknown architecture vax\n"],
    [
      ["explain", "profile.json", "--runtime", "youki"],
      '--runtime takes runc or crun, not "youki"\n',
    ],
    [["test", "profile.json", "--syscall", "raed"], "SCMP_ARCH_X86_64 has no system call raed\n"],
    [["test", "profile.json", "--syscall", "read", "--arg", "6=1"], "--arg takes N=VALUE"],
    [["diff", "-", "-"], "standard input holds one profile\n"],
  ])("%j exits 2 with one sentence", async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});
