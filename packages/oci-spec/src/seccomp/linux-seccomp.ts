/** What the runtime does when a rule matches; `SCMP_ACT_KILL` is the old name of `KILL_THREAD`. */
export type SeccompAction =
  | "SCMP_ACT_KILL"
  | "SCMP_ACT_KILL_PROCESS"
  | "SCMP_ACT_KILL_THREAD"
  | "SCMP_ACT_TRAP"
  | "SCMP_ACT_ERRNO"
  | "SCMP_ACT_TRACE"
  | "SCMP_ACT_ALLOW"
  | "SCMP_ACT_LOG"
  | "SCMP_ACT_NOTIFY";

/** How an argument is compared with `value`; arguments are unsigned 64-bit integers. */
export type SeccompOperator =
  | "SCMP_CMP_NE"
  | "SCMP_CMP_LT"
  | "SCMP_CMP_LE"
  | "SCMP_CMP_EQ"
  | "SCMP_CMP_GE"
  | "SCMP_CMP_GT"
  | "SCMP_CMP_MASKED_EQ";

/** A condition on one argument of a system call. */
export interface LinuxSeccompArg {
  /** Which argument, 0 to 5. */
  index: number;
  /** What to compare with; the mask of `SCMP_CMP_MASKED_EQ`. */
  value: number | bigint;
  /** What the masked argument must be; only `SCMP_CMP_MASKED_EQ` reads it. Absent is 0. */
  valueTwo?: number | bigint;
  op: SeccompOperator | (string & {});
}

/** One entry of `syscalls`: an action for some system calls, under conditions that all must hold. */
export interface LinuxSyscall {
  names: readonly string[];
  action: SeccompAction | (string & {});
  /** The error number `SCMP_ACT_ERRNO` answers with, or the message of `SCMP_ACT_TRACE`; absent is EPERM. */
  errnoRet?: number;
  args?: readonly LinuxSeccompArg[];
}

/** `linux.seccomp` of a config; see config-linux.md#seccomp. */
export interface LinuxSeccomp {
  defaultAction: SeccompAction | (string & {});
  /** The error number of `defaultAction`; absent is EPERM. */
  defaultErrnoRet?: number;
  architectures?: readonly string[];
  flags?: readonly string[];
  /** The socket on which an agent receives the notification file descriptor. */
  listenerPath?: string;
  /** Opaque text handed to that agent. */
  listenerMetadata?: string;
  syscalls?: readonly LinuxSyscall[];
}
