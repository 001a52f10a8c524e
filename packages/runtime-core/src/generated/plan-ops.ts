// Made from the launcher's plan-ops.json by scripts/generate.ts; never edited.

/** Where a step comes from. */
export interface StepOrigin {
  /** JSON pointer (RFC 6901) into config.json; empty when nothing in it asked for the step. */
  readonly from: string;
}

export type NamespaceName =
  | "pid"
  | "network"
  | "mount"
  | "ipc"
  | "uts"
  | "user"
  | "cgroup"
  | "time";

export type Propagation =
  | "shared"
  | "slave"
  | "private"
  | "unbindable"
  | "rshared"
  | "rslave"
  | "rprivate"
  | "runbindable";

export type MountAttribute =
  | "ro"
  | "nosuid"
  | "nodev"
  | "noexec"
  | "noatime"
  | "strictatime"
  | "atime"
  | "nodiratime"
  | "nosymfollow";

export type MountFlag =
  | "ro"
  | "nosuid"
  | "nodev"
  | "noexec"
  | "sync"
  | "remount"
  | "mand"
  | "dirsync"
  | "nosymfollow"
  | "noatime"
  | "nodiratime"
  | "silent"
  | "relatime"
  | "iversion"
  | "strictatime"
  | "lazytime";

export type TargetGuard =
  | "plain"
  | "proc"
  | "procfs";

export type NodeKind =
  | "fifo"
  | "character"
  | "block";

export type FileSystemName =
  | "proc"
  | "cgroup2";

export type ResourceName =
  | "RLIMIT_CPU"
  | "RLIMIT_FSIZE"
  | "RLIMIT_DATA"
  | "RLIMIT_STACK"
  | "RLIMIT_CORE"
  | "RLIMIT_RSS"
  | "RLIMIT_NPROC"
  | "RLIMIT_NOFILE"
  | "RLIMIT_MEMLOCK"
  | "RLIMIT_AS"
  | "RLIMIT_LOCKS"
  | "RLIMIT_SIGPENDING"
  | "RLIMIT_MSGQUEUE"
  | "RLIMIT_NICE"
  | "RLIMIT_RTPRIO"
  | "RLIMIT_RTTIME";

export type CapabilityName =
  | "CAP_CHOWN"
  | "CAP_DAC_OVERRIDE"
  | "CAP_DAC_READ_SEARCH"
  | "CAP_FOWNER"
  | "CAP_FSETID"
  | "CAP_KILL"
  | "CAP_SETGID"
  | "CAP_SETUID"
  | "CAP_SETPCAP"
  | "CAP_LINUX_IMMUTABLE"
  | "CAP_NET_BIND_SERVICE"
  | "CAP_NET_BROADCAST"
  | "CAP_NET_ADMIN"
  | "CAP_NET_RAW"
  | "CAP_IPC_LOCK"
  | "CAP_IPC_OWNER"
  | "CAP_SYS_MODULE"
  | "CAP_SYS_RAWIO"
  | "CAP_SYS_CHROOT"
  | "CAP_SYS_PTRACE"
  | "CAP_SYS_PACCT"
  | "CAP_SYS_ADMIN"
  | "CAP_SYS_BOOT"
  | "CAP_SYS_NICE"
  | "CAP_SYS_RESOURCE"
  | "CAP_SYS_TIME"
  | "CAP_SYS_TTY_CONFIG"
  | "CAP_MKNOD"
  | "CAP_LEASE"
  | "CAP_AUDIT_WRITE"
  | "CAP_AUDIT_CONTROL"
  | "CAP_SETFCAP"
  | "CAP_MAC_OVERRIDE"
  | "CAP_MAC_ADMIN"
  | "CAP_SYSLOG"
  | "CAP_WAKE_ALARM"
  | "CAP_BLOCK_SUSPEND"
  | "CAP_AUDIT_READ"
  | "CAP_PERFMON"
  | "CAP_BPF"
  | "CAP_CHECKPOINT_RESTORE";

export type SchedulerPolicyName =
  | "SCHED_OTHER"
  | "SCHED_FIFO"
  | "SCHED_RR"
  | "SCHED_BATCH"
  | "SCHED_IDLE"
  | "SCHED_DEADLINE"
  | "SCHED_EXT";

export type SchedulerFlagName =
  | "SCHED_FLAG_RESET_ON_FORK"
  | "SCHED_FLAG_RECLAIM"
  | "SCHED_FLAG_DL_OVERRUN"
  | "SCHED_FLAG_KEEP_POLICY"
  | "SCHED_FLAG_KEEP_PARAMS"
  | "SCHED_FLAG_UTIL_CLAMP_MIN"
  | "SCHED_FLAG_UTIL_CLAMP_MAX";

export type IoClassName =
  | "IOPRIO_CLASS_NONE"
  | "IOPRIO_CLASS_RT"
  | "IOPRIO_CLASS_BE"
  | "IOPRIO_CLASS_IDLE";

export type MemoryModeName =
  | "MPOL_DEFAULT"
  | "MPOL_PREFERRED"
  | "MPOL_BIND"
  | "MPOL_INTERLEAVE"
  | "MPOL_LOCAL"
  | "MPOL_PREFERRED_MANY"
  | "MPOL_WEIGHTED_INTERLEAVE";

export type MemoryFlagName =
  | "MPOL_F_STATIC_NODES"
  | "MPOL_F_RELATIVE_NODES"
  | "MPOL_F_NUMA_BALANCING";

/** Creates one directory on the host. */
export interface MakeDirectoryStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "makeDirectory";
  readonly path: string;
  /** Exact, whatever the umask. */
  readonly mode: number;
  /** Whether one that is there already will do. */
  readonly existing?: boolean;
}

/** Creates the container's own cgroup; one that is there already will do when no process is in it. */
export interface MakeCgroupStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "makeCgroup";
  readonly path: string;
}

/** Writes an existing file of the kernel (cgroup, proc), each text with one write call. */
export interface WriteFileStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "writeFile";
  readonly path: string;
  /** Each a template. */
  readonly texts: readonly string[];
  /** Whether a file that is not there, not ours to write, or does not take a text, is passed over. */
  readonly optional?: boolean;
}

/** Gives a kernel file that reads as empty the text of another: how a new cpuset inherits. */
export interface CopyFileStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "copyFile";
  readonly source: string;
  readonly target: string;
}

/** Opens both ends of the fifo at which the created process waits. */
export interface OpenFifoStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "openFifo";
  readonly path: string;
  readonly reader: number;
  readonly writer: number;
}

/** Opens a namespace file and makes sure it is one of the wanted kind. */
export interface OpenNamespaceStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "openNamespace";
  readonly path: string;
  readonly kind: NamespaceName;
  readonly slot: number;
}

/** Opens a pidfd of the process with that id and start time. */
export interface OpenProcessStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "openProcess";
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTime: number | bigint;
  readonly slot: number;
}

/** Opens a directory of the host as a place only (O_PATH): the cgroup to be cloned into, or /proc. */
export interface OpenDirectoryStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "openDirectory";
  readonly path: string;
  /** What it must be. */
  readonly magic?: FileSystemName;
  readonly slot: number;
}

/** Connects to a unix stream socket by path. */
export interface ConnectSocketStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "connectSocket";
  readonly path: string;
  readonly slot: number;
}

/** Clones a mount, or a tree of them, off the host's as a detached mount. */
export interface OpenTreeStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "openTree";
  readonly path: string;
  readonly recursive?: boolean;
  readonly slot: number;
}

/** Makes the process, which executes the launcher's sealed copy and goes through the container phase. */
export interface CloneStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "clone";
  readonly namespaces: readonly NamespaceName[];
  /** The cgroup v2 directory it is born in. */
  readonly cgroup?: number;
  /** Whether it waits for its user and group maps (gate 0) before it executes anything. */
  readonly ids?: boolean;
  /** How many file descriptors after the standard ones the program keeps. */
  readonly preserve?: number;
  /** Slots it takes along. */
  readonly inherit?: readonly number[];
}

/** Runs a helper program of the host, such as newuidmap, and fails when it does. */
export interface RunProgramStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "runProgram";
  /** Each a template. */
  readonly argv: readonly string[];
}

/** Runs a hook with the container's state on its standard input. */
export interface HookStep extends StepOrigin {
  readonly phase: "host" | "container" | "start";
  readonly op: "hook";
  /** As people call it, for example `createRuntime hook #0`. */
  readonly label: string;
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** Where it runs; empty is where the launcher is. */
  readonly directory?: string;
  /** 0 is without end. */
  readonly timeoutMs?: number;
  readonly state: string;
  /** Whether what follows goes on when it fails; the failure is told at the end. */
  readonly lenient?: boolean;
  /** Whether it gets the HOME that was found for the program. */
  readonly home?: boolean;
}

/** Lets the other side go on past a gate. */
export interface PassStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "pass";
  readonly gate: number;
}

/** Waits until the other side passes a gate. */
export interface AwaitStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "await";
  readonly gate: number;
}

/** Sets a resource limit: in the host phase of the launched process, in the container phase of itself. */
export interface LimitStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "limit";
  readonly resource: ResourceName;
  readonly soft: number | bigint;
  readonly hard: number | bigint;
}

/** Ends what still runs in a cgroup and removes it with all below it; none there is fine. */
export interface RemoveCgroupStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "removeCgroup";
  readonly path: string;
}

/** Removes a directory when it is empty and unused. */
export interface RemoveDirectoryStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "removeDirectory";
  readonly path: string;
}

/** Removes a directory with all below it, following no symlink and crossing no mount. */
export interface RemoveTreeStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "removeTree";
  readonly path: string;
}

/** Sends a signal to the process with that id and start time. */
export interface SignalProcessStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "signalProcess";
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTime: number | bigint;
  readonly signal: number;
}

/** Waits until the process with that id and start time has ended; fails with ETIMEDOUT when it has not. */
export interface AwaitExitStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "awaitExit";
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTime: number | bigint;
  readonly timeoutMs: number;
}

/** Joins a cgroup v1 by writing 0 to its `tasks`: a task that moves itself spares the kernel the wait that `cgroup.procs` costs. */
export interface JoinCgroupStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "joinCgroup";
  readonly path: string;
}

/** Joins an opened namespace. */
export interface JoinNamespaceStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "joinNamespace";
  readonly slot: number;
  readonly kind: NamespaceName;
}

/** Joins namespaces of an opened process. */
export interface JoinProcessStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "joinProcess";
  readonly slot: number;
  readonly namespaces: readonly NamespaceName[];
}

/** Makes new namespaces and enters them. */
export interface UnshareStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "unshare";
  readonly namespaces: readonly NamespaceName[];
  /** Lines of clock, seconds and nanoseconds for a new time namespace. */
  readonly timeOffsets?: string;
}

/** Goes on in a sibling process: the only way into a pid or time namespace that was joined or unshared. */
export interface ForkStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "fork";
}

/** Becomes user and group 0 of the user namespace. */
export interface BecomeRootStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "becomeRoot";
  /** Whether supplementary groups may be dropped there. */
  readonly groups?: boolean;
}

/** Makes the process non-dumpable, so that nobody in a joined namespace can look into it. */
export interface HideMemoryStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "hideMemory";
}

/** Starts a session keyring of its own; a kernel without keyrings is passed over. */
export interface JoinKeyringStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "joinKeyring";
  readonly name: string;
}

/** Changes the propagation of a mount point outside or, once pivoted, inside the container. */
export interface SetPropagationStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setPropagation";
  readonly path: string;
  readonly propagation: Propagation;
}

/** Makes the mount that holds a path private, as pivot_root demands. */
export interface IsolateParentStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "isolateParent";
  readonly path: string;
}

/** Binds the root file system onto itself and keeps it as slot 0: from here on every path is resolved beneath it. */
export interface OpenRootStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "openRoot";
  readonly path: string;
}

/** Mounts a new file system in the root. */
export interface MountStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "mount";
  readonly fstype: string;
  readonly source: string;
  /** Each `key` or `key=value`, as the file system spells them. */
  readonly options?: readonly string[];
  readonly attributes?: readonly MountAttribute[];
  readonly propagation?: Propagation;
  /** Where `name` is resolved beneath, in place of the target beneath the root. */
  readonly directory?: number;
  readonly name?: string;
  readonly target: string;
  /** Whether `name` is a new directory there, in a file system that nobody else has seen yet. */
  readonly fresh?: boolean;
  /** plain: the target must be reached without a symlink. proc: it must not lie on procfs. procfs: what is bound there must be a whole procfs. */
  readonly guard?: TargetGuard;
  /** Whether the directory's own mode is passed on as the `mode` option. */
  readonly inheritMode?: boolean;
  /** Where the mount is kept, for steps that work in it. */
  readonly slot?: number;
  /** Whether what lies in the directory is copied into the new file system. */
  readonly copyUp?: boolean;
  /** Whether it is made and kept only: the target is what people are told, and a bind of the slot comes later. */
  readonly detached?: boolean;
}

/** Mounts by the old system call: for flags and long options that the new ones do not carry. */
export interface MountDataStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "mountData";
  readonly fstype: string;
  readonly source: string;
  readonly flags?: readonly MountFlag[];
  readonly data: string;
  readonly propagation?: Propagation;
  readonly target: string;
  /** As for mount. */
  readonly guard?: TargetGuard;
  /** As for mount. */
  readonly inheritMode?: boolean;
}

/** Binds a file or directory of the host, or an opened tree, into the root; its attributes are set before anyone can see it. */
export interface BindStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "bind";
  /** A path of the host; with a tree, only what people are told. */
  readonly source: string;
  /** An opened tree to use instead of the path. */
  readonly tree?: number;
  /** As for mount. */
  readonly directory?: number;
  readonly name?: string;
  readonly target: string;
  /** As for mount. */
  readonly fresh?: boolean;
  readonly recursive?: boolean;
  readonly set?: readonly MountAttribute[];
  readonly clear?: readonly MountAttribute[];
  /** Cleared too, unless the kernel has locked them. */
  readonly clearSoft?: readonly MountAttribute[];
  /** As `set`, on the whole tree. */
  readonly setAll?: readonly MountAttribute[];
  readonly clearAll?: readonly MountAttribute[];
  readonly propagation?: Propagation;
  /** As for mount. */
  readonly guard?: TargetGuard;
}

/** Changes the attributes of a mount in the root. */
export interface ChangeMountStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "changeMount";
  readonly target: string;
  /** Where the mount is, in place of looking for its target. */
  readonly slot?: number;
  readonly recursive?: boolean;
  readonly set?: readonly MountAttribute[];
  readonly clear?: readonly MountAttribute[];
  readonly propagation?: Propagation;
}

/** Takes away the topmost mount at a place in the root that is reached without a symlink, with all below it. */
export interface UnmountStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "unmount";
  readonly target: string;
  /** The host's /proc. */
  readonly proc: number;
}

/** Creates a device node or fifo; the same one there already will do. */
export interface MakeNodeStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "makeNode";
  readonly path: string;
  /** Where `name` is resolved beneath, in place of the path beneath the root. */
  readonly directory?: number;
  readonly name?: string;
  readonly kind: NodeKind;
  readonly mode: number;
  readonly major?: number;
  readonly minor?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Creates a symlink. */
export interface MakeLinkStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "makeLink";
  readonly path: string;
  /** Where `name` is resolved beneath, in place of the path beneath the root. */
  readonly directory?: number;
  readonly name?: string;
  readonly target: string;
  /** Whether what is there is removed first; else what is there stays. */
  readonly replace?: boolean;
}

/** Creates the missing directories of a path in the root. */
export interface MakePathStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "makePath";
  readonly path: string;
  readonly mode: number;
}

/** Makes slot 0 the root directory and lets go of the host's. */
export interface PivotStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "pivot";
  /** Whether mounts of the old root are shared with the host's, so that letting go must not reach them. */
  readonly shared?: boolean;
}

/** Makes slot 0 the root directory by moving the mount (`--no-pivot`) or, without a mount namespace of its own, by chroot alone. */
export interface EnterRootStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "enterRoot";
  readonly move?: boolean;
}

/** Covers a file with the container's /dev/null, a directory with an empty read-only tmpfs; nothing there is fine. */
export interface MaskPathStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "maskPath";
  readonly path: string;
  /** Where `name` is resolved beneath, in place of the path beneath the root. */
  readonly directory?: number;
  readonly name?: string;
}

/** Binds a path read-only onto itself; nothing there is fine. */
export interface ProtectPathStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "protectPath";
  readonly path: string;
  /** Where `name` is resolved beneath, in place of the path beneath the root. */
  readonly directory?: number;
  readonly name?: string;
}

/** Sets the host name. */
export interface SetHostnameStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setHostname";
  readonly name: string;
}

/** Sets the NIS domain name. */
export interface SetDomainnameStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setDomainname";
  readonly name: string;
}

/** Writes a kernel parameter through a procfs that no process of the container can have prepared. */
export interface WriteSysctlStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "writeSysctl";
  /** The host's /proc, opened before the container had a say. */
  readonly proc: number;
  /** With slashes, below /proc/sys. */
  readonly name: string;
  readonly value: string;
}

/** Becomes the leader of a session of its own. */
export interface StartSessionStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "startSession";
}

/** Makes a pseudo-terminal of the container's devpts the controlling terminal and standard streams, and hands its master over. */
export interface OpenTerminalStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "openTerminal";
  readonly columns?: number;
  readonly rows?: number;
  /** Where the master goes; none is the launcher's parent. */
  readonly socket?: number;
  /** Whether it is bound on /dev/console. */
  readonly console?: boolean;
}

/** Gives the standard streams to the process's user, but for /dev/null. */
export interface OwnStreamsStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "ownStreams";
  readonly uid: number;
}

/** Sets the file mode creation mask. */
export interface SetUmaskStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setUmask";
  readonly mask: number;
}

/** Becomes the process's user, keeping the permitted capabilities. */
export interface SetUserStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setUser";
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
  /** Whether supplementary groups may be set there. */
  readonly setGroups?: boolean;
}

/** Drops every capability that is not named from the bounding set. */
export interface DropBoundingStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "dropBounding";
  readonly keep: readonly CapabilityName[];
}

/** Sets the capability sets of the process. */
export interface SetCapabilitiesStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setCapabilities";
  readonly effective?: readonly CapabilityName[];
  readonly permitted?: readonly CapabilityName[];
  readonly inheritable?: readonly CapabilityName[];
  readonly ambient?: readonly CapabilityName[];
}

/** Sets no_new_privs. */
export interface ForbidPrivilegesStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "forbidPrivileges";
}

/** Loads a seccomp filter. */
export interface LoadSeccompStep extends StepOrigin {
  readonly phase: "container" | "start";
  readonly op: "loadSeccomp";
  /** Array of struct sock_filter. */
  readonly program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* bits. */
  readonly flags?: number;
  /** Where the descriptor of its notifications is kept. */
  readonly listener?: number;
}

/** Changes the working directory and makes sure that it lies in the container. */
export interface ChangeDirectoryStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "changeDirectory";
  readonly path: string;
  /** Whether EACCES is passed over, since another user tries again. */
  readonly lenient?: boolean;
}

/** Adds HOME from the container's /etc/passwd to the environment. */
export interface FindHomeStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "findHome";
  readonly uid: number;
}

/** Finds the program to execute: the first candidate that is an executable file. */
export interface FindProgramStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "findProgram";
  readonly name: string;
  /** Paths to try in turn; one with the name itself when it holds a slash. */
  readonly candidates: readonly string[];
}

/** Waits at the fifo until the container is started. */
export interface AwaitStartStep extends StepOrigin {
  readonly phase: "start";
  readonly op: "awaitStart";
  readonly reader: number;
  readonly writer: number;
}

/** Becomes the program. */
export interface ExecuteStep extends StepOrigin {
  readonly phase: "start";
  readonly op: "execute";
  readonly argv: readonly string[];
  readonly env: readonly string[];
}

/** Puts a device filter (eBPF) on a cgroup v2. */
export interface FilterDevicesStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "filterDevices";
  readonly cgroup: number;
  /** Array of struct bpf_insn. */
  readonly program: Uint8Array;
}

/** Puts the container's /dev/null in the place of the host's among the standard streams. */
export interface ReopenNullStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "reopenNull";
}

/** Sets the label (AppArmor, SELinux) that the program gets, through a procfs that no process of the container can have prepared. */
export interface SetExecLabelStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setExecLabel";
  readonly proc: number;
  /** Below /proc/self/attr; the first that is there. */
  readonly files: readonly string[];
  readonly label: string;
}

/** Creates a fifo. */
export interface MakeFifoStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "makeFifo";
  readonly path: string;
  /** Exact, whatever the umask. */
  readonly mode: number;
}

/** Closes every slot but those named: from here on the process holds nothing that leads out of the container. */
export interface CloseSlotsStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "closeSlots";
  readonly keep?: readonly number[];
}

/** Sends a pidfd of this very process to whoever asked for one. */
export interface SendPidfdStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "sendPidfd";
  readonly socket: number;
}

/** Writes a file of the kernel, or another one where the first is not there: one knob that two kernels call by two names. */
export interface WriteEitherStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "writeEither";
  readonly path: string;
  /** Each a template, written with one call. */
  readonly texts: readonly string[];
  readonly other: string;
  /** Each a template, written with one call. */
  readonly otherTexts: readonly string[];
}

/** Makes a file in which each step of the plan leaves when it began and ended. */
export interface TraceStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "trace";
  readonly path: string;
  readonly slot: number;
}

/** Goes on with the times in the file that `trace` made. */
export interface JoinTraceStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "joinTrace";
  readonly slot: number;
}

/** Has the launching side take the descriptor of the notifications, and keeps none of it: a call that the filter hands over waits until its listener has it. All it takes is read, write and close. */
export interface OfferListenerStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "offerListener";
  readonly listener: number;
  readonly gate: number;
}

/** Takes the descriptor of the notifications out of the launched process, which may not be able to send it. */
export interface TakeListenerStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "takeListener";
  readonly slot: number;
}

/** Sends a text with a descriptor over a connected socket (SCM_RIGHTS), and closes both. */
export interface SendDescriptorStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "sendDescriptor";
  readonly socket: number;
  readonly descriptor: number;
  readonly text: string;
}

/** Sets how the process is scheduled (sched_setattr(2)): in the host phase that of the launched process, in the container phase its own. */
export interface SetSchedulerStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "setScheduler";
  readonly policy: SchedulerPolicyName;
  readonly flags?: readonly SchedulerFlagName[];
  /** Two's complement. */
  readonly nice?: number;
  readonly priority?: number;
  /** Nanoseconds. */
  readonly runtime?: number | bigint;
  /** Nanoseconds. */
  readonly deadline?: number | bigint;
  /** Nanoseconds. */
  readonly period?: number | bigint;
}

/** Sets the class and level of input and output: in the host phase those of the launched process, in the container phase its own. */
export interface SetIoPriorityStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "setIoPriority";
  readonly class: IoClassName;
  /** 0 (highest) to 7. */
  readonly level?: number;
}

/** Sets on which CPUs the process may run; of those that are not there or not in its cpuset nothing is said. */
export interface SetAffinityStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setAffinity";
  /** As people write them. */
  readonly cpus: string;
  /** Bit n is CPU n; empty is every CPU. */
  readonly mask?: Uint8Array;
}

/** Sets the execution domain. */
export interface SetPersonalityStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setPersonality";
  readonly persona: number;
}

/** Sets the NUMA memory policy (set_mempolicy(2)). */
export interface SetMemoryPolicyStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setMemoryPolicy";
  readonly mode: MemoryModeName;
  readonly flags?: readonly MemoryFlagName[];
  /** Bit n is node n. */
  readonly mask: Uint8Array;
}

/** Makes a user namespace that nobody is in: what an idmapped mount takes its mapping from. */
export interface MakeUserNamespaceStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "makeUserNamespace";
  readonly uidMap: string;
  readonly gidMap: string;
  readonly slot: number;
}

/** Maps the ids of a detached mount by a user namespace. */
export interface MapTreeStep extends StepOrigin {
  readonly phase: "host" | "container";
  readonly op: "mapTree";
  readonly path: string;
  readonly tree: number;
  readonly userNamespace: number;
  /** Whether the mounts below it too. */
  readonly recursive?: boolean;
}

/** Clones mounts, or trees of them, as the launched process sees them, but with the launching side's rights. */
export interface OpenTreesInsideStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "openTreesInside";
  readonly paths: readonly string[];
  /** 1 for a tree, one each. */
  readonly recursive: readonly number[];
  readonly slots: readonly number[];
  /** Where in the config each comes from. */
  readonly pointers: readonly string[];
}

/** Hands descriptors to the launched process, which waits for them. */
export interface GiveDescriptorsStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "giveDescriptors";
  readonly slots: readonly number[];
  readonly gate: number;
}

/** Waits for descriptors of the launching side. */
export interface ReceiveDescriptorsStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "receiveDescriptors";
  readonly slots: readonly number[];
  readonly gate: number;
}

/** Takes away every procfs and sysfs outside of the root before the root is moved: they would stay in reach, bare of what is masked, and let anyone mount them anew. */
export interface UncoverSystemStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "uncoverSystem";
}

/** Moves a network device into the launched process's network namespace, with its lasting addresses, and takes it up. */
export interface MoveNetDeviceStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "moveNetDevice";
  readonly device: string;
  /** May hold %d, for which the kernel puts a number. */
  readonly name: string;
}

/** Makes the socket on which the container's program says that it is ready (sd_notify(3)). */
export interface BindNotifyStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "bindNotify";
  readonly directory: string;
  readonly name: string;
  readonly slot: number;
}

/** Starts the released process that waits at a fifo, and waits until its program is executed. */
export interface OpenContainerStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "openContainer";
  readonly fifo: string;
}

/** Tells the supervisor once the program says that it is ready: as the main process waits for that, else somebody else does while the launch goes on. */
export interface ForwardReadyStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "forwardReady";
  readonly slot: number;
  /** Path of its socket; `@name` is in the abstract name space. */
  readonly supervisor: string;
  readonly pid: number;
  readonly startTime: number | bigint;
  /** The process that the supervisor knows. */
  readonly sender: number;
  /** Whether the container's process is to be the supervised one from then on. */
  readonly main?: boolean;
}

/** Takes away what a container without a mount namespace of its own has mounted among the host's. */
export interface UnmountBelowStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "unmountBelow";
  readonly path: string;
  /** Whether the topmost mount at the path itself goes too. */
  readonly self?: boolean;
}

/** Gives a directory its SELinux label; where there is no SELinux, nothing has one. */
export interface SetFileLabelStep extends StepOrigin {
  readonly phase: "container";
  readonly op: "setFileLabel";
  readonly target: string;
  readonly label: string;
}

/** Ends what still runs in a cgroup and removes all below it, but not itself, since another watches it; none there is fine. */
export interface EmptyCgroupStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "emptyCgroup";
  readonly path: string;
}

/** Opens a file of the host to write to. */
export interface OpenWriterStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "openWriter";
  readonly path: string;
  readonly slot: number;
}

/** Starts CRIU as a worker of ours and sends it its request. */
export interface StartCriuStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "startCriu";
  /** A criu_req of CRIU's rpc.proto. */
  readonly request: Uint8Array;
  /** What the request speaks of by number: CRIU has the first open as 100, the next as 101. */
  readonly directories: readonly string[];
  /** What it speaks of beside them: the first has the number after the last directory. */
  readonly descriptors?: readonly number[];
  /** The cgroups it joins, and with it what it restores. */
  readonly cgroups?: readonly string[];
  /** A directory that CRIU needs as a mount: it is bound at `mountpoint`, which CRIU alone sees; empty is none. */
  readonly root?: string;
  readonly mountpoint?: string;
}

/** Lets CRIU go on until it comes to a point, where it waits; the process it restores is the launched one from then on. */
export interface AwaitCriuStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "awaitCriu";
  /** CRIU's name of the point, for example `setup-namespaces`. */
  readonly script: string;
}

/** Lets CRIU go on to its end. */
export interface FinishCriuStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "finishCriu";
  /** Whether a process is restored, which is the launched one then. */
  readonly restores?: boolean;
  /** The socket that receives the master of a restored terminal; without one it stays with us. */
  readonly console?: number;
  /** Where a NUL is written once pages are served. */
  readonly ready?: number;
  /** Whether it would go on with another request, so that how it ends says nothing. */
  readonly partial?: boolean;
}

/** Gives a cgroup and files in it to a user; files that are not there are passed over. */
export interface OwnCgroupStep extends StepOrigin {
  readonly phase: "host";
  readonly op: "ownCgroup";
  readonly path: string;
  readonly files: readonly string[];
  readonly uid: number;
}

/** One thing that the launcher does: plain data, told apart by `op`. */
export type LaunchStep =
  | MakeDirectoryStep
  | MakeCgroupStep
  | WriteFileStep
  | CopyFileStep
  | OpenFifoStep
  | OpenNamespaceStep
  | OpenProcessStep
  | OpenDirectoryStep
  | ConnectSocketStep
  | OpenTreeStep
  | CloneStep
  | RunProgramStep
  | HookStep
  | PassStep
  | AwaitStep
  | LimitStep
  | RemoveCgroupStep
  | RemoveDirectoryStep
  | RemoveTreeStep
  | SignalProcessStep
  | AwaitExitStep
  | JoinCgroupStep
  | JoinNamespaceStep
  | JoinProcessStep
  | UnshareStep
  | ForkStep
  | BecomeRootStep
  | HideMemoryStep
  | JoinKeyringStep
  | SetPropagationStep
  | IsolateParentStep
  | OpenRootStep
  | MountStep
  | MountDataStep
  | BindStep
  | ChangeMountStep
  | UnmountStep
  | MakeNodeStep
  | MakeLinkStep
  | MakePathStep
  | PivotStep
  | EnterRootStep
  | MaskPathStep
  | ProtectPathStep
  | SetHostnameStep
  | SetDomainnameStep
  | WriteSysctlStep
  | StartSessionStep
  | OpenTerminalStep
  | OwnStreamsStep
  | SetUmaskStep
  | SetUserStep
  | DropBoundingStep
  | SetCapabilitiesStep
  | ForbidPrivilegesStep
  | LoadSeccompStep
  | ChangeDirectoryStep
  | FindHomeStep
  | FindProgramStep
  | AwaitStartStep
  | ExecuteStep
  | FilterDevicesStep
  | ReopenNullStep
  | SetExecLabelStep
  | MakeFifoStep
  | CloseSlotsStep
  | SendPidfdStep
  | WriteEitherStep
  | TraceStep
  | JoinTraceStep
  | OfferListenerStep
  | TakeListenerStep
  | SendDescriptorStep
  | SetSchedulerStep
  | SetIoPriorityStep
  | SetAffinityStep
  | SetPersonalityStep
  | SetMemoryPolicyStep
  | MakeUserNamespaceStep
  | MapTreeStep
  | OpenTreesInsideStep
  | GiveDescriptorsStep
  | ReceiveDescriptorsStep
  | UncoverSystemStep
  | MoveNetDeviceStep
  | BindNotifyStep
  | OpenContainerStep
  | ForwardReadyStep
  | UnmountBelowStep
  | SetFileLabelStep
  | EmptyCgroupStep
  | OpenWriterStep
  | StartCriuStep
  | AwaitCriuStep
  | FinishCriuStep
  | OwnCgroupStep;

/** Version of the wire form; a launcher takes its own only. */
export const planVersion = 1;

/** How a field travels. */
export type FieldType = "u32" | "u64" | "bool" | "mode" | "slot" | "str" | "template" | "strs" | "u32s" | "slots" | "bytes" | "namespace" | "namespaces" | "propagation" | "attributes" | "mountFlags" | "guard" | "node" | "fileSystem" | "resource" | "capabilities" | "schedulerPolicy" | "schedulerFlags" | "ioClass" | "memoryMode" | "memoryFlags";

export interface OpDescription {
  readonly code: number;
  /** What the op does, for people; names in braces stand for fields. */
  readonly text: string;
  readonly fields: readonly (readonly [name: string, type: FieldType])[];
}

export const opTable: Readonly<Record<LaunchStep["op"], OpDescription>> = {
  makeDirectory: { code: 1, text: "create directory {path}", fields: [["path", "str"], ["mode", "mode"], ["existing", "bool"]] },
  makeCgroup: { code: 2, text: "create cgroup {path}", fields: [["path", "str"]] },
  writeFile: { code: 3, text: "write {texts} to {path}", fields: [["path", "template"], ["texts", "strs"], ["optional", "bool"]] },
  copyFile: { code: 4, text: "copy {source} to {target}", fields: [["source", "str"], ["target", "str"]] },
  openFifo: { code: 5, text: "open fifo {path}", fields: [["path", "str"], ["reader", "slot"], ["writer", "slot"]] },
  openNamespace: { code: 6, text: "open {kind} namespace {path}", fields: [["path", "str"], ["kind", "namespace"], ["slot", "slot"]] },
  openProcess: { code: 7, text: "open process {pid}", fields: [["pid", "u32"], ["startTime", "u64"], ["slot", "slot"]] },
  openDirectory: { code: 8, text: "open directory {path}", fields: [["path", "str"], ["magic", "fileSystem"], ["slot", "slot"]] },
  connectSocket: { code: 9, text: "connect to socket {path}", fields: [["path", "str"], ["slot", "slot"]] },
  openTree: { code: 10, text: "open source {path}", fields: [["path", "str"], ["recursive", "bool"], ["slot", "slot"]] },
  clone: { code: 11, text: "clone into {namespaces}", fields: [["namespaces", "namespaces"], ["cgroup", "slot"], ["ids", "bool"], ["preserve", "u32"], ["inherit", "slots"]] },
  runProgram: { code: 12, text: "run {argv}", fields: [["argv", "strs"]] },
  hook: { code: 13, text: "run {label}", fields: [["label", "str"], ["path", "str"], ["argv", "strs"], ["env", "strs"], ["directory", "str"], ["timeoutMs", "u32"], ["state", "template"], ["lenient", "bool"], ["home", "bool"]] },
  pass: { code: 14, text: "pass gate {gate}", fields: [["gate", "u32"]] },
  await: { code: 15, text: "wait at gate {gate}", fields: [["gate", "u32"]] },
  limit: { code: 16, text: "set resource limit {resource} to {soft}:{hard}", fields: [["resource", "resource"], ["soft", "u64"], ["hard", "u64"]] },
  removeCgroup: { code: 17, text: "remove cgroup {path}", fields: [["path", "str"]] },
  removeDirectory: { code: 18, text: "remove directory {path}", fields: [["path", "str"]] },
  removeTree: { code: 19, text: "remove {path}", fields: [["path", "str"]] },
  signalProcess: { code: 20, text: "send signal {signal} to process {pid}", fields: [["pid", "u32"], ["startTime", "u64"], ["signal", "u32"]] },
  awaitExit: { code: 21, text: "wait for the end of process {pid}", fields: [["pid", "u32"], ["startTime", "u64"], ["timeoutMs", "u32"]] },
  joinCgroup: { code: 22, text: "join cgroup {path}", fields: [["path", "str"]] },
  joinNamespace: { code: 23, text: "join {kind} namespace", fields: [["slot", "slot"], ["kind", "namespace"]] },
  joinProcess: { code: 24, text: "join {namespaces} of the container", fields: [["slot", "slot"], ["namespaces", "namespaces"]] },
  unshare: { code: 25, text: "unshare {namespaces}", fields: [["namespaces", "namespaces"], ["timeOffsets", "str"]] },
  fork: { code: 26, text: "fork", fields: [] },
  becomeRoot: { code: 27, text: "become root of the user namespace", fields: [["groups", "bool"]] },
  hideMemory: { code: 28, text: "hide from the container's processes", fields: [] },
  joinKeyring: { code: 29, text: "join session keyring {name}", fields: [["name", "str"]] },
  setPropagation: { code: 30, text: "make {path} {propagation}", fields: [["path", "str"], ["propagation", "propagation"]] },
  isolateParent: { code: 31, text: "make the mount above {path} private", fields: [["path", "str"]] },
  openRoot: { code: 32, text: "bind root {path}", fields: [["path", "str"]] },
  mount: { code: 33, text: "mount {fstype} on {target}", fields: [["fstype", "str"], ["source", "str"], ["options", "strs"], ["attributes", "attributes"], ["propagation", "propagation"], ["directory", "slot"], ["name", "str"], ["target", "str"], ["fresh", "bool"], ["guard", "guard"], ["inheritMode", "bool"], ["slot", "slot"], ["copyUp", "bool"], ["detached", "bool"]] },
  mountData: { code: 34, text: "mount {fstype} on {target}", fields: [["fstype", "str"], ["source", "str"], ["flags", "mountFlags"], ["data", "str"], ["propagation", "propagation"], ["target", "str"], ["guard", "guard"], ["inheritMode", "bool"]] },
  bind: { code: 35, text: "bind {source} on {target}", fields: [["source", "str"], ["tree", "slot"], ["directory", "slot"], ["name", "str"], ["target", "str"], ["fresh", "bool"], ["recursive", "bool"], ["set", "attributes"], ["clear", "attributes"], ["clearSoft", "attributes"], ["setAll", "attributes"], ["clearAll", "attributes"], ["propagation", "propagation"], ["guard", "guard"]] },
  changeMount: { code: 36, text: "change mount {target}", fields: [["target", "str"], ["slot", "slot"], ["recursive", "bool"], ["set", "attributes"], ["clear", "attributes"], ["propagation", "propagation"]] },
  unmount: { code: 240, text: "unmount {target}", fields: [["target", "str"], ["proc", "slot"]] },
  makeNode: { code: 37, text: "create device {path}", fields: [["path", "str"], ["directory", "slot"], ["name", "str"], ["kind", "node"], ["mode", "mode"], ["major", "u32"], ["minor", "u32"], ["uid", "u32"], ["gid", "u32"]] },
  makeLink: { code: 38, text: "link {path} to {target}", fields: [["path", "str"], ["directory", "slot"], ["name", "str"], ["target", "str"], ["replace", "bool"]] },
  makePath: { code: 39, text: "create directory {path} in the container", fields: [["path", "str"], ["mode", "mode"]] },
  pivot: { code: 40, text: "pivot into the root", fields: [["shared", "bool"]] },
  enterRoot: { code: 41, text: "change the root directory", fields: [["move", "bool"]] },
  maskPath: { code: 42, text: "mask {path}", fields: [["path", "str"], ["directory", "slot"], ["name", "str"]] },
  protectPath: { code: 43, text: "make {path} read-only", fields: [["path", "str"], ["directory", "slot"], ["name", "str"]] },
  setHostname: { code: 44, text: "set hostname {name}", fields: [["name", "str"]] },
  setDomainname: { code: 45, text: "set domainname {name}", fields: [["name", "str"]] },
  writeSysctl: { code: 46, text: "set sysctl {name}", fields: [["proc", "slot"], ["name", "str"], ["value", "str"]] },
  startSession: { code: 47, text: "start a session", fields: [] },
  openTerminal: { code: 48, text: "set up the terminal", fields: [["columns", "u32"], ["rows", "u32"], ["socket", "slot"], ["console", "bool"]] },
  ownStreams: { code: 49, text: "give the standard streams to user {uid}", fields: [["uid", "u32"]] },
  setUmask: { code: 50, text: "set umask {mask}", fields: [["mask", "mode"]] },
  setUser: { code: 51, text: "become user {uid}:{gid}", fields: [["uid", "u32"], ["gid", "u32"], ["groups", "u32s"], ["setGroups", "bool"]] },
  dropBounding: { code: 52, text: "drop capabilities from the bounding set", fields: [["keep", "capabilities"]] },
  setCapabilities: { code: 53, text: "set capabilities", fields: [["effective", "capabilities"], ["permitted", "capabilities"], ["inheritable", "capabilities"], ["ambient", "capabilities"]] },
  forbidPrivileges: { code: 54, text: "set no_new_privs", fields: [] },
  loadSeccomp: { code: 55, text: "load the seccomp filter", fields: [["program", "bytes"], ["flags", "u32"], ["listener", "slot"]] },
  changeDirectory: { code: 56, text: "chdir to cwd (\"{path}\")", fields: [["path", "str"], ["lenient", "bool"]] },
  findHome: { code: 57, text: "find the home directory of user {uid}", fields: [["uid", "u32"]] },
  findProgram: { code: 58, text: "exec: \"{name}\"", fields: [["name", "str"], ["candidates", "strs"]] },
  awaitStart: { code: 59, text: "wait for start", fields: [["reader", "slot"], ["writer", "slot"]] },
  execute: { code: 60, text: "exec {argv}", fields: [["argv", "strs"], ["env", "strs"]] },
  filterDevices: { code: 61, text: "filter the devices of the cgroup", fields: [["cgroup", "slot"], ["program", "bytes"]] },
  reopenNull: { code: 62, text: "reopen /dev/null", fields: [] },
  setExecLabel: { code: 63, text: "set label {label}", fields: [["proc", "slot"], ["files", "strs"], ["label", "str"]] },
  makeFifo: { code: 64, text: "create fifo {path}", fields: [["path", "str"], ["mode", "mode"]] },
  closeSlots: { code: 65, text: "close what leads out of the container", fields: [["keep", "slots"]] },
  sendPidfd: { code: 201, text: "send a pidfd", fields: [["socket", "slot"]] },
  writeEither: { code: 200, text: "write {texts} to {path}, or {otherTexts} to {other}", fields: [["path", "str"], ["texts", "strs"], ["other", "str"], ["otherTexts", "strs"]] },
  trace: { code: 270, text: "keep the times of steps in {path}", fields: [["path", "str"], ["slot", "slot"]] },
  joinTrace: { code: 271, text: "go on with the times of steps", fields: [["slot", "slot"]] },
  offerListener: { code: 220, text: "offer the seccomp listener", fields: [["listener", "slot"], ["gate", "u32"]] },
  takeListener: { code: 221, text: "take the seccomp listener", fields: [["slot", "slot"]] },
  sendDescriptor: { code: 222, text: "send {text}", fields: [["socket", "slot"], ["descriptor", "slot"], ["text", "template"]] },
  setScheduler: { code: 223, text: "set scheduler {policy}", fields: [["policy", "schedulerPolicy"], ["flags", "schedulerFlags"], ["nice", "u32"], ["priority", "u32"], ["runtime", "u64"], ["deadline", "u64"], ["period", "u64"]] },
  setIoPriority: { code: 224, text: "set I/O priority {class} {level}", fields: [["class", "ioClass"], ["level", "u32"]] },
  setAffinity: { code: 225, text: "run on CPUs {cpus}", fields: [["cpus", "str"], ["mask", "bytes"]] },
  setPersonality: { code: 226, text: "set personality {persona}", fields: [["persona", "u32"]] },
  setMemoryPolicy: { code: 227, text: "set memory policy {mode}", fields: [["mode", "memoryMode"], ["flags", "memoryFlags"], ["mask", "bytes"]] },
  makeUserNamespace: { code: 228, text: "make a user namespace for mapped mounts", fields: [["uidMap", "str"], ["gidMap", "str"], ["slot", "slot"]] },
  mapTree: { code: 229, text: "map the ids of {path}", fields: [["path", "str"], ["tree", "slot"], ["userNamespace", "slot"], ["recursive", "bool"]] },
  openTreesInside: { code: 230, text: "open sources {paths} as the container sees them", fields: [["paths", "strs"], ["recursive", "u32s"], ["slots", "slots"], ["pointers", "strs"]] },
  giveDescriptors: { code: 231, text: "hand over what was opened", fields: [["slots", "slots"], ["gate", "u32"]] },
  receiveDescriptors: { code: 232, text: "wait for what is opened outside", fields: [["slots", "slots"], ["gate", "u32"]] },
  uncoverSystem: { code: 233, text: "take away what moving the root would leave", fields: [] },
  moveNetDevice: { code: 234, text: "move network device {device} into the container as {name}", fields: [["device", "str"], ["name", "str"]] },
  bindNotify: { code: 235, text: "listen at {directory}/{name}", fields: [["directory", "str"], ["name", "str"], ["slot", "slot"]] },
  openContainer: { code: 236, text: "start the container", fields: [["fifo", "str"]] },
  forwardReady: { code: 237, text: "tell {supervisor} when it is ready", fields: [["slot", "slot"], ["supervisor", "str"], ["pid", "u32"], ["startTime", "u64"], ["sender", "u32"], ["main", "bool"]] },
  unmountBelow: { code: 238, text: "unmount what lies below {path}", fields: [["path", "str"], ["self", "bool"]] },
  setFileLabel: { code: 239, text: "label {target} {label}", fields: [["target", "str"], ["label", "str"]] },
  emptyCgroup: { code: 250, text: "empty cgroup {path}", fields: [["path", "str"]] },
  openWriter: { code: 251, text: "open {path} to write", fields: [["path", "str"], ["slot", "slot"]] },
  startCriu: { code: 252, text: "start criu", fields: [["request", "bytes"], ["directories", "strs"], ["descriptors", "slots"], ["cgroups", "strs"], ["root", "str"], ["mountpoint", "str"]] },
  awaitCriu: { code: 253, text: "wait until criu comes to {script}", fields: [["script", "str"]] },
  finishCriu: { code: 254, text: "criu", fields: [["restores", "bool"], ["console", "slot"], ["ready", "slot"], ["partial", "bool"]] },
  ownCgroup: { code: 255, text: "give cgroup {path} to user {uid}", fields: [["path", "str"], ["files", "strs"], ["uid", "u32"]] },
};

export interface SymbolTable {
  readonly wire: "u32" | "u64";
  /** Whether a field holds several, joined by or. */
  readonly list: boolean;
  /** Whether values are numbers of bits. */
  readonly bits: boolean;
  readonly values: Readonly<Record<string, number>>;
}

export const symbolTables: Readonly<Record<string, SymbolTable>> = {
  namespace: { wire: "u32", list: false, bits: false, values: {"pid":536870912,"network":1073741824,"mount":131072,"ipc":134217728,"uts":67108864,"user":268435456,"cgroup":33554432,"time":128} },
  namespaces: { wire: "u32", list: true, bits: false, values: {"pid":536870912,"network":1073741824,"mount":131072,"ipc":134217728,"uts":67108864,"user":268435456,"cgroup":33554432,"time":128} },
  propagation: { wire: "u32", list: false, bits: false, values: {"shared":1048576,"slave":524288,"private":262144,"unbindable":131072,"rshared":1064960,"rslave":540672,"rprivate":278528,"runbindable":147456} },
  attributes: { wire: "u64", list: true, bits: false, values: {"ro":1,"nosuid":2,"nodev":4,"noexec":8,"noatime":16,"strictatime":32,"atime":112,"nodiratime":128,"nosymfollow":2097152} },
  mountFlags: { wire: "u64", list: true, bits: false, values: {"ro":1,"nosuid":2,"nodev":4,"noexec":8,"sync":16,"remount":32,"mand":64,"dirsync":128,"nosymfollow":256,"noatime":1024,"nodiratime":2048,"silent":32768,"relatime":2097152,"iversion":8388608,"strictatime":16777216,"lazytime":33554432} },
  guard: { wire: "u32", list: false, bits: false, values: {"plain":1,"proc":2,"procfs":3} },
  node: { wire: "u32", list: false, bits: false, values: {"fifo":4096,"character":8192,"block":24576} },
  fileSystem: { wire: "u32", list: false, bits: false, values: {"proc":40864,"cgroup2":1667723888} },
  resource: { wire: "u32", list: false, bits: false, values: {"RLIMIT_CPU":0,"RLIMIT_FSIZE":1,"RLIMIT_DATA":2,"RLIMIT_STACK":3,"RLIMIT_CORE":4,"RLIMIT_RSS":5,"RLIMIT_NPROC":6,"RLIMIT_NOFILE":7,"RLIMIT_MEMLOCK":8,"RLIMIT_AS":9,"RLIMIT_LOCKS":10,"RLIMIT_SIGPENDING":11,"RLIMIT_MSGQUEUE":12,"RLIMIT_NICE":13,"RLIMIT_RTPRIO":14,"RLIMIT_RTTIME":15} },
  capabilities: { wire: "u64", list: true, bits: true, values: {"CAP_CHOWN":0,"CAP_DAC_OVERRIDE":1,"CAP_DAC_READ_SEARCH":2,"CAP_FOWNER":3,"CAP_FSETID":4,"CAP_KILL":5,"CAP_SETGID":6,"CAP_SETUID":7,"CAP_SETPCAP":8,"CAP_LINUX_IMMUTABLE":9,"CAP_NET_BIND_SERVICE":10,"CAP_NET_BROADCAST":11,"CAP_NET_ADMIN":12,"CAP_NET_RAW":13,"CAP_IPC_LOCK":14,"CAP_IPC_OWNER":15,"CAP_SYS_MODULE":16,"CAP_SYS_RAWIO":17,"CAP_SYS_CHROOT":18,"CAP_SYS_PTRACE":19,"CAP_SYS_PACCT":20,"CAP_SYS_ADMIN":21,"CAP_SYS_BOOT":22,"CAP_SYS_NICE":23,"CAP_SYS_RESOURCE":24,"CAP_SYS_TIME":25,"CAP_SYS_TTY_CONFIG":26,"CAP_MKNOD":27,"CAP_LEASE":28,"CAP_AUDIT_WRITE":29,"CAP_AUDIT_CONTROL":30,"CAP_SETFCAP":31,"CAP_MAC_OVERRIDE":32,"CAP_MAC_ADMIN":33,"CAP_SYSLOG":34,"CAP_WAKE_ALARM":35,"CAP_BLOCK_SUSPEND":36,"CAP_AUDIT_READ":37,"CAP_PERFMON":38,"CAP_BPF":39,"CAP_CHECKPOINT_RESTORE":40} },
  schedulerPolicy: { wire: "u32", list: false, bits: false, values: {"SCHED_OTHER":0,"SCHED_FIFO":1,"SCHED_RR":2,"SCHED_BATCH":3,"SCHED_IDLE":5,"SCHED_DEADLINE":6,"SCHED_EXT":7} },
  schedulerFlags: { wire: "u32", list: true, bits: false, values: {"SCHED_FLAG_RESET_ON_FORK":1,"SCHED_FLAG_RECLAIM":2,"SCHED_FLAG_DL_OVERRUN":4,"SCHED_FLAG_KEEP_POLICY":8,"SCHED_FLAG_KEEP_PARAMS":16,"SCHED_FLAG_UTIL_CLAMP_MIN":32,"SCHED_FLAG_UTIL_CLAMP_MAX":64} },
  ioClass: { wire: "u32", list: false, bits: false, values: {"IOPRIO_CLASS_NONE":0,"IOPRIO_CLASS_RT":1,"IOPRIO_CLASS_BE":2,"IOPRIO_CLASS_IDLE":3} },
  memoryMode: { wire: "u32", list: false, bits: false, values: {"MPOL_DEFAULT":0,"MPOL_PREFERRED":1,"MPOL_BIND":2,"MPOL_INTERLEAVE":3,"MPOL_LOCAL":4,"MPOL_PREFERRED_MANY":5,"MPOL_WEIGHTED_INTERLEAVE":6} },
  memoryFlags: { wire: "u32", list: true, bits: false, values: {"MPOL_F_STATIC_NODES":32768,"MPOL_F_RELATIVE_NODES":16384,"MPOL_F_NUMA_BALANCING":8192} },
};
