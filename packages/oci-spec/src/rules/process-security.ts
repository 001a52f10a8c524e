import type { RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { isSelinuxLabel } from "../selinux-label.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config.md#linux-process");

/** What the kernel's security modules and its out-of-memory killer are told of the process. */
export const securityRules: readonly ConfigRule[] = onLinux([
  {
    id: "process/nnp-selinux",
    severity: "info",
    spec: "https://docs.kernel.org/userspace-api/no_new_privs.html",
    check({ process }, report) {
      if (!process?.selinuxLabel || !process.noNewPrivileges) return;
      report(
        "/process/noNewPrivileges",
        "with this the SELinux policy must allow the label's nnp_transition",
      );
    },
  },
  {
    id: "process/oom-range",
    severity: "error",
    spec: manual("proc_pid_oom_score_adj(5)"),
    check({ process }, report) {
      const score = process?.oomScoreAdj ?? 0;
      if (score >= -1000 && score <= 1000) return;
      report("/process/oomScoreAdj", `must be from -1000 to 1000, not ${score}`);
    },
  },
  {
    id: "process/selinux-format",
    severity: "warning",
    spec,
    check({ process }, report) {
      const label = process?.selinuxLabel;
      if (!label || isSelinuxLabel(label)) return;
      report("/process/selinuxLabel", "an SELinux label is user:role:type:level");
    },
  },
]);

export const securityDocs: RuleDocs = {
  "process/nnp-selinux": {
    title: "no new privileges and a change of label",
    explanation:
      "Under noNewPrivileges an execve changes the SELinux label only where the policy has nnp_transition " +
      "for it, or the new type is bounded by the old. Container policies have that; others need it added.",
    examples: {
      bad: {
        patch: {
          process: { noNewPrivileges: true, selinuxLabel: "system_u:system_r:container_t:s0" },
        },
      },
      good: { patch: { process: { selinuxLabel: "system_u:system_r:container_t:s0" } } },
    },
  },
  "process/oom-range": {
    title: "the out-of-memory score is in its range",
    explanation:
      "oom_score_adj goes from -1000, which is never killed, to 1000, which is killed first. The kernel " +
      "refuses anything else.",
    examples: {
      bad: { patch: { process: { oomScoreAdj: 1001 } } },
      good: { patch: { process: { oomScoreAdj: 1000 } } },
    },
  },
  "process/selinux-format": {
    title: "an SELinux label has three or four parts",
    explanation:
      "A label is user, role and type with colons between them, and a level after a third colon where the " +
      "policy has levels. The kernel refuses any other text when the process is started.",
    examples: {
      bad: { patch: { process: { selinuxLabel: "container_t" } } },
      good: { patch: { process: { selinuxLabel: "system_u:system_r:container_t:s0:c1,c2" } } },
    },
  },
};
