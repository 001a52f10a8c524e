import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { isBelow } from "../path.ts";
import { type ConfigRule, onLinux, onPlatforms, posix } from "./config-rule.ts";
import { isBind, isRemount, type PlacedMount, placedMounts } from "./mount-kind.ts";

const spec: string = clause("config.md#mounts");
const defaultPlaces = ["/proc", "/sys", "/dev/pts", "/dev/shm"];

/**
 * Where mounts go, and in which order.
 *
 * Decisions:
 * - A relative destination the text allows for old configs on Linux, to be read from /: a warning with a
 *   fix. Elsewhere it must be absolute.
 * - crun mounts over the root filesystem when told to; runc refuses it, and what the config says of root is
 *   then void: an error.
 * - The default filesystems "should be available". Without /proc most programs fail: a warning. Containers
 *   that share the host's memory segments or have no terminal do without the others: an info.
 * - Two mounts on one place: where the later one is a bind mount of a default filesystem, as the /dev/shm
 *   that containerd's pods share, which it writes behind the default one, an info.
 */
export const mountRules: readonly ConfigRule[] = [
  {
    id: "mount/dest-required",
    severity: "error",
    spec,
    claims: ["Mount.destination required"],
  },
  {
    id: "mount/dest-absolute",
    severity: "warning",
    spec,
    check({ mounts }, report, { platform }) {
      const absolute = platform === "windows" ? /^(?:[a-z]:)?[\\/]/i : /^\//;
      eachElement(mounts, "/mounts", ({ destination }, at) => {
        if (absolute.test(destination)) return;
        const message = "the destination should be an absolute path";
        if (platform !== "linux") report(`${at}/destination`, message, { severity: "error" });
        else if (destination !== "") {
          const value = `/${destination}`;
          const patch = [{ op: "replace" as const, path: `${at}/destination`, value }];
          report(`${at}/destination`, message, { fix: { title: `write ${value}`, patch } });
        }
      });
    },
  },
  ...onPlatforms(posix, [
    {
      id: "mount/dest-nul",
      severity: "error",
      spec: manual("mount(2)"),
      check({ mounts }, report) {
        eachElement(mounts, "/mounts", (mount, at) => {
          for (const member of ["destination", "source", "type"] as const) {
            if (!mount[member]?.includes("\0")) continue;
            report(`${at}/${member}`, "a NUL character would end the text here");
          }
        });
      },
    },
    {
      id: "mount/dest-root",
      severity: "error",
      spec,
      check(config, report) {
        for (const { to, mount, at } of placedMounts(config)) {
          if (to !== "/" || isRemount(mount)) continue;
          const shown = JSON.stringify(mount.destination);
          report(`${at}/destination`, `${shown} is the root, which root.path mounts already`);
        }
      },
    },
    {
      id: "mount/dest-duplicate",
      severity: "warning",
      spec,
      check(config, report) {
        const seen = new Map<string, number>();
        for (const { to, mount, at, index } of placedMounts(config)) {
          const before = seen.get(to);
          if (before === undefined) seen.set(to, index);
          else if (!isRemount(mount)) {
            const replaces = defaultPlaces.includes(to) && isBind(mount);
            const message = `this hides /mounts/${before}, which is mounted here too`;
            report(`${at}/destination`, message, replaces ? { severity: "info" } : {});
          }
        }
      },
    },
    {
      id: "mount/dest-order",
      severity: "warning",
      spec,
      check(config, report) {
        for (const { at, by } of hiddenMounts(placedMounts(config))) {
          report(
            `${at}/destination`,
            `the later mount on ${by.to} hides this; move it behind ${by.at}`,
          );
        }
      },
    },
  ]),
  ...onLinux([
    {
      id: "mount/type-missing",
      severity: "error",
      spec: clause("config.md#posix-platform-mounts"),
      check({ mounts }, report) {
        eachElement(mounts, "/mounts", (mount, at) => {
          const { type = "" } = mount;
          if (isBind(mount) || isRemount(mount)) return;
          if (type === "") {
            report(at, '"type" is missing, and the options have neither bind nor rbind');
          } else if (type === "bind" || type === "none") {
            report(
              `${at}/type`,
              `${type} is no filesystem; a bind mount has the option bind or rbind`,
            );
          }
        });
      },
    },
    {
      id: "mount/default-fs",
      severity: "warning",
      spec: clause("config-linux.md#default-filesystems"),
      check(config, report) {
        if (config.root?.path === "/") return;
        const placed = placedMounts(config);
        const missing = defaultPlaces.filter((place) => !isAvailable(place, placed));
        if (missing.length === 0) return;
        report(
          config.mounts ? "/mounts" : "",
          `programs expect mounts on ${missing.join(", ")}`,
          missing.includes("/proc") ? {} : { severity: "info" },
        );
      },
    },
  ]),
];

/** Mounted there, or part of a directory of the host that comes with all that is mounted below it. */
function isAvailable(place: string, placed: readonly PlacedMount[]): boolean {
  return placed.some(
    ({ to, mount }) =>
      to === place || (isBelow(place, to) && (mount.options?.includes("rbind") ?? false)),
  );
}

/**
 * Mounts that a later one above them hides. Sorted so that what is below a path follows it, a stack of
 * paths shows what is above each; that stays quick however many mounts there are.
 */
function hiddenMounts(placed: readonly PlacedMount[]): { at: string; by: PlacedMount }[] {
  const sorted = placed
    .filter(({ mount }) => !isRemount(mount))
    .map((entry) => ({ entry, key: entry.to.replaceAll("/", "\0") }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const above: { to: string; last: PlacedMount }[] = [];
  const hidden: { at: string; by: PlacedMount }[] = [];
  for (const { entry } of sorted) {
    while (above.length > 0 && !isBelow(entry.to, above.at(-1)?.to ?? "")) above.pop();
    const later = above.at(-1)?.last;
    const isHidden = later !== undefined && later.index > entry.index;
    if (isHidden) hidden.push({ at: entry.at, by: later });
    above.push({ to: entry.to, last: isHidden ? later : entry });
  }
  return hidden;
}

export const mountDocs: RuleDocs = {
  "mount/dest-required": {
    title: "a mount has a destination",
    explanation: "The destination is the one property that every mount must have.",
    examples: {
      bad: { patch: { mounts: [{ type: "proc", source: "proc" }] } },
      good: { patch: { mounts: [{ destination: "/proc", type: "proc", source: "proc" }] } },
    },
  },
  "mount/dest-absolute": {
    title: "the destination of a mount is an absolute path",
    explanation:
      "On Linux a relative destination is read from the root, for old configs, and is deprecated: runc " +
      "warns, youki refuses. On other systems it is an error.",
    examples: {
      bad: { patch: { mounts: [{ destination: "tmp", type: "tmpfs" }] } },
      good: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs" }] } },
    },
  },
  "mount/dest-nul": {
    title: "no NUL in what a mount is given",
    explanation:
      "Destination, source and type end at the first NUL for the kernel, whatever follows. runc refuses such " +
      "a mount.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/a\0b", type: "tmpfs" }] } },
      good: { patch: { mounts: [{ destination: "/a", type: "tmpfs" }] } },
    },
  },
  "mount/dest-root": {
    title: "no mount goes to the root",
    explanation:
      "A destination that is, without dots and doubled slashes, the root itself would hide what root.path " +
      "says. runc refuses it. Point root.path at the filesystem instead.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/srv/..", type: "tmpfs" }] } },
      good: { patch: { mounts: [{ destination: "/srv", type: "tmpfs" }] } },
    },
  },
  "mount/dest-duplicate": {
    title: "one mount at a place",
    explanation:
      "Mounts are made in the listed order, so the later one hides the earlier. Usually a default was to " +
      "be replaced, and both were written.",
    examples: {
      bad: {
        patch: {
          mounts: [
            { destination: "/tmp", type: "tmpfs" },
            { destination: "/tmp/", type: "bind", source: "/srv/tmp", options: ["bind"] },
          ],
        },
      },
      good: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs" }] } },
    },
  },
  "mount/dest-order": {
    title: "a mount comes after those above it",
    explanation:
      "Mounts are made in the listed order. One on /data after one on /data/cache hides the latter, whose " +
      "place then holds whatever the outer filesystem has there.",
    examples: {
      bad: {
        patch: {
          mounts: [
            { destination: "/data/cache", type: "tmpfs" },
            { destination: "/data", type: "bind", source: "/srv/data", options: ["bind"] },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            { destination: "/data", type: "bind", source: "/srv/data", options: ["bind"] },
            { destination: "/data/cache", type: "tmpfs" },
          ],
        },
      },
    },
  },
  "mount/type-missing": {
    title: "a mount has a filesystem or is a bind mount",
    explanation:
      "A mount is a bind mount only by the option bind or rbind. The types bind and none do not make it " +
      "one: the kernel is then asked for a filesystem of that name, and has none (ENODEV).",
    examples: {
      bad: { patch: { mounts: [{ destination: "/data", type: "bind", source: "/srv/data" }] } },
      good: {
        patch: {
          mounts: [{ destination: "/data", type: "bind", source: "/srv/data", options: ["rbind"] }],
        },
      },
    },
  },
  "mount/default-fs": {
    title: "the filesystems that programs expect are mounted",
    explanation:
      "/proc, /sys, /dev/pts and /dev/shm should be there in every Linux container. Without /proc even " +
      "shells fail in odd ways, which is a warning. Without the others terminals, shared memory or a look " +
      "at devices fail, which a container may well do without.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/sys", type: "sysfs", source: "sysfs" }] } },
      good: {
        patch: {
          mounts: [
            { destination: "/proc", type: "proc", source: "proc" },
            { destination: "/sys", type: "sysfs", source: "sysfs" },
            { destination: "/dev", type: "bind", source: "/dev", options: ["rbind"] },
          ],
        },
      },
    },
  },
};
