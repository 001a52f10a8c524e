import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { readText } from "../host.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

/** Whether the machine lets caches and memory bandwidth be shared out. */
export const rdtHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "rdt/enabled",
      severity: "error",
      spec: clause("config-linux.md#intelrdt"),
      host: true,
      async check({ linux }, report, _, { files }) {
        if (linux?.intelRdt === undefined) return;
        const mounts = await readText(files, "/proc/self/mounts");
        if (mounts === undefined || /^\S+ \S+ resctrl /m.test(mounts)) return;
        report("/linux/intelRdt", "this machine has no resctrl filesystem mounted", {
          part: "key",
        });
      },
    },
  ],
);

export const rdtHostDocs: RuleDocs = {
  "rdt/enabled": {
    title: "the machine has resctrl",
    explanation:
      "Runtimes must fail when intelRdt is set and no resctrl filesystem is mounted. Where the processor " +
      "can, mount -t resctrl resctrl /sys/fs/resctrl makes it available.",
    examples: {
      bad: {
        patch: { linux: { intelRdt: { closID: "gold" } } },
        host: { files: { "/proc/self/mounts": "proc /proc proc rw 0 0\n" } },
      },
      good: {
        patch: { linux: { intelRdt: { closID: "gold" } } },
        host: { files: { "/proc/self/mounts": "resctrl /sys/fs/resctrl resctrl rw 0 0\n" } },
      },
    },
  },
};
