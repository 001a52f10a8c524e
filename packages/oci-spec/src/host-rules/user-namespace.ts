import type { RuleDocs } from "@ocikit/diagnostics";
import { manual } from "../clause.ts";
import { type FileTree, readText } from "../host.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";
import { ownIds } from "./self.ts";

/** The two maps, with the file that gives ranges of IDs to users. */
const maps = [
  ["uidMappings", "/etc/subuid", "uid"],
  ["gidMappings", "/etc/subgid", "gid"],
] as const;

type Range = readonly [first: number, end: number];

/** IDs that an ordinary user may map. */
export const userNamespaceHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "userns/subid",
      severity: "warning",
      spec: manual("newuidmap(1)"),
      host: true,
      async check({ linux }, report, { rootless }, { files }) {
        const own = await ownIds(files);
        if (!rootless || !own || own.uid === 0) return;
        for (const [map, file, kind] of maps) {
          const ranges = await rangesOf(files, file, own.uid);
          if (ranges === undefined) continue;
          for (const [index, { hostID, size }] of (linux?.[map] ?? []).entries()) {
            if (size === 1 && hostID === own[kind]) continue;
            const missing = firstNotIn(ranges, hostID, hostID + size);
            if (missing === undefined) continue;
            report(`/linux/${map}/${index}`, `${file} gives user ${own.uid} no ID ${missing}`);
          }
        }
      },
    },
  ],
);

/** The ranges that a file gives a user, by name or by number; undefined when it cannot be read. */
async function rangesOf(
  files: FileTree,
  file: string,
  uid: number,
): Promise<readonly Range[] | undefined> {
  if ((await files.look(file)) === "denied") return undefined;
  const names = new Set([String(uid), await nameOf(files, uid)]);
  const lines = ((await readText(files, file)) ?? "").split("\n");
  return lines.flatMap((line): Range[] => {
    const [name, first, count] = line.split(":");
    if (!names.has(name)) return [];
    return [[Number(first), Number(first) + Number(count)]];
  });
}

async function nameOf(files: FileTree, uid: number): Promise<string | undefined> {
  const lines = ((await readText(files, "/etc/passwd")) ?? "").split("\n");
  return lines.map((line) => line.split(":")).find(([, , id]) => id === String(uid))?.[0];
}

/** The first of some IDs that no range has. */
function firstNotIn(ranges: readonly Range[], first: number, end: number): number | undefined {
  let at = first;
  while (at < end) {
    const range = ranges.find(([start, stop]) => start <= at && at < stop);
    if (!range) return at;
    at = range[1];
  }
  return undefined;
}

export const userNamespaceHostDocs: RuleDocs = {
  "userns/subid": {
    title: "an ordinary user may map the IDs",
    explanation:
      "Beyond the own ID a user may map only the ranges that /etc/subuid and /etc/subgid give, which " +
      "newuidmap and newgidmap hold to. Looked up is who checks, so check as the user who starts the " +
      "container; ranges that come from elsewhere than the files are not seen.",
    examples: {
      bad: {
        patch: {
          linux: {
            namespaces: [{ type: "mount" }, { type: "uts" }, { type: "user" }],
            uidMappings: [
              { containerID: 0, hostID: 1000, size: 1 },
              { containerID: 1, hostID: 100000, size: 65537 },
            ],
            gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
          },
        },
        target: { rootless: true },
        host: {
          files: {
            "/proc/self/status": "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n",
            "/etc/passwd": "ann:x:1000:1000::/home/ann:/bin/sh\n",
            "/etc/subuid": "ann:100000:65536\n",
          },
        },
      },
      good: {
        patch: {
          linux: {
            namespaces: [{ type: "mount" }, { type: "uts" }, { type: "user" }],
            uidMappings: [
              { containerID: 0, hostID: 1000, size: 1 },
              { containerID: 1, hostID: 100000, size: 65536 },
            ],
            gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
          },
        },
        target: { rootless: true },
        host: {
          files: {
            "/proc/self/status": "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n",
            "/etc/passwd": "ann:x:1000:1000::/home/ann:/bin/sh\n",
            "/etc/subuid": "ann:100000:65536\n",
          },
        },
      },
    },
  },
};
