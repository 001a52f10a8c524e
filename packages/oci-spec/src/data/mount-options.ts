/**
 * Options of which one undoes the other, so that the last counts: those of a mount, and those beginning
 * with r for it and all below it (`mount_setattr(2)`).
 */
export const opposites: readonly (readonly string[])[] = [
  ["ro", "rw"],
  ["nosuid", "suid"],
  ["nodev", "dev"],
  ["noexec", "exec"],
  ["sync", "async"],
  ["mand", "nomand"],
  ["noatime", "atime"],
  ["nodiratime", "diratime"],
  ["relatime", "norelatime"],
  ["strictatime", "nostrictatime"],
  ["iversion", "noiversion"],
  ["lazytime", "nolazytime"],
  ["silent", "loud"],
  ["nosymfollow", "symfollow"],
  ["rro", "rrw"],
  ["rnosuid", "rsuid"],
  ["rnodev", "rdev"],
  ["rnoexec", "rexec"],
  ["rsync", "rasync"],
  ["rmand", "rnomand"],
  ["rnoatime", "ratime"],
  ["rnodiratime", "rdiratime"],
  ["rrelatime", "rnorelatime"],
  ["rstrictatime", "rnostrictatime"],
  ["rnosymfollow", "rsymfollow"],
];

/** How mounts of one place are seen in others (`mount_namespaces(7)`). */
export const propagations: readonly string[] =
  "private shared slave unbindable rprivate rshared rslave runbindable".split(" ");

/** Every option that some runtime handles itself; all others it hands to the filesystem. */
export const runtimeOptions: ReadonlySet<string> = new Set([
  ...opposites.flat(),
  ...propagations,
  ..."bind rbind remount defaults dirsync rdirsync idmap ridmap tmpcopyup".split(" "),
  ..."copy-symlink src-nofollow dest-nofollow".split(" "),
]);

/** Options by the runtimes that do not know them, and hand them to the filesystem, which fails. */
export const unportable: ReadonlyMap<string, string> = new Map(
  Object.entries({
    runsc:
      "rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnoatime ratime rnodiratime rdiratime rrelatime rnorelatime rstrictatime rnostrictatime",
    crun: "iversion noiversion lazytime nolazytime silent loud",
    "crun and runsc": "rnosymfollow rsymfollow",
    "youki and runsc": "tmpcopyup idmap",
    "crun, youki and runsc": "nosymfollow symfollow ridmap",
    "runc, youki and runsc":
      "rsync rasync rdirsync rmand rnomand copy-symlink src-nofollow dest-nofollow",
  }).flatMap(([runtimes, options]) =>
    options.split(" ").map((option) => [option, runtimes] as const),
  ),
);

const selinux = "context fscontext defcontext rootcontext seclabel";

/** What the filesystems that containers mount understand themselves: names before any `=`. */
export const filesystemOptions: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    bpf: "mode uid gid delegate_cmds delegate_maps delegate_progs delegate_attachs",
    cgroup:
      "all none name xattr clone_children cpuset_v2_mode noprefix release_agent favordynmods nofavordynmods blkio cpu cpuacct cpuset debug devices freezer hugetlb memory misc net_cls net_prio perf_event pids rdma",
    cgroup2:
      "nsdelegate favordynmods nofavordynmods memory_localevents memory_recursiveprot memory_hugetlb_accounting pids_localevents",
    devpts: "uid gid mode ptmxmode newinstance max",
    hugetlbfs: "uid gid mode size min_size nr_inodes pagesize",
    mqueue: "",
    overlay:
      "lowerdir lowerdir+ datadir+ upperdir workdir default_permissions redirect_dir index uuid nfs_export userxattr xino metacopy verity volatile override_creds nooverride_creds",
    proc: "hidepid gid subset pidns",
    ramfs: "mode",
    sysfs: "",
    tmpfs:
      "size nr_blocks nr_inodes mode uid gid huge mpol inode32 inode64 noswap casefold strict_encoding quota usrquota grpquota usrquota_block_hardlimit usrquota_inode_hardlimit grpquota_block_hardlimit grpquota_inode_hardlimit",
  }).map(([type, options]) => [type, `${options} ${selinux}`.trim().split(" ")]),
);
