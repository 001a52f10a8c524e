import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { isSelinuxLabel } from "../selinux-label.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

/** The SELinux label of the container's mounts. */
export const mountLabelRules: readonly ConfigRule[] = onLinux([
  {
    id: "label/mountlabel",
    severity: "warning",
    spec: clause("config-linux.md#mount-label"),
    check({ linux }, report) {
      const label = linux?.mountLabel;
      if (!label || isSelinuxLabel(label)) return;
      report("/linux/mountLabel", "an SELinux label is user:role:type:level");
    },
  },
]);

export const mountLabelDocs: RuleDocs = {
  "label/mountlabel": {
    title: "the label of mounts is one of SELinux",
    explanation:
      "mountLabel becomes the option context of the container's mounts, in crun the one that the " +
      "annotation run.oci.mount_context_type names. It has the form user:role:type:level and takes " +
      "effect only where SELinux is on.",
    examples: {
      bad: { patch: { linux: { mountLabel: "container_file_t" } } },
      good: { patch: { linux: { mountLabel: "system_u:object_r:container_file_t:s0:c1,c2" } } },
    },
  },
};
