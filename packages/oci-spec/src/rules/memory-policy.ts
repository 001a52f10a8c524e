import type { RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import type { MemoryPolicyFlag } from "../generated/types.ts";
import { parseNumberList } from "../number-list.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#memory-policy");
const pointer = "/linux/memoryPolicy";

/**
 * The NUMA memory policy.
 *
 * Decisions:
 * - The text demands a mode, the schema does not, runc fails without. An error.
 * - Under MPOL_DEFAULT the kernel passes over the flags for nodes: a warning. It refuses them under
 *   MPOL_LOCAL, and with MPOL_PREFERRED without nodes.
 */
export const memoryPolicyRules: readonly ConfigRule[] = onLinux([
  {
    id: "mempol/mode-required",
    severity: "error",
    spec,
    check({ linux }, report) {
      if (linux?.memoryPolicy && linux.memoryPolicy.mode === undefined) {
        report(pointer, '"mode" is missing');
      }
    },
  },
  {
    id: "mempol/mode-enum",
    severity: "error",
    spec,
    claims: ["MemoryPolicy.mode enum"],
  },
  {
    id: "mempol/nodes-by-mode",
    severity: "error",
    spec: manual("set_mempolicy(2)"),
    check({ linux }, report) {
      const { mode, nodes = "" } = linux?.memoryPolicy ?? {};
      const list = parseNumberList(nodes);
      if (mode === undefined || mode === "MPOL_PREFERRED" || typeof list === "string") return;
      const none = mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL";
      if (none && list.length > 0) report(`${pointer}/nodes`, `${mode} takes no nodes`);
      if (!none && list.length === 0) report(pointer, `${mode} needs at least one node`);
    },
  },
  {
    id: "mempol/nodes-syntax",
    severity: "error",
    spec,
    check({ linux }, report) {
      const list = parseNumberList(linux?.memoryPolicy?.nodes ?? "");
      if (typeof list === "string") report(`${pointer}/nodes`, list);
    },
  },
  {
    id: "mempol/flags",
    severity: "error",
    spec: manual("set_mempolicy(2)"),
    claims: ["MemoryPolicy.flags[] enum"],
    check({ linux }, report) {
      const { mode, flags = [], nodes } = linux?.memoryPolicy ?? {};
      if (mode === undefined) return;
      const at = (flag: MemoryPolicyFlag): string => `${pointer}/flags/${flags.indexOf(flag)}`;
      const balancing = "MPOL_F_NUMA_BALANCING";
      if (flags.includes(balancing) && mode !== "MPOL_BIND" && mode !== "MPOL_PREFERRED_MANY") {
        report(at(balancing), `${mode} does not go with ${balancing}`);
      }
      const ofNodes = (["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"] as const).filter((flag) =>
        flags.includes(flag),
      );
      const [flag, other] = ofNodes;
      if (other) report(at(other), `${flag} and ${other} exclude each other`);
      if (!flag) return;
      if (mode === "MPOL_DEFAULT") {
        report(at(flag), `${flag} has no effect: ${mode} has no nodes`, { severity: "warning" });
      } else if (mode === "MPOL_LOCAL" || (mode === "MPOL_PREFERRED" && !nodes)) {
        report(at(flag), `${flag} needs nodes, and ${mode} has none`);
      }
    },
  },
]);

export const memoryPolicyDocs: RuleDocs = {
  "mempol/mode-required": {
    title: "a memory policy has a mode",
    explanation:
      "The specification demands it although the schema does not, and runc fails without one.",
    examples: {
      bad: { patch: { linux: { memoryPolicy: { nodes: "0" } } } },
      good: { patch: { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "0" } } } },
    },
  },
  "mempol/mode-enum": {
    title: "the mode of a memory policy is one of the kernel",
    explanation:
      "There are MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, MPOL_PREFERRED, " +
      "MPOL_PREFERRED_MANY and MPOL_LOCAL; runtimes refuse any other.",
    examples: {
      bad: { patch: { linux: { memoryPolicy: { mode: "bind", nodes: "0" } } } },
      good: { patch: { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "0" } } } },
    },
  },
  "mempol/nodes-by-mode": {
    title: "a memory policy has nodes where its mode needs them",
    explanation:
      "MPOL_DEFAULT and MPOL_LOCAL take no nodes; MPOL_PREFERRED may have some; all other modes need at " +
      "least one. The kernel refuses anything else (EINVAL).",
    examples: {
      bad: { patch: { linux: { memoryPolicy: { mode: "MPOL_INTERLEAVE" } } } },
      good: { patch: { linux: { memoryPolicy: { mode: "MPOL_INTERLEAVE", nodes: "0-1" } } } },
    },
  },
  "mempol/nodes-syntax": {
    title: "memory nodes are a list of numbers and ranges",
    explanation: "A list has numbers and ranges with commas between them, as in 0-3,7.",
    examples: {
      bad: { patch: { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "0..1" } } } },
      good: { patch: { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "0-1" } } } },
    },
  },
  "mempol/flags": {
    title: "the flags of a memory policy go with its mode",
    explanation:
      "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES say how nodes follow a change of the cpuset: one or the " +
      "other, and only where there are nodes. MPOL_F_NUMA_BALANCING goes with MPOL_BIND and, since 6.8, " +
      "MPOL_PREFERRED_MANY. The kernel refuses the rest (EINVAL), but for flags under MPOL_DEFAULT, which " +
      "it passes over.",
    examples: {
      bad: {
        patch: {
          linux: {
            memoryPolicy: {
              mode: "MPOL_BIND",
              nodes: "0",
              flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            memoryPolicy: { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] },
          },
        },
      },
    },
  },
};
