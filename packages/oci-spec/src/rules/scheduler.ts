import { eachElement, type Report, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import type { Scheduler } from "../generated/types.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config.md#linux-process");
const kernel: string = manual("sched_setattr(2)");
const pointer = "/process/scheduler";
const times = ["runtime", "deadline", "period"] as const;

/** The kernel counts deadlines in units of this many nanoseconds. */
const minRuntime = 1024;

/**
 * The scheduler of the process.
 *
 * Decisions:
 * - SCHED_ISO is in the specification's list, and Linux has never had it: a warning.
 * - A nice value outside its range runc refuses and the kernel cuts: an error. Where the policy has none,
 *   it has no effect: a warning.
 */
export const schedulerRules: readonly ConfigRule[] = onLinux([
  {
    id: "sched/policy-required",
    severity: "error",
    spec,
    claims: ["Scheduler.policy required"],
  },
  {
    id: "sched/policy-enum",
    severity: "error",
    spec,
    claims: ["Scheduler.policy enum"],
    check({ process }, report) {
      if (process?.scheduler?.policy !== "SCHED_ISO") return;
      report(`${pointer}/policy`, "Linux does not have SCHED_ISO", { severity: "warning" });
    },
  },
  {
    id: "sched/nice-range",
    severity: "error",
    spec: kernel,
    check({ process }, report) {
      const { policy, nice = 0 } = process?.scheduler ?? {};
      if (nice === 0) return;
      if (policy !== "SCHED_OTHER" && policy !== "SCHED_BATCH") {
        const message = `${policy} has no nice value; SCHED_OTHER and SCHED_BATCH have`;
        report(`${pointer}/nice`, message, { severity: "warning" });
      } else if (nice < -20 || nice > 19) {
        report(`${pointer}/nice`, `must be from -20 to 19, not ${nice}`);
      }
    },
  },
  {
    id: "sched/priority-rt",
    severity: "error",
    spec: kernel,
    check({ process }, report) {
      const { scheduler } = process ?? {};
      if (!scheduler?.priority || isRealTime(scheduler)) return;
      report(`${pointer}/priority`, "only SCHED_FIFO and SCHED_RR have a priority");
    },
  },
  {
    id: "sched/priority-range",
    severity: "error",
    spec: kernel,
    check({ process }, report) {
      const { scheduler } = process ?? {};
      if (!scheduler || !isRealTime(scheduler)) return;
      const { policy, priority } = scheduler;
      if (priority === undefined) report(pointer, `${policy} needs a priority from 1 to 99`);
      else if (priority < 1 || priority > 99) {
        report(`${pointer}/priority`, `must be from 1 to 99, not ${priority}`);
      }
    },
  },
  {
    id: "sched/deadline-fields",
    severity: "error",
    spec: kernel,
    check({ process }, report) {
      const { scheduler } = process ?? {};
      if (scheduler?.policy === "SCHED_DEADLINE") checkDeadline(scheduler, report);
      else {
        for (const time of times) {
          if (scheduler?.[time]) report(`${pointer}/${time}`, `only SCHED_DEADLINE has a ${time}`);
        }
      }
    },
  },
  {
    id: "sched/flags-enum",
    severity: "error",
    spec,
    claims: ["Scheduler.flags[] enum"],
  },
  {
    id: "sched/uclamp",
    severity: "warning",
    spec: kernel,
    check({ process }, report) {
      eachElement(process?.scheduler?.flags, `${pointer}/flags`, (flag, at) => {
        if (!flag.startsWith("SCHED_FLAG_UTIL_CLAMP")) return;
        report(at, "the specification has no value to clamp to, so it is 0");
      });
    },
  },
]);

function isRealTime({ policy }: Scheduler): boolean {
  return policy === "SCHED_FIFO" || policy === "SCHED_RR";
}

/** In order runtime, deadline, period; a period of 0 is as long as the deadline. */
function checkDeadline({ runtime = 0, deadline = 0, period = 0 }: Scheduler, report: Report): void {
  if (!deadline) report(pointer, "SCHED_DEADLINE needs runtime and deadline, in nanoseconds");
  else if (runtime < minRuntime) {
    const at = runtime ? `${pointer}/runtime` : pointer;
    report(at, `the runtime must be at least ${minRuntime} nanoseconds`);
  } else if (runtime > deadline) {
    report(`${pointer}/runtime`, `the runtime is longer than the deadline, ${deadline}`);
  } else if (period && deadline > period) {
    report(`${pointer}/deadline`, `the deadline is longer than the period, ${period}`);
  }
}

export const schedulerDocs: RuleDocs = {
  "sched/policy-required": {
    title: "a scheduler has a policy",
    explanation:
      "Everything else about the scheduler depends on the policy; SCHED_OTHER is the usual one.",
    examples: {
      bad: { patch: { process: { scheduler: { nice: 5 } } } },
      good: { patch: { process: { scheduler: { policy: "SCHED_OTHER", nice: 5 } } } },
    },
  },
  "sched/policy-enum": {
    title: "the policy is one of the specification",
    explanation:
      "There are SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE and SCHED_DEADLINE. SCHED_ISO is " +
      "in the list too, but Linux only keeps its number free and refuses it: a warning.",
    examples: {
      bad: { patch: { process: { scheduler: { policy: "SCHED_NORMAL" } } } },
      good: { patch: { process: { scheduler: { policy: "SCHED_OTHER" } } } },
    },
  },
  "sched/nice-range": {
    title: "a nice value is from -20 to 19",
    explanation:
      "runc refuses another one under SCHED_OTHER and SCHED_BATCH; crun hands it on, and the kernel takes " +
      "the nearest. Under the other policies a nice value has no effect, which is a warning.",
    examples: {
      bad: { patch: { process: { scheduler: { policy: "SCHED_OTHER", nice: 20 } } } },
      good: { patch: { process: { scheduler: { policy: "SCHED_OTHER", nice: 19 } } } },
    },
  },
  "sched/priority-rt": {
    title: "a priority only for real-time policies",
    explanation:
      "The kernel refuses a priority under a policy other than SCHED_FIFO and SCHED_RR (EINVAL). For the " +
      "usual policy there is nice.",
    examples: {
      bad: { patch: { process: { scheduler: { policy: "SCHED_OTHER", priority: 1 } } } },
      good: { patch: { process: { scheduler: { policy: "SCHED_RR", priority: 1 } } } },
    },
  },
  "sched/priority-range": {
    title: "a real-time priority is from 1 to 99",
    explanation:
      "SCHED_FIFO and SCHED_RR need a priority, and without one it is 0, which the kernel refuses (EINVAL).",
    examples: {
      bad: { patch: { process: { scheduler: { policy: "SCHED_FIFO", priority: 100 } } } },
      good: { patch: { process: { scheduler: { policy: "SCHED_FIFO", priority: 99 } } } },
    },
  },
  "sched/deadline-fields": {
    title: "the times of SCHED_DEADLINE are in order",
    explanation:
      "runtime, deadline and period, in nanoseconds, belong to SCHED_DEADLINE alone. There runtime must be at " +
      "least 1024 and at most deadline, and deadline at most period; a period that is not written is as " +
      "long as the deadline. The kernel refuses anything else (EINVAL).",
    examples: {
      bad: {
        patch: {
          process: {
            scheduler: { policy: "SCHED_DEADLINE", runtime: 20000000, deadline: 10000000 },
          },
        },
      },
      good: {
        patch: {
          process: {
            scheduler: { policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 20000000 },
          },
        },
      },
    },
  },
  "sched/flags-enum": {
    title: "scheduler flags are those of the specification",
    explanation:
      "They begin with SCHED_FLAG_, such as SCHED_FLAG_RESET_ON_FORK; runtimes refuse any other.",
    examples: {
      bad: {
        patch: { process: { scheduler: { policy: "SCHED_OTHER", flags: ["RESET_ON_FORK"] } } },
      },
      good: {
        patch: {
          process: { scheduler: { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_RESET_ON_FORK"] } },
        },
      },
    },
  },
  "sched/uclamp": {
    title: "no clamp of utilization without a value",
    explanation:
      "The kernel takes the clamp's value from members of sched_attr for which the specification has no " +
      "property, so it becomes 0: with the flag for the maximum, the process is held at the lowest speed.",
    examples: {
      bad: {
        patch: {
          process: { scheduler: { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_UTIL_CLAMP_MAX"] } },
        },
      },
      good: {
        patch: {
          process: { scheduler: { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_RESET_ON_FORK"] } },
        },
      },
    },
  },
};
