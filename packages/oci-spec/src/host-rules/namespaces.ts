import type { RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";
import { namespaceAt, namespaceFiles } from "./namespace-file.ts";

const spec: string = clause("config-linux.md#namespaces");

/** Namespaces that the machine has, and those it can make. */
export const namespaceHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "ns/path-exists",
      severity: "error",
      spec,
      host: true,
      async check({ linux }, report, _, { files }) {
        for (const [index, { path }] of (linux?.namespaces ?? []).entries()) {
          if (!path?.startsWith("/") || (await namespaceAt(files, path)) !== "missing") continue;
          report(`/linux/namespaces/${index}/path`, `nothing stands at ${JSON.stringify(path)}`);
        }
      },
    },
    {
      id: "ns/path-type",
      severity: "error",
      spec,
      host: true,
      async check({ linux }, report, _, { files }) {
        for (const [index, { type, path }] of (linux?.namespaces ?? []).entries()) {
          if (!path?.startsWith("/")) continue;
          const found = await namespaceAt(files, path);
          if (typeof found === "string" || found.kind === undefined) continue;
          if (found.kind === namespaceFiles[type]) continue;
          const what = found.kind === "" ? "no namespace" : `a ${found.kind} namespace`;
          report(
            `/linux/namespaces/${index}/path`,
            `${JSON.stringify(path)} is ${what}, not one of type ${type}`,
          );
        }
      },
    },
    {
      id: "ns/kernel",
      severity: "error",
      spec: manual("namespaces(7)"),
      host: true,
      async check({ linux }, report, _, { files }) {
        if (typeof (await files.look("/proc/self/ns")) === "string") return;
        for (const [index, { type }] of (linux?.namespaces ?? []).entries()) {
          const file = `/proc/self/ns/${namespaceFiles[type]}`;
          if ((await files.look(file, { follow: false })) !== "missing") continue;
          report(`/linux/namespaces/${index}`, `this kernel has no ${type} namespaces`);
        }
      },
    },
  ],
);

export const namespaceHostDocs: RuleDocs = {
  "ns/path-exists": {
    title: "namespaces to join are there",
    explanation:
      "A namespace that is to be joined must exist when the container is created. Below /proc it is gone " +
      "with its process; tools like ip netns keep one by a bind mount, as in /run/netns/NAME.",
    examples: {
      bad: {
        patch: {
          linux: { namespaces: [{ type: "mount" }, { type: "uts", path: "/proc/7/ns/uts" }] },
        },
        host: { files: { "/proc/self/mountinfo": "" } },
      },
      good: {
        patch: {
          linux: { namespaces: [{ type: "mount" }, { type: "uts", path: "/proc/7/ns/uts" }] },
        },
        host: { files: { "/proc/7/ns/uts": { target: "uts:[4026531838]" } } },
      },
    },
  },
  "ns/path-type": {
    title: "namespaces to join have the type that is said",
    explanation:
      "The file must be a namespace, and one of the entry's type; runtimes must fail otherwise. What it " +
      "is, readlink tells below /proc, and findmnt for one that is bound elsewhere.",
    examples: {
      bad: {
        patch: {
          linux: { namespaces: [{ type: "mount" }, { type: "uts", path: "/proc/7/ns/net" }] },
        },
        host: { files: { "/proc/7/ns/net": { target: "net:[4026531840]" } } },
      },
      good: {
        patch: {
          linux: {
            namespaces: [
              { type: "mount" },
              { type: "uts" },
              { type: "network", path: "/run/netns/a" },
            ],
          },
        },
        host: {
          files: {
            "/run/netns/a": "",
            "/proc/self/mountinfo":
              "60 29 0:4 net:[4026532208] /run/netns/a rw shared:9 - nsfs nsfs rw\n",
          },
        },
      },
    },
  },
  "ns/kernel": {
    title: "the kernel has the namespaces",
    explanation:
      "Time namespaces came with Linux 5.6 and cgroup namespaces with 4.6, and a kernel can be built " +
      "without some of the others. Runtimes fail then.",
    examples: {
      bad: {
        patch: {},
        host: {
          files: {
            "/proc/self/ns/mnt": { target: "mnt:[4026531841]" },
            "/proc/self/ns/pid": { target: "pid:[4026531836]" },
            "/proc/self/ns/net": { target: "net:[4026531840]" },
            "/proc/self/ns/uts": { target: "uts:[4026531838]" },
            "/proc/self/ns/ipc": { target: "ipc:[4026531839]" },
          },
        },
      },
      good: {
        patch: {},
        host: {
          files: {
            "/proc/self/ns/mnt": { target: "mnt:[4026531841]" },
            "/proc/self/ns/pid": { target: "pid:[4026531836]" },
            "/proc/self/ns/net": { target: "net:[4026531840]" },
            "/proc/self/ns/uts": { target: "uts:[4026531838]" },
            "/proc/self/ns/ipc": { target: "ipc:[4026531839]" },
            "/proc/self/ns/cgroup": { target: "cgroup:[4026531835]" },
          },
        },
      },
    },
  },
};
