import type { Rule } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { StateDocument } from "../generated/types.ts";
import type { Target } from "../target.ts";

const spec: string = clause("runtime.md#state");
const withProcess = ["created", "running", "paused"];

/**
 * The state of a container.
 *
 * Decision: the schema has four words for the status; the text leaves room for more, and every runtime
 * says `paused` of a frozen container. That one is known, any other is an error.
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
