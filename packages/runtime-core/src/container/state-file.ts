import type { Hook, IdMapping } from "@ocikit/oci-spec";
import type { SharedAttributes } from "../plan/attributes.ts";
import type { SeccompListener } from "../plan/seccomp.ts";

/** What is ours alone in state.json. */
export interface OwnState extends SharedAttributes {
  readonly version: 1;
  /** `creating` from before the first process until it is set up. */
  readonly stage: "creating" | "created";
  readonly bundle: string;
  /** The file that was read in place of the bundle's config.json. */
  readonly configFile?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Every directory that is a cgroup of the container. */
  readonly cgroupDirectories: readonly string[];
  /** Directories made above them, outermost first; removed again once they are empty. */
  readonly cgroupAncestors: readonly string[];
  /** The unit of systemd that holds it, with that driver. */
  readonly unit?: string;
  readonly hooks: { readonly poststart?: readonly Hook[]; readonly poststop?: readonly Hook[] };
  /** Its groups in resctrl, and those that are removed with it, innermost first. */
  readonly rdt?: { readonly groups: readonly string[]; readonly remove: readonly string[] };
  /** The limits as they were given last, without rules for devices: JSON text, since its numbers may be too
   * large for JSON.parse. */
  readonly resources?: string;
  /** The label of new file systems. */
  readonly mountLabel?: string;
  /** Where mounts lie that were added to the running container, by their destinations where those lead
   * through symlinks. */
  readonly added?: Readonly<Record<string, string>>;
  /** What one more process has from the container's own: JSON text, since its times may be as large. */
  readonly inheritance?: string;
  /** The compiled filter, in the cache of the root directory. */
  readonly seccomp?: {
    readonly name: string;
    readonly flags: number;
    readonly listener?: SeccompListener;
  };
}

/**
 * `<root>/<id>/state.json`: the names are runc's, since other programs read its file for the process, the
 * cgroups and the namespaces.
 */
export interface StateFile {
  readonly id: string;
  /** 0 until there is one. */
  readonly init_process_pid: number;
  /** Clock ticks after boot. */
  readonly init_process_start: number;
  /** RFC 3339, with nanoseconds. */
  readonly created: string;
  readonly config: {
    readonly rootfs: string;
    readonly readonlyfs: boolean;
    readonly hostname: string;
    readonly namespaces: readonly { readonly type: string; readonly path: string }[];
    readonly cgroups: KeptCgroup;
    readonly uid_mappings: readonly KeptMapping[] | null;
    readonly gid_mappings: readonly KeptMapping[] | null;
    readonly no_new_privileges: boolean;
    readonly version: string;
    readonly labels: readonly string[];
    readonly rootless_euid: boolean;
  };
  readonly rootless: boolean;
  readonly cgroup_paths: Readonly<Record<string, string>>;
  readonly namespace_paths: Readonly<Record<string, string>>;
  readonly external_descriptors: readonly string[];
  readonly intel_rdt_path: string;
  readonly ocikit: OwnState;
}

interface KeptCgroup {
  readonly path: string;
  readonly rootless: boolean;
  readonly systemd?: boolean;
  readonly parent?: string;
  readonly scope_prefix?: string;
  readonly name?: string;
}

interface KeptMapping {
  readonly container_id: number;
  readonly host_id: number;
  readonly size: number;
}

/** Names of the namespaces in state.json, and of their files in /proc/PID/ns. */
export const namespaceNames = {
  mount: ["NEWNS", "mnt"],
  network: ["NEWNET", "net"],
  uts: ["NEWUTS", "uts"],
  ipc: ["NEWIPC", "ipc"],
  pid: ["NEWPID", "pid"],
  user: ["NEWUSER", "user"],
  cgroup: ["NEWCGROUP", "cgroup"],
  time: ["NEWTIME", "time"],
} as const;

export function keepMappings(
  mappings: readonly IdMapping[] | undefined,
): readonly KeptMapping[] | null {
  if (mappings === undefined || mappings.length === 0) return null;
  return mappings.map(({ containerID, hostID, size }) => ({
    container_id: containerID,
    host_id: hostID,
    size,
  }));
}

/** Nanoseconds since 1970 as RFC 3339, without the zeros at the end, as Go writes them. */
export function formatTime(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n;
  const fraction = (nanoseconds % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}
