import type { CgroupPlacement } from "../cgroup/placement.ts";
import type { Delegation } from "./facts.ts";
import type { RdtPlan } from "./intel-rdt.ts";
import type { SeccompFilter } from "./seccomp.ts";

export interface LaunchOptions {
  readonly id: string;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of the root file system, without symlinks. */
  readonly rootfs: string;
  readonly placement: CgroupPlacement;
  /** Directories above the container's cgroups that are not there yet, outermost first. */
  readonly missingCgroups?: readonly string[];
  /** The fifo at which the process waits for `start`; without one it goes on as soon as it is told. */
  readonly fifo?: string;
  /** Unix socket that receives the master of the terminal; without one it stays with the launcher. */
  readonly consoleSocket?: string;
  /** Unix socket that receives a pidfd of the process. */
  readonly pidfdSocket?: string;
  /** How many descriptors after the standard ones the program keeps. */
  readonly preserveFds?: number;
  /** Whether the root is changed by moving the mount, for roots on which pivot_root fails (ramfs). */
  readonly noPivot?: boolean;
  readonly noNewKeyring?: boolean;
  /** Directories of the runtime that the container's mounts need. */
  readonly ownDirectories?: readonly string[];
  /** The container's places in resctrl. */
  readonly rdt?: RdtPlan;
  /** Whom the cgroup is given to, and which files of it. */
  readonly delegation?: Delegation;
  /** The compiled seccomp profile of the config. */
  readonly seccomp?: SeccompFilter;
}
