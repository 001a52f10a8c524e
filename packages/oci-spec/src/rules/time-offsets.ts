import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { namespaceOf } from "../namespace.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

/** Half of what the kernel's clocks can hold, in seconds: 146 years. */
const maxSeconds = 4_611_686_018;
const clocks = ["monotonic", "boottime"] as const;

/**
 * Clocks of a time namespace.
 *
 * Decision: text and schema leave the names of clocks open. The kernel has two; runc fails at any other
 * and crun leaves it out: an error.
 */
export const timeRules: readonly ConfigRule[] = onLinux([
  {
    id: "time/offsets-need-ns",
    severity: "error",
    spec: clause("config-linux.md#offset-for-time-namespace"),
    check(config, report) {
      const offsets = Object.keys(config.linux?.timeOffsets ?? {});
      if (offsets.length === 0 || namespaceOf(config, "time")) return;
      report(
        "/linux/timeOffsets",
        "clocks can be set only in a time namespace of the container's own",
      );
    },
  },
  {
    id: "time/clock-names",
    severity: "error",
    spec: manual("time_namespaces(7)"),
    claims: ["Linux.timeOffsets unknown"],
  },
  {
    id: "time/nanosecs",
    severity: "error",
    spec: manual("time_namespaces(7)"),
    check({ linux }, report) {
      eachElement(clocks, "", (clock) => {
        const { secs = 0, nanosecs = 0 } = linux?.timeOffsets?.[clock] ?? {};
        const pointer = `/linux/timeOffsets/${clock}`;
        if (nanosecs > 999_999_999) {
          report(`${pointer}/nanosecs`, `${nanosecs} is a second or more; write it in secs`);
        }
        if (secs > maxSeconds || secs < -maxSeconds) {
          report(`${pointer}/secs`, "the kernel refuses more than 146 years");
        }
      });
    },
  },
]);

const namespaces = [{ type: "mount" }, { type: "uts" }, { type: "time" }];

export const timeDocs: RuleDocs = {
  "time/offsets-need-ns": {
    title: "clock offsets have a time namespace",
    explanation:
      "Offsets belong to a time namespace; without one runtimes refuse them. Add it, or leave the " +
      "offsets out.",
    examples: {
      bad: { patch: { linux: { timeOffsets: { boottime: { secs: 3600 } } } } },
      good: { patch: { linux: { namespaces, timeOffsets: { boottime: { secs: 3600 } } } } },
    },
  },
  "time/clock-names": {
    title: "only two clocks have offsets",
    explanation:
      "Only monotonic and boottime can be shifted. In particular the time of day is the same in all " +
      "containers. runc fails when the kernel refuses another name; crun leaves it out.",
    examples: {
      bad: { patch: { linux: { namespaces, timeOffsets: { realtime: { secs: 3600 } } } } },
      good: { patch: { linux: { namespaces, timeOffsets: { monotonic: { secs: 3600 } } } } },
    },
  },
  "time/nanosecs": {
    title: "clock offsets fit the kernel's clocks",
    explanation:
      "Nanoseconds are below a second, and a clock must end up neither below zero nor above 146 years; " +
      "the kernel refuses with EINVAL or ERANGE. An offset may well be negative, down to the time since " +
      "the machine was booted.",
    examples: {
      bad: {
        patch: { linux: { namespaces, timeOffsets: { boottime: { nanosecs: 1_500_000_000 } } } },
      },
      good: {
        patch: {
          linux: { namespaces, timeOffsets: { boottime: { secs: 1, nanosecs: 500_000_000 } } },
        },
      },
    },
  },
};
