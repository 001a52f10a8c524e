import { clause } from "../clause.ts";
import { readText } from "../host.ts";
import { firstOutside, parseNumberList } from "../number-list.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

const resources = "/linux/resources";

const lists = [
  ["cpus", "/sys/devices/system/cpu/online", "CPU"],
  ["mems", "/sys/devices/system/node/online", "memory node"],
] as const;

/** KB of a unit. */
const units: Readonly<Record<string, number>> = { K: 1, M: 1024, G: 1024 * 1024 };

/** Resources that the machine has. All of these go on with rules that look at the config alone. */
export const cgroupHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "cg/cpuset-syntax",
      severity: "error",
      spec: clause("config-linux.md#cpu"),
      host: true,
      async check({ linux }, report, _, { files }) {
        for (const [name, file, what] of lists) {
          const wanted = parseNumberList(linux?.resources?.cpu?.[name] ?? "");
          const online = parseNumberList((await readText(files, file)) ?? "");
          if (typeof wanted === "string" || typeof online === "string" || !online.length) continue;
          const missing = firstOutside(wanted, online);
          if (missing === undefined) continue;
          report(`${resources}/cpu/${name}`, `this machine has no ${what} ${missing}`);
        }
      },
    },
    {
      id: "cg/hugepage-size",
      severity: "error",
      spec: clause("config-linux.md#huge-page-limits"),
      host: true,
      async check({ linux }, report, _, { files }) {
        const pages = "/sys/kernel/mm/hugepages";
        if (typeof (await files.look("/sys/kernel/mm")) === "string") return;
        for (const [index, { pageSize }] of (linux?.resources?.hugepageLimits ?? []).entries()) {
          const [, size, unit = ""] = /^(\d{1,9})([KMG])B$/.exec(pageSize) ?? [];
          const kilobytes = Number(size) * (units[unit] ?? 1);
          if ((await files.look(`${pages}/hugepages-${kilobytes}kB`)) !== "missing") continue;
          report(
            `${resources}/hugepageLimits/${index}/pageSize`,
            `this machine has no huge pages of ${pageSize}`,
          );
        }
      },
    },
    {
      id: "cg/unified-v1",
      severity: "error",
      spec: clause("config-linux.md#unified"),
      host: true,
      async check({ linux }, report, { cgroup }, { files }) {
        const names = Object.keys(linux?.resources?.unified ?? {});
        const isMounted = typeof (await files.look("/sys/fs/cgroup")) !== "string";
        // What the target says, the other rule of this id has judged.
        if (names.length === 0 || cgroup !== undefined || !isMounted) return;
        if ((await files.look("/sys/fs/cgroup/cgroup.controllers")) !== "missing") return;
        report(`${resources}/unified`, "this machine has cgroup v1, which has no such files", {
          part: "key",
        });
      },
    },
  ],
);
