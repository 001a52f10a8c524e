import type { Rule, RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { StateDocument } from "../generated/types.ts";
import type { Target } from "../target.ts";

const spec: string = clause("runtime.md#state");
const withProcess = ["created", "running", "paused"];

/**
 * The state of a container.
 *
 * Decisions:
 * - The schema has four words for the status; the text leaves room for more, and every runtime says
 *   `paused` of a frozen container. That one is known, any other is an error.
 * - Prestart hooks are given `creating` by the text and `created` by crun: a state does not tell for whom
 *   it is, so both are fine.
 */
export const stateRules: readonly Rule<StateDocument, Target>[] = [
  {
    id: "state/pid",
    severity: "error",
    spec,
    when: ({ platform = "linux" }) => platform === "linux",
    check({ status, pid }, report) {
      if (!withProcess.includes(status)) return;
      if (pid === undefined)
        report("", `a container that is ${status} has a process, and "pid" is missing`);
      else if (pid === 0)
        report("/pid", `a container that is ${status} has a process, and 0 is none`);
    },
  },
  {
    id: "state/bundle-absolute",
    severity: "error",
    spec,
    when: ({ platform = "linux" }) => platform !== "windows",
    check({ bundle }, report) {
      if (!bundle.startsWith("/")) report("/bundle", "the path of the bundle must be absolute");
    },
  },
];

export const stateDocs: RuleDocs = {
  "state/pid": {
    title: "a container that has a process says which",
    explanation:
      "Whoever reads the state of a container that is created, running or paused wants to send its process " +
      "a signal, or to enter its namespaces. On Linux the process ID is demanded then.",
    examples: {
      bad: '{ "ociVersion": "1.3.0", "id": "web", "status": "running", "bundle": "/bundles/web" }',
      good: '{ "ociVersion": "1.3.0", "id": "web", "status": "running", "pid": 4422, "bundle": "/bundles/web" }',
    },
  },
  "state/bundle-absolute": {
    title: "the bundle has an absolute path",
    explanation:
      "Hooks and tools that read the state stand in other directories, where a relative path leads elsewhere.",
    examples: {
      bad: '{ "ociVersion": "1.3.0", "id": "web", "status": "stopped", "bundle": "bundles/web" }',
      good: '{ "ociVersion": "1.3.0", "id": "web", "status": "stopped", "bundle": "/bundles/web" }',
    },
  },
};
