import { didYouMean, eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { Config, SeccompArch, SeccompRule } from "../generated/types.ts";
import { takesData, verdict, verdictOf } from "../seccomp/action.ts";
import { argumentCount } from "../seccomp/condition.ts";
import {
  changedErrno,
  idleErrno,
  idleSecondValue,
  noArgument,
  notifyFaults,
  unknownCall,
} from "../seccomp/faults.ts";
import { syscallNames, syscallPlace } from "../seccomp/syscall.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#seccomp");
const seccomp = "/linux/seccomp";
const syscalls = "/linux/seccomp/syscalls";

/** Names for which suggestions are looked up; a profile with more unknown names is not for Linux. */
const maxSuggestions = 20;

/** Architectures whose programs the same machine runs, by the machine's own. */
const companions: Partial<Record<SeccompArch, readonly SeccompArch[]>> = {
  SCMP_ARCH_X86_64: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  SCMP_ARCH_AARCH64: ["SCMP_ARCH_ARM"],
  SCMP_ARCH_S390X: ["SCMP_ARCH_S390"],
  SCMP_ARCH_MIPS64: ["SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32"],
  SCMP_ARCH_MIPSEL64: ["SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32"],
};

/**
 * Filters of system calls. What the compiler says of a profile (`../seccomp/`) these rules say with the
 * same ids and words, and they weigh what is merely odd as a check of a document should.
 *
 * Decisions:
 * - errnoRet beside an action that takes none: the text has runtimes fail, crun does, and runc passes over
 *   it. An error. An error number above 4095 arrives as another: an error too, though profiles that have
 *   one compile.
 * - Unknown names: all runtimes skip them in silence, since a profile names calls of many kernels. A
 *   warning, because a misspelt name leaves a call as it was.
 * - Several conditions on one argument: the text joins them by AND, runc and crun by OR, as libseccomp had
 *   only one. A warning.
 * - A call in two rules without conditions: the first decides. podman's own profile has that for setns,
 *   which is therefore allowed: an info.
 * - A filter without the machine's 32-bit architectures: no way around it, as these programs are killed.
 *   A warning; without any architectures, as docker writes it for machines that have no such programs, an
 *   info.
 */
export const seccompRules: readonly ConfigRule[] = onLinux([
  {
    id: "sc/action-enum",
    severity: "error",
    spec,
    claims: [
      "Seccomp.defaultAction required",
      "Seccomp.defaultAction enum",
      "SeccompRule.action enum",
    ],
  },
  { id: "sc/arch-enum", severity: "error", spec, claims: ["Seccomp.architectures[] enum"] },
  {
    id: "sc/flag-enum",
    severity: "error",
    spec,
    claims: ["Seccomp.flags[] enum"],
    check(config, report) {
      if (rulesOf(config).some(({ action }) => action === "SCMP_ACT_NOTIFY")) return;
      eachElement(config.linux?.seccomp?.flags, `${seccomp}/flags`, (flag, pointer) => {
        if (flag !== "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") return;
        report(pointer, "has no effect: no rule notifies", { severity: "warning" });
      });
    },
  },
  { id: "sc/op-enum", severity: "error", spec, claims: ["SeccompArg.op enum"] },
  {
    id: "sc/names-nonempty",
    severity: "error",
    spec,
    claims: ["SeccompRule.names required", "SeccompRule.names minItems"],
    check(config, report) {
      eachElement(config.linux?.seccomp?.syscalls, syscalls, ({ names }, pointer) => {
        const index = names.indexOf("");
        if (index >= 0) report(`${pointer}/names/${index}`, "a system call has a name");
      });
    },
  },
  {
    id: "sc/name-known",
    severity: "warning",
    spec,
    check(config, report) {
      let suggestions = maxSuggestions;
      eachElement(config.linux?.seccomp?.syscalls, syscalls, ({ names }, pointer) => {
        for (let index = 0; index < names.length; index++) {
          const name = names[index] ?? "";
          if (name === "" || syscallPlace(name) >= 0) continue;
          const hint = suggestions-- > 0 ? didYouMean(name, syscallNames()) : "";
          report(`${pointer}/names/${index}`, `${unknownCall(name)}${hint}`);
        }
      });
    },
  },
  {
    id: "sc/arg-index",
    severity: "error",
    spec,
    check(config, report) {
      eachElement(config.linux?.seccomp?.syscalls, syscalls, ({ args }, pointer) => {
        const seen = new Set<number>();
        eachElement(args, `${pointer}/args`, ({ index }, at) => {
          if (index >= argumentCount) report(`${at}/index`, noArgument(index));
          else if (seen.has(index)) {
            report(
              at,
              `a second condition on argument ${index}: runtimes take it for an alternative, not for both`,
              { severity: "warning" },
            );
          }
          seen.add(index);
        });
      });
    },
  },
  {
    id: "sc/errno-only",
    severity: "error",
    spec,
    check(config, report) {
      eachElement(config.linux?.seccomp?.syscalls, syscalls, ({ action, errnoRet }, pointer) => {
        const fault = idleErrno(action, errnoRet);
        if (fault) report(`${pointer}/errnoRet`, fault);
      });
    },
  },
  {
    id: "sc/errno-range",
    severity: "error",
    spec,
    check({ linux }, report) {
      const judge = (action: string, errno: number | undefined, pointer: string): void => {
        const fault = takesData(action) && changedErrno(action, errno);
        if (fault) report(pointer, fault);
      };
      eachElement(linux?.seccomp?.syscalls, syscalls, ({ action, errnoRet }, pointer) => {
        judge(action, errnoRet, `${pointer}/errnoRet`);
      });
      const { defaultAction = "", defaultErrnoRet } = linux?.seccomp ?? {};
      judge(defaultAction, defaultErrnoRet, `${seccomp}/defaultErrnoRet`);
    },
  },
  {
    id: "sc/default-errno",
    severity: "error",
    spec,
    check({ linux }, report) {
      const { defaultAction = "", defaultErrnoRet } = linux?.seccomp ?? {};
      const fault = idleErrno(defaultAction, defaultErrnoRet);
      if (fault) report(`${seccomp}/defaultErrnoRet`, fault);
    },
  },
  {
    id: "sc/notify-listener",
    severity: "error",
    spec,
    check(config, report) {
      const profile = config.linux?.seccomp;
      if (!profile) return;
      for (const { at, message } of notifyFaults(profile)) report(`${seccomp}${at}`, message);
      eachElement(profile.syscalls, syscalls, ({ action, names }, pointer) => {
        const index = action === "SCMP_ACT_NOTIFY" ? names.indexOf("write") : -1;
        if (index < 0) return;
        report(
          `${pointer}/names/${index}`,
          "runc writes before it hands the listener over, so it refuses this",
        );
      });
    },
  },
  {
    id: "sc/metadata-listener",
    severity: "error",
    spec,
    check({ linux }, report) {
      const { listenerMetadata, listenerPath } = linux?.seccomp ?? {};
      if (!listenerMetadata || listenerPath) return;
      report(`${seccomp}/listenerMetadata`, "needs a listenerPath to be sent to", { part: "key" });
    },
  },
  {
    id: "sc/valuetwo",
    severity: "warning",
    spec,
    check(config, report) {
      eachElement(config.linux?.seccomp?.syscalls, syscalls, ({ args }, pointer) => {
        eachElement(args, `${pointer}/args`, (arg, at) => {
          const fault = idleSecondValue(arg);
          if (fault) report(`${at}/valueTwo`, fault);
        });
      });
    },
  },
  {
    id: "sc/rule-shadow",
    severity: "warning",
    spec,
    check(config, report) {
      const rest = defaultAnswer(config);
      if (rest === undefined) return;
      /** The rule that decides a call alone: the first without conditions, wherever it stands. */
      const deciding = new Map<string, number>();
      const entries = rulesOf(config);
      const answers = entries.map(answerOf);
      const judge = (index: number, name: number, severity: "info" | "warning"): void => {
        const call = entries[index]?.names[name] ?? "";
        const other = deciding.get(call);
        if (other === undefined || answers[other] === answers[index]) return;
        const message = `has no effect: rule ${other} decides ${call} whatever its arguments`;
        report(`${syscalls}/${index}/names/${name}`, message, { severity });
      };
      for (const [index, { names, args }] of entries.entries()) {
        if (answers[index] === rest) {
          report(`${syscalls}/${index}`, "has no effect: it says what the default says");
        } else if (!args?.length) {
          for (let name = 0; name < names.length; name++) {
            const call = names[name] ?? "";
            if (deciding.has(call)) judge(index, name, "info");
            else deciding.set(call, index);
          }
        }
      }
      for (const [index, { names, args }] of entries.entries()) {
        if (!args?.length || answers[index] === rest) continue;
        for (let name = 0; name < names.length; name++) judge(index, name, "warning");
      }
    },
  },
  {
    id: "sc/exec-blocked",
    severity: "warning",
    spec,
    check(config, report) {
      const rest = defaultAnswer(config);
      if (rest === undefined) return;
      const naming = [...rulesOf(config).entries()].filter(
        ([, rule]) => rule.names.includes("execve") && answerOf(rule) !== rest,
      );
      const message = "blocks execve, which starts the program";
      const [index, rule] = naming.find(([, { args }]) => !args?.length) ?? [];
      if (rule) {
        if (isBlocking(answerOf(rule))) report(`${syscalls}/${index}/action`, message);
      } else if (isBlocking(rest) && naming.length === 0) {
        report(`${seccomp}/defaultAction`, message);
      }
    },
  },
  {
    id: "sc/x32-compat",
    severity: "warning",
    spec,
    check({ linux }, report) {
      const { architectures = [] } = linux?.seccomp ?? {};
      if (!linux?.seccomp) return;
      const missing = architectures.flatMap((name) =>
        (companions[name] ?? []).filter((other) => !architectures.includes(other)),
      );
      if (architectures.length === 0) {
        report(seccomp, "without architectures the machine's 32-bit programs are killed", {
          severity: "info",
        });
      } else if (missing.length > 0) {
        report(`${seccomp}/architectures`, `programs for ${missing.join(" and ")} are killed`);
      }
    },
  },
]);

function rulesOf({ linux }: Config): readonly SeccompRule[] {
  return linux?.seccomp?.syscalls ?? [];
}

function answerOf({ action, errnoRet }: SeccompRule): number | undefined {
  return verdictOf(action, errnoRet);
}

function defaultAnswer({ linux }: Config): number | undefined {
  const { defaultAction, defaultErrnoRet } = linux?.seccomp ?? {};
  return defaultAction && verdictOf(defaultAction, defaultErrnoRet);
}

/** Whether a call that gets this answer is not made. A tracer or a listener may let it through. */
function isBlocking(answer: number | undefined): boolean {
  if (answer === undefined) return false;
  const kind = (answer & 0xffff0000) >>> 0;
  return (
    kind === verdict.errno ||
    kind === verdict.trap ||
    kind === verdict.killThread ||
    kind === verdict.killProcess
  );
}

const allow = { names: ["execve"], action: "SCMP_ACT_ALLOW" };
const architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];

export const seccompDocs: RuleDocs = {
  "sc/action-enum": {
    title: "seccomp actions have a known name",
    explanation:
      "An action is one of the nine of libseccomp that the specification lists, and there must be one " +
      "for what no rule names.",
    examples: {
      bad: { patch: { linux: { seccomp: { defaultAction: "SCMP_ACT_DENY", architectures } } } },
      good: { patch: { linux: { seccomp: { defaultAction: "SCMP_ACT_LOG", architectures } } } },
    },
  },
  "sc/arch-enum": {
    title: "seccomp architectures have a known name",
    explanation:
      "Architectures have the names of libseccomp, which are neither those of Go nor of uname: " +
      "SCMP_ARCH_X86_64 for amd64, SCMP_ARCH_AARCH64 for arm64.",
    examples: {
      bad: {
        patch: {
          linux: { seccomp: { defaultAction: "SCMP_ACT_LOG", architectures: ["SCMP_ARCH_ARM64"] } },
        },
      },
      good: { patch: { linux: { seccomp: { defaultAction: "SCMP_ACT_LOG", architectures } } } },
    },
  },
  "sc/flag-enum": {
    title: "seccomp flags have a known name",
    explanation:
      "There are four flags of seccomp(2). That a process waits for its listener unless it is killed " +
      "(WAIT_KILLABLE_RECV) means nothing without a rule that notifies: a warning.",
    examples: {
      bad: {
        patch: {
          linux: { seccomp: { defaultAction: "SCMP_ACT_LOG", architectures, flags: ["LOG"] } },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              flags: ["SECCOMP_FILTER_FLAG_LOG"],
            },
          },
        },
      },
    },
  },
  "sc/op-enum": {
    title: "seccomp operators have a known name",
    explanation:
      "Arguments are compared by one of seven operators, from SCMP_CMP_NE to SCMP_CMP_MASKED_EQ.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [
                {
                  names: ["clone"],
                  action: "SCMP_ACT_TRAP",
                  args: [{ index: 0, value: 0, op: "==" }],
                },
              ],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [
                {
                  names: ["clone"],
                  action: "SCMP_ACT_TRAP",
                  args: [{ index: 0, value: 0, op: "SCMP_CMP_EQ" }],
                },
              ],
            },
          },
        },
      },
    },
  },
  "sc/names-nonempty": {
    title: "seccomp rules name a system call",
    explanation: "A rule must have at least one name, and runc refuses an empty one.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [{ names: [], action: "SCMP_ACT_ALLOW" }],
            },
          },
        },
      },
      good: {
        patch: {
          linux: { seccomp: { defaultAction: "SCMP_ACT_LOG", architectures, syscalls: [allow] } },
        },
      },
    },
  },
  "sc/name-known": {
    title: "seccomp rules name calls that exist",
    explanation:
      "Runtimes pass over names they do not know without a word, so a misspelt call keeps the default " +
      "action. Names are those of Linux 7.2 on all architectures.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [{ names: ["opennat"], action: "SCMP_ACT_ALLOW" }],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [{ names: ["openat"], action: "SCMP_ACT_ALLOW" }],
            },
          },
        },
      },
    },
  },
  "sc/arg-index": {
    title: "seccomp conditions are on arguments 0 to 5",
    explanation:
      "System calls have six arguments, counted from 0. Two conditions on the same one are alternatives " +
      "for runc and crun, although all conditions should have to hold; write a masked comparison, or two " +
      "rules if alternatives are meant. That is a warning.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [
                {
                  names: ["clone"],
                  action: "SCMP_ACT_TRAP",
                  args: [{ index: 6, value: 0, op: "SCMP_CMP_EQ" }],
                },
              ],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [
                {
                  names: ["clone"],
                  action: "SCMP_ACT_TRAP",
                  args: [
                    { index: 0, value: 0, op: "SCMP_CMP_EQ" },
                    { index: 5, value: 0, op: "SCMP_CMP_EQ" },
                  ],
                },
              ],
            },
          },
        },
      },
    },
  },
  "sc/errno-only": {
    title: "only some seccomp actions have an error number",
    explanation:
      "errnoRet belongs to SCMP_ACT_ERRNO, and to SCMP_ACT_TRACE as a message for the tracer. Runtimes " +
      "must fail where another action has one; crun does.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [{ names: ["execve"], action: "SCMP_ACT_ALLOW", errnoRet: 1 }],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [{ names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
            },
          },
        },
      },
    },
  },
  "sc/errno-range": {
    title: "seccomp error numbers are at most 4095",
    explanation:
      "The kernel turns an error number above 4095 into that one; for a tracer it takes 16 bits.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [{ names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 4096 }],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [{ names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }],
            },
          },
        },
      },
    },
  },
  "sc/default-errno": {
    title: "only some default actions have an error number",
    explanation:
      "defaultErrnoRet belongs to SCMP_ACT_ERRNO and SCMP_ACT_TRACE. Runtimes must fail where the " +
      "default action is another; crun does.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1, architectures },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_ERRNO",
              defaultErrnoRet: 38,
              architectures,
              syscalls: [allow],
            },
          },
        },
      },
    },
  },
  "sc/notify-listener": {
    title: "a seccomp listener can be reached",
    explanation:
      "SCMP_ACT_NOTIFY needs listenerPath, where the runtime hands the listener over. It cannot be the " +
      "default action, nor the one for write, which runc itself needs before that is done.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_ALLOW",
              architectures,
              syscalls: [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_ALLOW",
              architectures,
              listenerPath: "/run/agent.sock",
              syscalls: [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }],
            },
          },
        },
      },
    },
  },
  "sc/metadata-listener": {
    title: "metadata goes to a seccomp listener",
    explanation:
      "listenerMetadata is sent to the listener as it is, and must not be set without listenerPath.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures, listenerMetadata: "a" },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_ALLOW",
              architectures,
              listenerPath: "/run/agent.sock",
              listenerMetadata: "a",
            },
          },
        },
      },
    },
  },
  "sc/valuetwo": {
    title: "valueTwo belongs to masked comparisons",
    explanation:
      "SCMP_CMP_MASKED_EQ compares the argument, masked by value, with valueTwo. Other operators compare " +
      "with value and do not read valueTwo.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [
                {
                  names: ["clone"],
                  action: "SCMP_ACT_TRAP",
                  args: [{ index: 0, value: 1, valueTwo: 2, op: "SCMP_CMP_EQ" }],
                },
              ],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_LOG",
              architectures,
              syscalls: [
                {
                  names: ["clone"],
                  action: "SCMP_ACT_TRAP",
                  args: [{ index: 0, value: 3, valueTwo: 2, op: "SCMP_CMP_MASKED_EQ" }],
                },
              ],
            },
          },
        },
      },
    },
  },
  "sc/rule-shadow": {
    title: "every seccomp rule has an effect",
    explanation:
      "A rule without conditions decides its calls alone, wherever it stands, and the first such rule " +
      "does: conditions in another rule never matter, and a second rule without any is only an info. A rule " +
      "that says what the default says is left out altogether, so it cannot make an exception.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_ALLOW",
              architectures,
              syscalls: [
                { names: ["mount"], action: "SCMP_ACT_ERRNO" },
                { names: ["mount"], action: "SCMP_ACT_KILL" },
              ],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_ALLOW",
              architectures,
              syscalls: [{ names: ["mount"], action: "SCMP_ACT_ERRNO" }],
            },
          },
        },
      },
    },
  },
  "sc/exec-blocked": {
    title: "the program can be started",
    explanation:
      "The filter holds from before the program's execve, so a profile that blocks it starts nothing. " +
      "Runtimes need more after that moment, each its own calls; allow what the program needs, and that " +
      "is mostly among it.",
    examples: {
      bad: {
        patch: {
          linux: {
            seccomp: {
              defaultAction: "SCMP_ACT_ERRNO",
              architectures,
              syscalls: [{ names: ["read", "write"], action: "SCMP_ACT_ALLOW" }],
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            seccomp: { defaultAction: "SCMP_ACT_ERRNO", architectures, syscalls: [allow] },
          },
        },
      },
    },
  },
  "sc/x32-compat": {
    title: "the filter knows 32-bit programs",
    explanation:
      "A machine also runs programs of other architectures: x86 and x32 on x86_64, 32-bit Arm on arm64. " +
      "The filter kills them at their first system call unless architectures names theirs. Without the " +
      "list it has only the machine's own, which is an info: not every machine has others.",
    examples: {
      bad: { patch: { linux: { seccomp: { defaultAction: "SCMP_ACT_LOG" } } } },
      good: { patch: { linux: { seccomp: { defaultAction: "SCMP_ACT_LOG", architectures } } } },
    },
  },
};
