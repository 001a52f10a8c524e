import { eachElement, type Report, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { namespaceOf } from "../namespace.ts";
import { cleanPath, isBelow } from "../path.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#masked-paths");

/** What every engine masks, and runtimes in the config they write. */
const masked: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/firmware",
];

/** What docker masks besides. */
const maskedByDocker: readonly string[] = ["/proc/interrupts", "/sys/devices/virtual/powercap"];

/**
 * Paths of the container that are masked or read-only.
 *
 * Decision: which paths to mask is up to the engine, and a privileged container masks none. Where a path is
 * open that all engines mask, an info names what docker would mask; what only docker masks is no reason.
 */
export const hiddenPathRules: readonly ConfigRule[] = onLinux([
  {
    id: "mask/absolute",
    severity: "error",
    spec,
    check({ linux }, report) {
      checkAbsolute(linux?.maskedPaths, "/linux/maskedPaths", report);
    },
  },
  {
    id: "readonly/absolute",
    severity: "error",
    spec: clause("config-linux.md#readonly-paths"),
    check({ linux }, report) {
      checkAbsolute(linux?.readonlyPaths, "/linux/readonlyPaths", report);
    },
  },
  {
    id: "mask/needs-mountns",
    severity: "error",
    spec,
    check(config, report) {
      if (namespaceOf(config, "mount")) return;
      for (const list of ["maskedPaths", "readonlyPaths"] as const) {
        if (!config.linux?.[list]?.length) continue;
        report(`/linux/${list}`, "without a mount namespace this would change the host's paths");
      }
    },
  },
  {
    id: "mask/default-missing",
    severity: "info",
    spec,
    check({ linux, mounts }, report) {
      const mounted = mounts?.map(({ destination }) => cleanPath(destination)) ?? [];
      const hidden = linux?.maskedPaths?.map(cleanPath) ?? [];
      const isOpen = (path: string): boolean =>
        mounted.some((top) => top !== "/" && isBelow(path, top)) &&
        !hidden.some((top) => isBelow(path, top));
      if (!masked.some(isOpen)) return;
      const open = [...masked, ...maskedByDocker].filter(isOpen).sort();
      report(
        linux?.maskedPaths ? "/linux/maskedPaths" : "/linux",
        `docker would also mask ${open.join(", ")}`,
      );
    },
  },
]);

function checkAbsolute(
  paths: readonly string[] | undefined,
  pointer: string,
  report: Report,
): void {
  eachElement(paths, pointer, (path, at) => {
    if (!path.startsWith("/")) report(at, "the path must be absolute in the container");
  });
}

export const hiddenPathDocs: RuleDocs = {
  "mask/absolute": {
    title: "masked paths are absolute",
    explanation:
      "The paths must be absolute, as the container sees them. What a runtime makes of others is open, so " +
      "that something may stay readable that should not.",
    examples: {
      bad: { patch: { linux: { maskedPaths: ["proc/kcore"] } } },
      good: { patch: { linux: { maskedPaths: ["/proc/kcore"] } } },
    },
  },
  "readonly/absolute": {
    title: "read-only paths are absolute",
    explanation:
      "The paths must be absolute, as the container sees them. What a runtime makes of others is open, so " +
      "that something may stay writable that should not.",
    examples: {
      bad: { patch: { linux: { readonlyPaths: ["proc/sys"] } } },
      good: { patch: { linux: { readonlyPaths: ["/proc/sys"] } } },
    },
  },
  "mask/needs-mountns": {
    title: "hidden paths have a mount namespace",
    explanation:
      "Paths are masked and made read-only by mounts. Without a mount namespace these would be the " +
      "host's, so runtimes refuse.",
    examples: {
      bad: { patch: { linux: { namespaces: [{ type: "uts" }], maskedPaths: ["/proc/kcore"] } } },
      good: { patch: { linux: { namespaces: [{ type: "uts" }, { type: "mount" }] } } },
    },
  },
  "mask/default-missing": {
    title: "what docker masks is masked",
    explanation:
      "Some files of /proc and /sys tell much about the host or let a container reach it: kernel memory " +
      "and keys, timers, firmware, ACPI. docker masks twelve paths, other engines fewer, and a " +
      "privileged container none.",
    examples: {
      bad: { patch: { linux: { maskedPaths: ["/proc/kcore"] } } },
      good: { patch: {} },
    },
  },
};
