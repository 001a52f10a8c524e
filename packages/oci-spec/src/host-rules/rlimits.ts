import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { manual } from "../clause.ts";
import { readText } from "../host.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";
import { hasCapability } from "./self.ts";

/** How `/proc/self/limits` calls the limits of a config. */
const titles: Readonly<Record<string, string>> = {
  RLIMIT_AS: "Max address space",
  RLIMIT_CORE: "Max core file size",
  RLIMIT_CPU: "Max cpu time",
  RLIMIT_DATA: "Max data size",
  RLIMIT_FSIZE: "Max file size",
  RLIMIT_LOCKS: "Max file locks",
  RLIMIT_MEMLOCK: "Max locked memory",
  RLIMIT_MSGQUEUE: "Max msgqueue size",
  RLIMIT_NICE: "Max nice priority",
  RLIMIT_NOFILE: "Max open files",
  RLIMIT_NPROC: "Max processes",
  RLIMIT_RSS: "Max resident set",
  RLIMIT_RTPRIO: "Max realtime priority",
  RLIMIT_RTTIME: "Max realtime timeout",
  RLIMIT_SIGPENDING: "Max pending signals",
  RLIMIT_STACK: "Max stack size",
};

/** Resource limits that the machine allows to set. */
export const rlimitHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "rlimit/nr-open",
      severity: "warning",
      spec: manual("setrlimit(2)"),
      host: true,
      async check({ process }, report, _, { files }) {
        const most = Number.parseInt((await readText(files, "/proc/sys/fs/nr_open")) ?? "", 10);
        const own = (await readText(files, "/proc/self/limits")) ?? "";
        const mayRaise = await hasCapability(files, "CAP_SYS_RESOURCE");
        eachElement(process?.rlimits, "/process/rlimits", ({ type, hard }, at) => {
          if (type === "RLIMIT_NOFILE" && hard > most) {
            report(`${at}/hard`, `fs.nr_open of this machine is ${most}, and allows no more`);
          } else if (mayRaise === false && hard > hardLimit(own, titles[type] ?? "")) {
            report(`${at}/hard`, "above the hard limit you have it needs CAP_SYS_RESOURCE");
          }
        });
      },
    },
  ],
);

/** A hard limit from `/proc/PID/limits`; no limit where there is none or it cannot be read. */
function hardLimit(limits: string, title: string): number {
  const line = limits.split("\n").find((text) => title !== "" && text.startsWith(`${title} `));
  const [, hard] = line?.slice(title.length).trim().split(/\s+/) ?? [];
  const limit = Number(hard);
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
}

export const rlimitHostDocs: RuleDocs = {
  "rlimit/nr-open": {
    title: "resource limits can be raised that far",
    explanation:
      "Nobody can have more open files than fs.nr_open, and raising any hard limit needs CAP_SYS_RESOURCE. " +
      "Compared are the limits of who checks, so check as the user who starts the container.",
    examples: {
      bad: {
        patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 2000000 }] } },
        host: { files: { "/proc/sys/fs/nr_open": "1048576\n" } },
      },
      good: {
        patch: { process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1000000 }] } },
        host: { files: { "/proc/sys/fs/nr_open": "1048576\n" } },
      },
    },
  },
};
