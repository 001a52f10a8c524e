import type { Support } from "./support.ts";
import type { RuntimeName } from "./target.ts";

/** Something a config can use, and by whom it is not taken as the specification says. */
export interface ConfigUse extends Partial<Readonly<Record<RuntimeName | "kernel", Support>>> {
  /** Where a config uses it, as {@link usePath} reads it. */
  readonly path: string;
  /** How it is called in a message, where its path does not say it well. */
  readonly name?: string;
  /** What happens instead. */
  readonly why?: string;
}

const recursive =
  "rro|rrw|rnosuid|rsuid|rnodev|rdev|rnoexec|rexec|rnoatime|ratime|rnodiratime|rdiratime|rrelatime|rnorelatime|rstrictatime|rnostrictatime";

/**
 * What of a config some runtime or kernel refuses, ignores or takes otherwise. Where nothing is said, it is
 * taken. Versions of runc, crun and youki are those of their change logs, held to their sources: runc 1.1.0 to
 * 1.5.1, crun up to 1.29, youki up to 0.7.0; of runsc the newest is known. Versions of the kernel are
 * those of its manual pages.
 */
export const configUses: readonly ConfigUse[] = [
  // The process.
  { path: "/domainname", runc: "ignored <1.2", crun: "ignored <1.7" },
  { path: "/process/scheduler", runc: "ignored <1.2", crun: "ignored <1.8.5", runsc: "ignored" },
  { path: "/process/scheduler/policy=SCHED_DEADLINE", kernel: "refused <3.14" },
  { path: "/process/scheduler/flags/*=SCHED_FLAG_RECLAIM", kernel: "refused <4.13" },
  { path: "/process/scheduler/flags/*=SCHED_FLAG_DL_OVERRUN", kernel: "refused <4.16" },
  {
    path: "/process/scheduler/flags/*=SCHED_FLAG_KEEP_*|SCHED_FLAG_UTIL_*",
    kernel: "refused <5.3",
  },
  { path: "/process/ioPriority", runc: "ignored <1.2", crun: "ignored <1.8.6", runsc: "ignored" },
  {
    path: "/process/execCPUAffinity",
    runc: "ignored <1.3",
    crun: "ignored <1.19",
    youki: "ignored <0.5.4",
    runsc: "ignored",
  },
  { path: "/process/consoleSize", youki: "ignored", runsc: "ignored" },
  { path: "/process/apparmorProfile", runsc: "ignored" },
  { path: "/process/selinuxLabel", youki: "ignored", runsc: "refused" },
  { path: "/process/capabilities/ambient", runsc: "ignored" },
  {
    path: "/process/noNewPrivileges=false",
    runsc: "different",
    why: "every process runs as if it were true",
  },
  { path: "/process/capabilities/*/*=CAP_AUDIT_READ", kernel: "ignored <3.16" },
  { path: "/process/capabilities/*/*=CAP_PERFMON|CAP_BPF", kernel: "ignored <5.8" },
  { path: "/process/capabilities/*/*=CAP_CHECKPOINT_RESTORE", kernel: "ignored <5.9" },
  { path: "/linux/personality", runc: "ignored <1.2", youki: "ignored <0.5.6", runsc: "ignored" },
  { path: "/linux/personality/flags", runc: "ignored", crun: "ignored", youki: "refused" },
  {
    path: "/linux/memoryPolicy",
    runc: "ignored <1.4",
    crun: "ignored <1.24",
    youki: "ignored <0.6",
    runsc: "ignored",
  },
  { path: "/linux/memoryPolicy/mode=MPOL_LOCAL", kernel: "refused <3.8" },
  { path: "/linux/memoryPolicy/mode=MPOL_PREFERRED_MANY", kernel: "refused <5.15" },
  { path: "/linux/memoryPolicy/mode=MPOL_WEIGHTED_INTERLEAVE", kernel: "refused <6.9" },
  { path: "/linux/memoryPolicy/flags/*=MPOL_F_NUMA_BALANCING", kernel: "refused <5.12" },

  // Mounts.
  {
    path: "/mounts/*/uidMappings",
    name: "an ID mapping of a mount",
    runc: "ignored <1.2",
    crun: "ignored <1.9",
    youki: "ignored",
    runsc: "ignored",
    kernel: "refused <5.12",
  },
  {
    path: "/mounts/*/options/*=idmap",
    runc: "ignored <1.2",
    crun: "ignored <1.4",
    youki: "refused",
    runsc: "refused",
    kernel: "refused <5.12",
  },
  {
    path: "/mounts/*/options/*=ridmap",
    runc: "ignored <1.2",
    crun: "ignored <1.9",
    youki: "refused",
    runsc: "refused",
    kernel: "refused <5.12",
  },
  { path: `/mounts/*/options/*=${recursive}`, crun: "ignored <1.4", kernel: "refused <5.12" },
  { path: `/mounts/*[bind]/options/*=${recursive}`, runsc: "refused" },
  { path: "/mounts/*/options/*=rsymfollow|rnosymfollow", kernel: "refused <5.14" },
  { path: "/mounts/*/options/*=nosymfollow|symfollow", kernel: "refused <5.10" },
  { path: "/mounts/*[bind]/options/*=nosymfollow|symfollow", youki: "ignored" },
  { path: "/mounts/*[fs]/options/*=nosymfollow|symfollow", youki: "refused" },
  {
    path: "/mounts/*[bind]/options/*=rsymfollow|rnosymfollow|nosymfollow|symfollow",
    crun: "ignored",
    runsc: "refused",
  },
  {
    path: "/mounts/*[fs]/options/*=rsymfollow|rnosymfollow|nosymfollow|symfollow",
    crun: "refused",
  },
  {
    path: "/mounts/*[bind]/options/*=copy-symlink|src-nofollow|dest-nofollow",
    runc: "ignored <1.2, refused >=1.2",
    crun: "ignored <1.22",
    runsc: "refused",
  },
  { path: "/mounts/*[type=tmpfs]/options/*=tmpcopyup", youki: "refused", runsc: "ignored" },
  { path: "/mounts/*[bind]/options/*=shared|rshared", runsc: "refused" },
  { path: "/mounts/*/options/*=mand", kernel: "ignored >=5.15" },
  { path: "/mounts/*[type=cgroup2]", name: "the type cgroup2", kernel: "refused <4.5" },
  { path: "/mounts/*[type=proc]/options/*=subset=*", kernel: "refused <5.8" },
  { path: "/mounts/*[type=proc]/options/*=hidepid=ptraceable|hidepid=4", kernel: "refused <5.8" },
  { path: "/mounts/*[type=tmpfs]/options/*=noswap", kernel: "refused <6.4" },
  { path: "/mounts/*[type=tmpfs]/options/*=quota|usrquota*|grpquota*", kernel: "refused <6.6" },
  { path: "/mounts/*[type=tmpfs]/options/*=inode32|inode64", kernel: "refused <5.9" },
  { path: "/mounts/*[type=tmpfs]/options/*=casefold*|strict_encoding", kernel: "refused <6.13" },
  { path: "/mounts/*[type=overlay]/options/*=metacopy=*", kernel: "refused <4.19" },
  { path: "/mounts/*[type=overlay]/options/*=volatile", kernel: "refused <5.10" },
  { path: "/mounts/*[type=overlay]/options/*=userxattr", kernel: "refused <5.11" },
  { path: "/mounts/*[type=overlay]/options/*=verity=*", kernel: "refused <6.6" },
  { path: "/mounts/*[type=overlay]/options/*=lowerdir+=*|datadir+=*", kernel: "refused <6.7" },
  {
    path: "/mounts/*[destination=/proc/net/dev]",
    name: "a mount on /proc/net/dev",
    runc: "refused >=1.4",
  },

  // Namespaces.
  {
    path: "/linux/namespaces/*/type=time",
    runc: "refused <1.2",
    crun: "refused <1.8.4",
    youki: "refused <0.7",
    runsc: "ignored",
    kernel: "refused <5.6",
  },
  { path: "/linux/namespaces/*/type=cgroup", kernel: "refused <4.6" },
  { path: "/linux/timeOffsets", runc: "ignored <1.2", crun: "ignored <1.8.4", runsc: "ignored" },
  {
    path: "/linux/netDevices",
    runc: "ignored <1.4",
    crun: "ignored <1.22",
    youki: "ignored <0.6",
    runsc: "ignored",
  },
  {
    path: "/linux/rootfsPropagation=shared|unbindable",
    runc: "different <1.4",
    why: "the mount was left private",
  },
  {
    path: "/linux/rootfsPropagation=shared|rshared|unbindable|runbindable",
    runsc: "refused",
  },
  { path: "/linux/sysctl/user.*", runc: "refused <1.4", crun: "refused" },
  { path: "/linux/mountLabel", runsc: "ignored" },

  // Resources.
  { path: "/linux/resources/devices", runsc: "ignored" },
  {
    path: "/linux/resources/cpu/burst",
    runc: "ignored <1.2",
    crun: "ignored <1.11",
    kernel: "refused <5.14",
  },
  {
    path: "/linux/resources/cpu/idle",
    runc: "ignored <1.2",
    crun: "ignored <1.5",
    kernel: "refused <5.15",
  },
  {
    path: "/linux/resources/memory/checkBeforeUpdate",
    runc: "ignored <1.2",
    crun: "ignored <1.7",
    youki: "ignored",
    runsc: "ignored",
  },
  { path: "/linux/resources/memory/kernel", runc: "ignored" },
  { path: "/linux/resources/memory/kernelTCP", runc: "ignored" },
  { path: "/linux/resources/memory/useHierarchy", runc: "ignored" },
  { path: "/linux/resources/rdma", crun: "ignored", youki: "ignored", kernel: "refused <4.11" },
  {
    path: "/linux/resources/pids/limit=0",
    runc: "different <1.4",
    why: "0 meant no limit, where it is one now",
  },
  { path: "/linux/resources/unified/cpu.idle", kernel: "refused <5.15" },
  { path: "/linux/resources/unified/cpu.max.burst", kernel: "refused <5.14" },
  { path: "/linux/resources/unified/cpu.uclamp.*", kernel: "refused <5.4" },
  { path: "/linux/resources/unified/cpuset.*", kernel: "refused <5.0" },
  { path: "/linux/resources/unified/cpuset.cpus.exclusive", kernel: "refused <6.7" },
  { path: "/linux/resources/unified/dmem.*", kernel: "refused <6.14" },
  { path: "/linux/resources/unified/hugetlb.*", kernel: "refused <5.6" },
  { path: "/linux/resources/unified/memory.min", kernel: "refused <4.18" },
  { path: "/linux/resources/unified/memory.oom.group", kernel: "refused <4.19" },
  { path: "/linux/resources/unified/memory.swap.high", kernel: "refused <5.8" },
  { path: "/linux/resources/unified/memory.zswap.max", kernel: "refused <5.19" },
  { path: "/linux/resources/unified/memory.zswap.writeback", kernel: "refused <6.8" },
  { path: "/linux/resources/unified/misc.*", kernel: "refused <5.13" },
  { path: "/linux/resources/unified/rdma.*", kernel: "refused <4.11" },
  { path: "/linux/intelRdt", crun: "ignored <1.10", runsc: "ignored" },
  {
    path: "/linux/intelRdt/schemata",
    runc: "ignored <1.4",
    crun: "ignored <1.22",
    youki: "ignored <0.7",
  },
  {
    path: "/linux/intelRdt/enableMonitoring",
    runc: "ignored <1.4",
    crun: "ignored <1.24",
    youki: "ignored <0.7",
  },

  // seccomp.
  {
    path: "/linux/seccomp",
    runsc: "ignored",
    why: "its own kernel stands between the process and the machine's",
  },
  { path: "/linux/seccomp/flags", runc: "refused <1.2" },
  { path: "/linux/seccomp/flags/*=SECCOMP_FILTER_FLAG_LOG", kernel: "refused <4.14" },
  { path: "/linux/seccomp/flags/*=SECCOMP_FILTER_FLAG_SPEC_ALLOW", kernel: "refused <4.17" },
  {
    path: "/linux/seccomp/flags/*=SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    runc: "refused <1.5",
    crun: "refused <1.6",
    youki: "refused <0.6",
    kernel: "refused <5.19",
  },
  {
    path: "/linux/seccomp/syscalls/*/action=SCMP_ACT_KILL_PROCESS|SCMP_ACT_LOG",
    kernel: "refused <4.14",
  },
  {
    path: "/linux/seccomp/defaultAction=SCMP_ACT_KILL_PROCESS|SCMP_ACT_LOG",
    kernel: "refused <4.14",
  },
  { path: "/linux/seccomp/syscalls/*/action=SCMP_ACT_NOTIFY", kernel: "refused <5.0" },

  // Hooks, annotations, and what is for other systems.
  {
    path: "/hooks/poststart",
    runc: "different",
    why: "these hooks run when the container is created, before it is started",
  },
  { path: "/annotations/run.oci.*", runc: "ignored", youki: "ignored", runsc: "ignored" },
  {
    path: "/annotations/org.criu.config",
    crun: "ignored <1.26",
    youki: "ignored",
    runsc: "ignored",
  },
  { path: "/windows", runc: "ignored", crun: "ignored", youki: "ignored", runsc: "refused" },
  { path: "/solaris", runc: "ignored", crun: "ignored", youki: "ignored", runsc: "refused" },
  { path: "/freebsd", runc: "ignored", crun: "ignored", youki: "ignored", runsc: "ignored" },
  { path: "/zos", runc: "ignored", crun: "ignored", youki: "ignored", runsc: "ignored" },
  { path: "/vm", runc: "ignored", crun: "ignored", youki: "ignored", runsc: "ignored" },
];
