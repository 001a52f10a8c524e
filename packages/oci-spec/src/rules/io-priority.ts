import type { RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config.md#linux-process");
const pointer = "/process/ioPriority";

/**
 * The I/O priority of the process.
 *
 * Decision: the text demands a priority, the schema does not, and a runtime takes 0, the highest, for a
 * missing one. An error; everything written in Go has one.
 */
export const ioPriorityRules: readonly ConfigRule[] = onLinux([
  {
    id: "ioprio/class-enum",
    severity: "error",
    spec,
    claims: ["IoPriority.class enum", "IoPriority.class required"],
  },
  {
    id: "ioprio/priority-range",
    severity: "error",
    spec: manual("ioprio_set(2)"),
    check({ process }, report) {
      const priority = process?.ioPriority?.priority ?? 0;
      if (priority >= 0 && priority <= 7) return;
      report(`${pointer}/priority`, `must be from 0 to 7, not ${priority}`);
    },
  },
  {
    id: "ioprio/priority-required",
    severity: "error",
    spec,
    check({ process }, report) {
      if (!process?.ioPriority || process.ioPriority.priority !== undefined) return;
      report(pointer, '"priority" is missing: it would be 0, the highest');
    },
  },
]);

export const ioPriorityDocs: RuleDocs = {
  "ioprio/class-enum": {
    title: "the I/O class is one of three",
    explanation:
      "IOPRIO_CLASS_RT is served before all others, IOPRIO_CLASS_BE is the usual class, IOPRIO_CLASS_IDLE is " +
      "served when nobody else asks. Runtimes refuse any other word.",
    examples: {
      bad: { patch: { process: { ioPriority: { class: "best-effort", priority: 4 } } } },
      good: { patch: { process: { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 } } } },
    },
  },
  "ioprio/priority-range": {
    title: "an I/O priority is from 0 to 7",
    explanation: "0 is the highest. Runtimes and the kernel refuse what is outside.",
    examples: {
      bad: { patch: { process: { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 } } } },
      good: { patch: { process: { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 7 } } } },
    },
  },
  "ioprio/priority-required": {
    title: "an I/O priority is written",
    explanation:
      "The specification demands it. Runtimes take 0 for a missing one, which is the highest of its class, " +
      "and seldom meant.",
    examples: {
      bad: { patch: { process: { ioPriority: { class: "IOPRIO_CLASS_BE" } } } },
      good: { patch: { process: { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 } } } },
    },
  },
};
