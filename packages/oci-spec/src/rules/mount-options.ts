import { didYouMean, eachElement, type ReportDetails, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import {
  filesystemOptions,
  opposites,
  propagations,
  runtimeOptions,
  unportable,
} from "../data/mount-options.ts";
import type { Config, Mount } from "../generated/types.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";
import { isBind } from "./mount-kind.ts";

const spec: string = clause("config.md#linux-mount-options");
const opposite: ReadonlyMap<string, string> = new Map(
  opposites.flatMap(([one = "", other = ""]) => [
    [one, other],
    [other, one],
  ]),
);
const accessTimes = ["noatime", "relatime", "strictatime"];

/**
 * The options of mounts.
 *
 * Decisions:
 * - What a runtime does not know it hands to the filesystem, by the text, and the schema has no list. Where
 *   the filesystem's own options are known too, a word that is neither is a warning. A bind mount has no
 *   filesystem to ask: runc refuses such a word, crun drops it. An error.
 * - `defaults` the text has runtimes support. runc hands it on, and tmpfs and bind mounts fail: a warning,
 *   with a fix, since it says nothing.
 * - Options that some runtime does not know are an info: podman and docker write tmpcopyup and rro.
 */
export const mountOptionRules: readonly ConfigRule[] = onLinux([
  {
    id: "mount/bind-data",
    severity: "error",
    spec,
    check(config, report) {
      const visit: OptionVisitor = (option, at, mount) => {
        if (isOfRuntime(option)) return;
        const hint = didYouMean(option, runtimeOptions);
        const message = `a bind mount takes no options for a filesystem, like ${JSON.stringify(option)}`;
        report(at, `${message}${hint}`, rewriting(option, at, mount));
      };
      eachOption(config, visit, isBind);
    },
  },
  {
    id: "mount/option-known",
    severity: "warning",
    spec,
    check(config, report) {
      const visit: OptionVisitor = (option, at, mount) => {
        const own = filesystemOptions.get(mount.type ?? "");
        if (!own || isOfRuntime(option)) return;
        const name = nameOf(option);
        const shown = JSON.stringify(option);
        if (option.split(",").slice(1).some(isOfRuntime)) {
          report(at, `write the options of ${shown} one by one`, rewriting(option, at, mount, own));
        } else if (!own.includes(name)) {
          const fix = rewriting(option, at, mount, own);
          const hint = fix.fix ? "" : didYouMean(name, candidates(own));
          report(at, `${mount.type} has no option ${shown}${hint}`, fix);
        }
      };
      eachOption(config, visit, (mount) => !isBind(mount));
    },
  },
  {
    id: "mount/option-conflict",
    severity: "warning",
    spec: manual("mount(8)"),
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", ({ options }, at) => {
        const last = new Map<string, number>();
        eachElement(options, "", (option, _, index) => {
          if (opposite.has(option)) last.set(option, index);
        });
        for (const [option, index] of last) {
          const other = opposite.get(option) ?? "";
          if (index > (last.get(other) ?? -1)) continue;
          const path = `${at}/options/${index}`;
          report(path, `${other} after it undoes ${option}`, {
            fix: { title: "remove it", patch: [{ op: "remove", path }] },
          });
        }
        const times = accessTimes.filter((option) => options?.includes(option));
        if (times.length < 2) return;
        report(`${at}/options`, `${times.join(" and ")} exclude each other`);
      });
    },
  },
  {
    id: "mount/option-portable",
    severity: "info",
    spec,
    check(config, report) {
      eachOption(config, (option, at) => {
        const runtimes = isMappedByValue(option) ? "runc, youki and runsc" : unportable.get(option);
        if (runtimes) {
          report(at, `${runtimes} ${runtimes.includes(" ") ? "do" : "does"} not know ${option}`);
        } else if (option === "defaults") {
          report(at, "runc hands defaults to the filesystem, which refuses it", {
            severity: "warning",
            fix: { title: "remove it", patch: [{ op: "remove", path: at }] },
          });
        }
      });
    },
  },
  {
    id: "mount/propagation-multi",
    severity: "warning",
    spec: manual("mount(2)"),
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", ({ options }, at) => {
        const words = new Set(options?.filter((option) => propagations.includes(option)));
        if (words.size < 2) return;
        report(`${at}/options`, `${[...words].join(" and ")}: one mount has one propagation`);
      });
    },
  },
  {
    id: "mount/bind-remount",
    severity: "info",
    spec: manual("mount(8)"),
    check(config, report) {
      eachOption(config, (option, at) => {
        if (option !== "remount") return;
        report(at, "this changes what is mounted there already, and fails if nothing is");
      });
    },
  },
]);

type OptionVisitor = (option: string, pointer: string, mount: Mount) => void;

/** Visits the options of some mounts; which, is asked once a mount and not for each of its options. */
function eachOption(
  { mounts }: Config,
  visit: OptionVisitor,
  wanted: (mount: Mount) => boolean = () => true,
): void {
  eachElement(mounts, "/mounts", (mount, at) => {
    if (!wanted(mount)) return;
    eachElement(mount.options, `${at}/options`, (option, pointer) => visit(option, pointer, mount));
  });
}

/** Whether the mapping stands in the option itself, as crun has it. */
function isMappedByValue(option: string): boolean {
  return /^r?idmap=/.test(option);
}

/** Whether a runtime takes an option itself. */
function isOfRuntime(option: string): boolean {
  return runtimeOptions.has(option) || isMappedByValue(option);
}

/** Words that could be meant on a filesystem with options of its own. */
function* candidates(own: readonly string[]): Generator<string> {
  yield* runtimeOptions;
  yield* own;
}

function nameOf(option: string): string {
  const end = option.indexOf("=");
  return end === -1 ? option : option.slice(0, end);
}

/** More options than these nobody writes, and a fix that wrote them all again would cost too much. */
const maxRewritten = 100;

/** A fix where it is plain what was meant: another case, or several options in one text. */
function rewriting(
  option: string,
  at: string,
  { options = [] }: Mount,
  own: readonly string[] = [],
): ReportDetails {
  const parts = option.split(",").map((part) => {
    const lower = part.trim().toLowerCase();
    return isOfRuntime(lower) ? lower : part.trim();
  });
  if (!parts.every((part) => isOfRuntime(part) || own.includes(nameOf(part)))) return {};
  const title = `write ${JSON.stringify(parts).slice(1, -1)}`;
  if (parts.length === 1) {
    return { fix: { title, patch: [{ op: "replace", path: at, value: parts[0] }] } };
  }
  if (options.length > maxRewritten) return {};
  const path = at.slice(0, at.lastIndexOf("/"));
  const index = Number(at.slice(path.length + 1));
  const value = [...options.slice(0, index), ...parts, ...options.slice(index + 1)];
  return { fix: { title, patch: [{ op: "replace", path, value }] } };
}

export const mountOptionDocs: RuleDocs = {
  "mount/bind-data": {
    title: "a bind mount has no options for a filesystem",
    explanation:
      "A bind mount shows a filesystem that is mounted elsewhere and keeps its options; the kernel passes " +
      "over any others. So runc refuses a word it does not know there. Often a known one is misspelt, or " +
      "several stand in one text.",
    examples: {
      bad: {
        patch: {
          mounts: [
            { destination: "/data", source: "/srv/data", options: ["bind", "nosiud", "size=1m"] },
          ],
        },
      },
      good: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv/data", options: ["bind", "nosuid"] }],
        },
      },
    },
  },
  "mount/option-known": {
    title: "options are known to the runtime or the filesystem",
    explanation:
      "A runtime hands every option it does not know to the filesystem, which refuses the mount when it " +
      "does not know it either (EINVAL, without naming the option). Checked for the filesystems of the " +
      "kernel that containers mount, such as tmpfs, proc, devpts and overlay.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs", options: ["nosiud"] }] } },
      good: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs", options: ["nosuid"] }] } },
    },
  },
  "mount/option-conflict": {
    title: "options do not undo each other",
    explanation: "Of two opposites the last one counts, and the other has no effect.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs", options: ["ro", "rw"] }] } },
      good: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs", options: ["rw"] }] } },
    },
  },
  "mount/option-portable": {
    title: "options that every runtime knows",
    explanation:
      "The options of the old mount call are known everywhere, newer and special ones are not: those with " +
      "r for all mounts below, nosymfollow, tmpcopyup, ID mappings. Where one is not known the mount " +
      "fails. defaults should be known, but runc does not; it means nothing and can be left out.",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/tmp", type: "tmpfs", options: ["tmpcopyup"] }] },
      },
      good: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs", options: ["nodev"] }] } },
    },
  },
  "mount/propagation-multi": {
    title: "a mount has one propagation",
    explanation:
      "private, shared, slave, unbindable, and the same with r for all mounts below, exclude each other. " +
      "Runtimes set one after the other, so the last one counts, but for shared after slave.",
    examples: {
      bad: {
        patch: {
          mounts: [
            { destination: "/data", source: "/srv/data", options: ["rbind", "rslave", "rprivate"] },
          ],
        },
      },
      good: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv/data", options: ["rbind", "rslave"] }],
        },
      },
    },
  },
  "mount/bind-remount": {
    title: "remount changes a mount that is there",
    explanation:
      "With remount nothing new is mounted: the options of what is mounted at the destination are changed, " +
      "for a bind mount with bind those of that place alone. To make a bind mount read-only, bind and ro " +
      "in one mount suffice.",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/data", options: ["bind", "remount", "ro"] }] },
      },
      good: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv/data", options: ["bind", "ro"] }],
        },
      },
    },
  },
};
