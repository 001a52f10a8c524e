import { eachElement, type Report, type RuleDocs } from "@ocikit/diagnostics";
import { advisory, manual } from "../clause.ts";
import type { Config, LinuxNamespaceType, Mount } from "../generated/types.ts";
import { isKernelBefore } from "../kernel-version.ts";
import { cleanPath, isBelow } from "../path.ts";
import { PathSet } from "../path-set.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";
import { isBind, isRemount, placedMounts } from "./mount-kind.ts";
import { overlayFaults } from "./overlay-options.ts";

/** Files of /proc that runc lets be mounted over; lxcfs gives them a container's own content. */
const emulated: ReadonlySet<string> = new Set(
  [
    "cpuinfo",
    "diskstats",
    "loadavg",
    "meminfo",
    "slabinfo",
    "stat",
    "swaps",
    "sys/crypto/fips_enabled",
    "sys/kernel/ns_last_pid",
    "uptime",
  ].map((file) => `/proc/${file}`),
);

/**
 * What single filesystems demand.
 *
 * Decisions:
 * - crun mounts anything over /proc, runc only procfs, a bind mount of one, and files that lxcfs gives. An
 *   error: what is read there decides what the runtime does (CVE-2019-16884).
 * - A devpts without newinstance shared the host's terminals before Linux 4.7: a warning for such a kernel,
 *   else an info.
 */
export const mountFilesystemRules: readonly ConfigRule[] = onLinux([
  {
    id: "mount/over-proc",
    severity: "error",
    spec: advisory("CVE-2019-16884"),
    check(config, report) {
      for (const { mount, at, to } of placedMounts(config)) {
        if (!isBelow(to, "/proc") || emulated.has(to) || isRemount(mount)) continue;
        if (to !== "/proc") {
          report(`${at}/destination`, "runc lets nothing be mounted here, in /proc");
        } else if (
          isBind(mount) ? !isBelow(cleanPath(mount.source ?? ""), "/proc") : mount.type !== "proc"
        ) {
          report(`${at}/destination`, "nothing but a procfs may be mounted on /proc");
        }
      }
    },
  },
  {
    id: "mount/over-sys",
    severity: "error",
    spec: advisory("CVE-2019-19921"),
    check(config, report) {
      const binds = new PathSet();
      for (const { mount, at, to } of placedMounts(config)) {
        if (isBind(mount)) {
          const from = cleanPath(mount.source ?? "");
          if (!["/sys", "/proc", "/dev"].some((top) => isBelow(from, top))) binds.add(to);
        } else if (mount.type === "sysfs" || mount.type === "cgroup" || mount.type === "proc") {
          const bind = binds.above(to);
          if (bind === undefined) continue;
          report(
            `${at}/destination`,
            `a symbolic link in the bind mount on ${bind} could lead this elsewhere`,
            { severity: "warning" },
          );
        }
      }
    },
  },
  {
    id: "mount/sysfs-netns",
    severity: "warning",
    spec: manual("network_namespaces(7)"),
    check(config, report) {
      withoutNamespace(config, report, "sysfs", "network");
    },
  },
  {
    id: "mount/proc-pidns",
    severity: "warning",
    spec: manual("pid_namespaces(7)"),
    check(config, report) {
      withoutNamespace(config, report, "proc", "pid");
    },
  },
  {
    id: "mount/devpts-newinstance",
    severity: "info",
    spec: "https://docs.kernel.org/filesystems/devpts.html",
    check(config, report, { kernel }) {
      eachOfType(config, "devpts", ({ options }, at) => {
        if (options?.includes("newinstance")) return;
        const old = kernel !== undefined && isKernelBefore(kernel, "4.7");
        const message = "before Linux 4.7 these are the host's terminals, without newinstance";
        report(
          `${at}/${options ? "options" : "type"}`,
          message,
          old ? { severity: "warning" } : {},
        );
      });
    },
  },
  {
    id: "mount/overlay-opts",
    severity: "warning",
    spec: "https://docs.kernel.org/filesystems/overlayfs.html",
    check(config, report) {
      eachOfType(config, "overlay", ({ options = [] }, at) => {
        for (const { index, message } of overlayFaults(options)) {
          report(index === undefined ? at : `${at}/options/${index}`, message);
        }
      });
    },
  },
]);

function eachOfType(
  { mounts }: Config,
  type: string,
  visit: (mount: Mount, pointer: string) => void,
): void {
  eachElement(mounts, "/mounts", (mount, at) => {
    if (mount.type === type && !isBind(mount)) visit(mount, at);
  });
}

/** In a user namespace, a filesystem that shows a namespace can be mounted by that one's owner only. */
function withoutNamespace(
  config: Config,
  report: Report,
  filesystem: string,
  namespace: LinuxNamespaceType,
): void {
  const has = (wanted: LinuxNamespaceType): boolean =>
    config.linux?.namespaces?.some(({ type }) => type === wanted) ?? false;
  if (!has("user") || has(namespace)) return;
  eachOfType(config, filesystem, (_, at) => {
    report(
      `${at}/type`,
      `in a user namespace ${filesystem} needs a ${namespace} namespace of its own; bind-mount the host's`,
    );
  });
}

export const mountFilesystemDocs: RuleDocs = {
  "mount/over-proc": {
    title: "nothing but procfs is mounted over /proc",
    explanation:
      "Runtimes set labels, limits and kernel parameters through /proc, and a filesystem in its place can " +
      "make them write elsewhere (CVE-2019-16884, CVE-2023-27561). runc therefore refuses anything on /proc " +
      "but procfs or a bind mount of one, and in it all but a few files, such as meminfo, that lxcfs " +
      "gives. crun accepts more.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/proc/sys", type: "tmpfs" }] } },
      good: {
        patch: {
          mounts: [
            {
              destination: "/proc/meminfo",
              source: "/var/lib/lxcfs/proc/meminfo",
              options: ["bind"],
            },
          ],
        },
      },
    },
  },
  "mount/over-sys": {
    title: "kernel filesystems are not mounted inside a volume",
    explanation:
      "procfs, sysfs and cgroups must be mounted on plain directories. Inside a bind mount of data that " +
      "others can change, a symbolic link may lead the mount elsewhere (CVE-2019-19921): a warning. When " +
      "the machine is looked at, and a link stands at the destination, it is an error, since runc refuses.",
    examples: {
      bad: {
        patch: {
          mounts: [
            { destination: "/sys", source: "/srv/sys", options: ["rbind"] },
            { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            { destination: "/sys", source: "/sys", options: ["rbind"] },
            { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" },
          ],
        },
      },
    },
  },
  "mount/sysfs-netns": {
    title: "sysfs in a user namespace has a network namespace",
    explanation:
      "sysfs shows a network namespace, and only who owns that may mount it. A container with a user " +
      "namespace in the host's network gets EPERM from runc; crun takes a bind mount instead. Bind-mount " +
      "/sys, as runc spec --rootless does.",
    examples: {
      bad: {
        patch: {
          mounts: [{ destination: "/sys", type: "sysfs", source: "sysfs" }],
          linux: { namespaces: [{ type: "mount" }, { type: "user" }] },
        },
      },
      good: {
        patch: {
          mounts: [{ destination: "/sys", source: "/sys", options: ["rbind", "ro"] }],
          linux: { namespaces: [{ type: "mount" }, { type: "user" }] },
        },
      },
    },
  },
  "mount/proc-pidns": {
    title: "procfs in a user namespace has a PID namespace",
    explanation:
      "procfs shows a PID namespace, and only who owns that may mount it. A container with a user namespace " +
      "and the host's processes gets EPERM. Bind-mount /proc, or give it a PID namespace.",
    examples: {
      bad: { patch: { linux: { namespaces: [{ type: "mount" }, { type: "user" }] } } },
      good: {
        patch: { linux: { namespaces: [{ type: "mount" }, { type: "user" }, { type: "pid" }] } },
      },
    },
  },
  "mount/devpts-newinstance": {
    title: "terminals of its own",
    explanation:
      "Since Linux 4.7 every mount of devpts has terminals of its own. Before, one without newinstance showed " +
      "those of the host, to read and write: a warning when the config is for such a kernel.",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/dev/pts", type: "devpts", options: ["noexec"] }] },
      },
      good: {
        patch: { mounts: [{ destination: "/dev/pts", type: "devpts", options: ["newinstance"] }] },
      },
    },
  },
  "mount/overlay-opts": {
    title: "an overlay has the directories it needs",
    explanation:
      "An overlay has at least a lowerdir; with an upperdir it needs a workdir on the same filesystem, and " +
      "neither in the other. Paths are absolute; a comma in one is written with a backslash, and so is a colon " +
      "in a lowerdir. All options together fit in a page, 4095 bytes, or mount(2) cuts them.",
    examples: {
      bad: {
        patch: {
          mounts: [
            {
              destination: "/data",
              type: "overlay",
              options: ["lowerdir=/srv/a", "upperdir=/srv/b"],
            },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            {
              destination: "/data",
              type: "overlay",
              options: ["lowerdir=/srv/a", "upperdir=/srv/b", "workdir=/srv/work"],
            },
          ],
        },
      },
    },
  },
};
