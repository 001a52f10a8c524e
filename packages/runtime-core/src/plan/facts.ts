/** A cgroup v1 hierarchy of the host. */
export interface CgroupHierarchy {
  /** Its controllers, or `name=systemd` and the like. */
  readonly names: readonly string[];
  readonly mountpoint: string;
  /** Where in it this process is. */
  readonly own: string;
}

/** The cgroup v2 hierarchy of the host: the only one, or beside those of v1. */
export interface UnifiedHierarchy {
  readonly mountpoint: string;
  readonly own: string;
  /** Controllers that its root offers. */
  readonly controllers: readonly string[];
}

export type CgroupFacts =
  | { readonly mode: "v2"; readonly unified: UnifiedHierarchy }
  | {
      readonly mode: "v1";
      readonly hierarchies: readonly CgroupHierarchy[];
      readonly unified?: UnifiedHierarchy;
    }
  | { readonly mode: "none" };

/** What planning needs to know of the machine: plain data, read once by `host/`. */
export interface HostFacts {
  readonly uid: number;
  readonly gid: number;
  /** The kernel's name of the architecture, as `uname -m` prints it. */
  readonly machine: string;
  /** Whether we lack the rights of root over the machine: another user, or a user namespace. */
  readonly rootless: boolean;
  readonly cgroup: CgroupFacts;
  /** Whether cgroups can be made for a container; if not, it stays in ours. */
  readonly manageCgroups: boolean;
  /** Whether the host has /proc/kcore. */
  readonly kcore: boolean;
}

/** Who gets a container's cgroup, and which files of it. */
export interface Delegation {
  readonly uid: number;
  readonly files: readonly string[];
}
