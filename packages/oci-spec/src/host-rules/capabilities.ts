import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { capabilityNames } from "../data/capability-names.ts";
import { readText } from "../host.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

const sets = ["bounding", "effective", "inheritable", "permitted", "ambient"] as const;

/** Capabilities that the kernel of the machine has. */
export const capabilityHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "caps/kernel",
      severity: "warning",
      spec: clause("config.md#linux-process"),
      host: true,
      async check({ process }, report, _, { files }) {
        const last = Number.parseInt(
          (await readText(files, "/proc/sys/kernel/cap_last_cap")) ?? "",
          10,
        );
        if (Number.isNaN(last)) return;
        const newer = new Set(capabilityNames.slice(last + 1));
        for (const set of sets) {
          eachElement(process?.capabilities?.[set], `/process/capabilities/${set}`, (name, at) => {
            if (newer.has(name)) report(at, `the kernel of this machine has no ${name}`);
          });
        }
      },
    },
  ],
);

export const capabilityHostDocs: RuleDocs = {
  "caps/kernel": {
    title: "the kernel has the capabilities",
    explanation:
      "A newer kernel may know capabilities that this machine's does not (CAP_PERFMON and CAP_BPF came " +
      "with 5.8, CAP_CHECKPOINT_RESTORE with 5.9). The runtime leaves them out with a warning, and the " +
      "process lacks what it asked for; before, CAP_SYS_ADMIN stood for all three.",
    examples: {
      bad: {
        patch: { process: { capabilities: { bounding: ["CAP_BPF"] } } },
        host: { files: { "/proc/sys/kernel/cap_last_cap": "37\n" } },
      },
      good: {
        patch: { process: { capabilities: { bounding: ["CAP_BPF"] } } },
        host: { files: { "/proc/sys/kernel/cap_last_cap": "40\n" } },
      },
    },
  },
};
