/** A call that a profile had better have a reason to let through. */
export interface NotableCall {
  readonly syscall: string;
  /** Arguments that make it so; without them any. */
  readonly args?: readonly bigint[];
  /** How to call it with these arguments. */
  readonly label?: string;
  readonly why: string;
}

const mounts = "changes what is mounted where";
const others = "reaches into other processes";
const code = "loads code into the kernel";
const clock = "sets the clock of the whole machine";
const keys = "the kernel's keyrings are shared between containers";

/** Such calls, as the default profiles of engines see them. */
export const notableCalls: readonly NotableCall[] = [
  { syscall: "mount", why: mounts },
  { syscall: "move_mount", why: mounts },
  { syscall: "fsmount", why: mounts },
  { syscall: "open_tree", why: mounts },
  { syscall: "mount_setattr", why: mounts },
  { syscall: "umount2", why: mounts },
  { syscall: "pivot_root", why: mounts },
  { syscall: "ptrace", why: others },
  { syscall: "process_vm_writev", why: others },
  { syscall: "pidfd_getfd", why: others },
  { syscall: "kcmp", why: others },
  { syscall: "init_module", why: code },
  { syscall: "finit_module", why: code },
  { syscall: "delete_module", why: "takes code out of the kernel" },
  { syscall: "kexec_load", why: "replaces the running kernel" },
  { syscall: "kexec_file_load", why: "replaces the running kernel" },
  {
    syscall: "bpf",
    why: "runs programs in the kernel; its verifier has let through too much before",
  },
  { syscall: "perf_event_open", why: "watches the whole machine; a usual way into the kernel" },
  {
    syscall: "userfaultfd",
    why: "stops the kernel at a page of the caller's choice: eases exploits",
  },
  { syscall: "io_uring_setup", why: "its operations pass by every seccomp filter" },
  { syscall: "open_by_handle_at", why: "opens files outside the container's root, with the right" },
  { syscall: "keyctl", why: keys },
  { syscall: "add_key", why: keys },
  { syscall: "request_key", why: keys },
  { syscall: "unshare", why: "a new user namespace opens kernel code made for root" },
  { syscall: "setns", why: "enters namespaces of others" },
  {
    syscall: "clone",
    args: [0x10000000n],
    label: "clone with CLONE_NEWUSER",
    why: "a new user namespace opens kernel code made for root",
  },
  { syscall: "clone3", why: "its flags lie in memory, where no filter sees them" },
  {
    syscall: "socket",
    args: [38n, 5n],
    label: "socket of AF_ALG",
    why: "the kernel's cryptography; written for few and reached by all",
  },
  {
    syscall: "socket",
    args: [40n, 1n],
    label: "socket of AF_VSOCK",
    why: "talks to the hypervisor, past every network namespace",
  },
  { syscall: "reboot", why: "stops the machine, outside a pid namespace of its own" },
  { syscall: "swapon", why: "changes the memory of the whole machine" },
  { syscall: "settimeofday", why: clock },
  { syscall: "clock_settime", why: clock },
  { syscall: "acct", why: "writes the accounts of the whole machine" },
  { syscall: "syslog", why: "reads the kernel's log, addresses included" },
  { syscall: "iopl", why: "gives a process the machine's ports" },
  { syscall: "ioperm", why: "gives a process the machine's ports" },
];
