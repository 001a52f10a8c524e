import { didYouMean, type RuleDocs } from "@ocikit/diagnostics";
import { advisory, clause } from "../clause.ts";
import { type FileTree, readText } from "../host.ts";
import { PathSet } from "../path-set.ts";
import { isBind, isRemount, placedMounts } from "../rules/mount-kind.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

const spec: string = clause("config.md#posix-platform-mounts");

/** Links that distributions have, from places that moved. */
const usualLinks: ReadonlySet<string> = new Set([
  "/bin",
  "/lib",
  "/lib64",
  "/sbin",
  "/var/lock",
  "/var/run",
]);

/**
 * Mounts as the machine and the root filesystem let them be made.
 *
 * Decision: a destination behind a symbolic link of the image is mounted where the link leads, inside the
 * root. A warning, since the image decides then; an info for the links that distributions have.
 */
export const mountHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "mount/dest-symlink",
      severity: "warning",
      spec: advisory("CVE-2021-30465"),
      host: true,
      async check(config, report, _, { rootfs }) {
        if (!rootfs) return;
        const earlier = new PathSet();
        for (const { at, to } of placedMounts(config)) {
          const link = await firstLink(rootfs, to, earlier);
          earlier.add(to);
          if (!link) continue;
          const message = `${link.path} is a symbolic link of the root filesystem, to ${link.target}`;
          const usual = usualLinks.has(link.path);
          report(`${at}/destination`, message, usual ? { severity: "info" } : {});
        }
      },
    },
    {
      id: "mount/over-sys",
      severity: "error",
      spec: advisory("CVE-2019-19921"),
      host: true,
      async check(config, report, _, { rootfs }) {
        if (!rootfs) return;
        const earlier = new PathSet();
        for (const { mount, at, to } of placedMounts(config)) {
          const isCovered = earlier.above(to) !== undefined;
          earlier.add(to);
          const ofKernel = mount.type === "proc" || mount.type === "sysfs";
          if (isCovered || (!ofKernel && mount.type !== "cgroup") || isBind(mount)) continue;
          const found = await rootfs.look(to, { follow: false });
          if (typeof found === "string" || found.type === "directory") continue;
          report(
            `${at}/destination`,
            `${to} is a ${found.type} in the root filesystem; it must be a directory`,
            ofKernel ? {} : { severity: "warning" },
          );
        }
      },
    },
    {
      id: "mount/bind-source",
      severity: "error",
      spec: clause("config.md#mounts"),
      host: true,
      async check(config, report, _, { files }) {
        for (const { mount, at } of placedMounts(config)) {
          if (!mount.source || !isBind(mount) || isRemount(mount)) continue;
          if ((await files.look(mount.source)) !== "missing") continue;
          report(`${at}/source`, `nothing stands at ${JSON.stringify(mount.source)}`);
        }
      },
    },
    {
      id: "mount/type-known",
      severity: "warning",
      spec,
      host: true,
      async check(config, report, _, { files }) {
        const listed = await readText(files, "/proc/filesystems");
        if (listed === undefined) return;
        const known = listed.split("\n").map((line) => line.replace(/^.*\t/, ""));
        for (const { mount, at } of placedMounts(config)) {
          const { type } = mount;
          // What runtimes mount for "cgroup" depends on the machine.
          if (!type || type === "cgroup" || isBind(mount) || isRemount(mount)) continue;
          // A filesystem in user space may be called fuse.name.
          if (known.includes(type) || known.includes(type.replace(/\..*$/s, ""))) continue;
          const shown = JSON.stringify(type);
          report(
            `${at}/type`,
            `this kernel has no filesystem ${shown} now${didYouMean(type, known)}`,
          );
        }
      },
    },
    {
      id: "mount/cgroup-v2-on-v1",
      severity: "warning",
      spec: advisory("CVE-2023-25809"),
      host: true,
      async check(config, report, { cgroup, rootless }, { files }) {
        const found = await files.look("/sys/fs/cgroup/cgroup.controllers");
        const version = cgroup ?? (found === "missing" ? "v1" : "v2");
        const own = config.linux?.namespaces?.some(({ type }) => type === "cgroup");
        for (const { mount, at } of placedMounts(config)) {
          if (isBind(mount)) continue;
          if (mount.type === "cgroup2" && version === "v1") {
            report(`${at}/type`, "this machine has cgroup v1; write cgroup, which is either");
          } else if (mount.type === "cgroup" && !own && !mount.options?.includes("ro")) {
            report(
              at,
              "without a cgroup namespace the container can write to the host's cgroups",
              rootless ? {} : { severity: "info" },
            );
          }
        }
      },
    },
  ],
);

/** The first symbolic link on a path, as far as the path is in the root filesystem. */
async function firstLink(
  rootfs: FileTree,
  path: string,
  earlier: PathSet,
): Promise<{ readonly path: string; readonly target: string } | undefined> {
  let at = "";
  for (const part of path.split("/").slice(1)) {
    at += `/${part}`;
    if (earlier.above(at) !== undefined) return undefined;
    const found = await rootfs.look(at, { follow: false });
    if (typeof found === "string") return undefined;
    if (found.target !== undefined) return { path: at, target: found.target };
  }
  return undefined;
}

export const mountHostDocs: RuleDocs = {
  "mount/dest-symlink": {
    title: "the destination of a mount is where it says",
    explanation:
      "A symbolic link in the image leads the mount elsewhere, always inside the root filesystem, but over " +
      "other files than the config says. Runtimes have been tricked with links that change meanwhile " +
      "(CVE-2021-30465). Write the path that the link leads to. For links that distributions have, such as " +
      "/var/run, it is an info.",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/data", type: "tmpfs" }] },
        host: { rootfs: { "/data": { target: "etc" }, "/etc/passwd": "" } },
      },
      good: {
        patch: { mounts: [{ destination: "/data", type: "tmpfs" }] },
        host: { rootfs: { "/data/file": "" } },
      },
    },
  },
  "mount/type-known": {
    title: "the kernel has the filesystem",
    explanation:
      "A filesystem that is not in /proc/filesystems cannot be mounted, unless the kernel finds a module for " +
      "it when asked.",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/tmp", type: "tmpsf" }] },
        host: { files: { "/proc/filesystems": "nodev\ttmpfs\n\text4\n" } },
      },
      good: {
        patch: { mounts: [{ destination: "/tmp", type: "tmpfs" }] },
        host: { files: { "/proc/filesystems": "nodev\ttmpfs\n\text4\n" } },
      },
    },
  },
  "mount/cgroup-v2-on-v1": {
    title: "the cgroup mount fits the machine",
    explanation:
      "The type cgroup2 can be mounted only where the machine has cgroup v2; for cgroup runtimes take what " +
      "there is. A writable cgroup mount without a cgroup namespace shows the host's cgroups: an info, since " +
      "privileged containers are made so, and a warning for users without privileges (CVE-2023-25809).",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/sys/fs/cgroup", type: "cgroup2" }] },
        host: { files: { "/sys/fs/cgroup/memory/tasks": "" } },
      },
      good: {
        patch: { mounts: [{ destination: "/sys/fs/cgroup", type: "cgroup2" }] },
        host: { files: { "/sys/fs/cgroup/cgroup.controllers": "cpu memory\n" } },
      },
    },
  },
};
