import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#rootfs-mount-propagation");
const pointer = "/linux/rootfsPropagation";

/**
 * Mount propagation of the root filesystem.
 *
 * Decision: text and schema have four words. docker, podman and the kubelet write the recursive ones too,
 * as in rslave, and runc and crun know all eight: our schema has eight, and the recursive ones are an
 * info.
 */
export const propagationRules: readonly ConfigRule[] = onLinux([
  {
    id: "rootfsprop/enum",
    severity: "error",
    spec,
    claims: ["Linux.rootfsPropagation enum"],
    check({ linux }, report) {
      const word = linux?.rootfsPropagation;
      if (!word?.startsWith("r")) return;
      report(pointer, `the specification has only "${word.slice(1)}"; runtimes know "${word}"`, {
        severity: "info",
      });
    },
  },
  {
    id: "rootfsprop/nopivot",
    severity: "error",
    spec,
    check({ linux }, report, { noPivot }) {
      const word = linux?.rootfsPropagation;
      if (!noPivot || (word !== "private" && word !== "rprivate")) return;
      report(pointer, "without pivot_root a private root could still be left; runc refuses it");
    },
  },
]);

export const propagationDocs: RuleDocs = {
  "rootfsprop/enum": {
    title: "the root's mount propagation has a known name",
    explanation:
      "The specification names shared, slave, private and unbindable. The same with an r in front, for " +
      "all mounts below too, is what engines write and runtimes know, so these are only an info.",
    examples: {
      bad: { patch: { linux: { rootfsPropagation: "slaves" } } },
      good: { patch: { linux: { rootfsPropagation: "slave" } } },
    },
  },
  "rootfsprop/nopivot": {
    title: "no private root without pivot_root",
    explanation:
      "With --no-pivot the old root stays reachable below the new one. runc refuses private and rprivate " +
      "then, which promise more than they could keep.",
    examples: {
      bad: { patch: { linux: { rootfsPropagation: "private" } }, target: { noPivot: true } },
      good: { patch: { linux: { rootfsPropagation: "slave" } }, target: { noPivot: true } },
    },
  },
};
