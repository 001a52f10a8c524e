import { didYouMean, eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { rlimitNames } from "../data/rlimit-names.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config.md#posix-process");
const pointer = "/process/rlimits";
const known: ReadonlySet<string> = new Set(rlimitNames);

/** Fewer open files than this, and a runtime written in Go fails before the program is started. */
const fewFiles = 64;

/**
 * Resource limits.
 *
 * Decision: what stands twice the text has runtimes refuse; runc and crun take the last. An error, with a
 * fix where both say the same.
 */
export const rlimitRules: readonly ConfigRule[] = [
  {
    id: "rlimit/required",
    severity: "error",
    spec,
    claims: ["Rlimit.type required", "Rlimit.soft required", "Rlimit.hard required"],
  },
  {
    id: "rlimit/dup",
    severity: "error",
    spec,
    check({ process }, report) {
      const seen = new Map<string, string>();
      eachElement(process?.rlimits, pointer, ({ type, soft, hard }, at) => {
        const limits = `${soft} ${hard}`;
        const before = seen.get(type);
        if (before === undefined) {
          seen.set(type, limits);
          return;
        }
        const fix = { title: "remove it", patch: [{ op: "remove" as const, path: at }] };
        report(`${at}/type`, `${type} is limited already`, before === limits ? { fix } : {});
      });
    },
  },
  {
    id: "rlimit/soft-le-hard",
    severity: "error",
    spec: manual("setrlimit(2)"),
    check({ process }, report) {
      eachElement(process?.rlimits, pointer, ({ soft, hard }, at) => {
        if (soft <= hard) return;
        report(`${at}/soft`, `the soft limit is above the hard one, which is ${hard}`);
      });
    },
  },
  ...onLinux([
    {
      id: "rlimit/type",
      severity: "error",
      spec,
      claims: ["Rlimit.type pattern"],
      check({ process }, report) {
        eachElement(process?.rlimits, pointer, ({ type }, at) => {
          if (known.has(type)) return;
          const hint = didYouMean(type, rlimitNames);
          report(`${at}/type`, `no resource limit is called ${JSON.stringify(type)}${hint}`);
        });
      },
    },
    {
      id: "rlimit/nofile-low",
      severity: "warning",
      spec: manual("getrlimit(2)"),
      check({ process }, report) {
        eachElement(process?.rlimits, pointer, ({ type, soft }, at) => {
          if (type !== "RLIMIT_NOFILE" || soft >= fewFiles) return;
          report(`${at}/soft`, `with ${soft} open files the runtime itself may fail`);
        });
      },
    },
  ]),
];

export const rlimitDocs: RuleDocs = {
  "rlimit/required": {
    title: "a resource limit has a type and both limits",
    explanation:
      "type, soft and hard must all be written; runtimes read a missing limit as 0, which for most types " +
      "stops the program at once. For no limit write 18446744073709551615.",
    examples: {
      bad: { patch: { process: { rlimits: [{ type: "RLIMIT_CORE", soft: 0 }] } } },
      good: { patch: { process: { rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }] } } },
    },
  },
  "rlimit/dup": {
    title: "a resource is limited once",
    explanation:
      "The specification has runtimes refuse a type that stands twice. runc and crun set one after the " +
      "other, so that the last one counts.",
    examples: {
      bad: {
        patch: {
          process: {
            rlimits: [
              { type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 },
              { type: "RLIMIT_NOFILE", soft: 4096, hard: 4096 },
            ],
          },
        },
      },
      good: {
        patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 4096, hard: 4096 }] } },
      },
    },
  },
  "rlimit/soft-le-hard": {
    title: "a soft limit is not above the hard one",
    explanation: "The kernel refuses such a pair (EINVAL), and the container does not start.",
    examples: {
      bad: {
        patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 4096, hard: 1024 }] } },
      },
      good: {
        patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 4096 }] } },
      },
    },
  },
  "rlimit/type": {
    title: "resource limits have names of the kernel",
    explanation:
      "Linux has sixteen, called like RLIMIT_NOFILE; the short names of ulimit and docker (nofile) are " +
      "not known. Runtimes must refuse what they cannot set.",
    examples: {
      bad: {
        patch: { process: { rlimits: [{ type: "RLIMIT_NOFILES", soft: 1024, hard: 1024 }] } },
      },
      good: {
        patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }] } },
      },
    },
  },
  "rlimit/nofile-low": {
    title: "enough open files to start",
    explanation:
      "A runtime holds files of its own while it starts the container, and runtimes set the limit before " +
      "they are done. Below about 64, runc crashes at start, with messages that do not name the reason.",
    examples: {
      bad: { patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 16, hard: 1024 }] } } },
      good: { patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 64, hard: 1024 }] } } },
    },
  },
};
