import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#intelrdt");
const rdt = "/linux/intelRdt";

/**
 * Shares of cache and memory bandwidth. Whether the machine has them is the host rules' part.
 *
 * Decisions:
 * - An empty closID is none to runc; crun takes it for one. A warning.
 * - Lines in l3CacheSchema: the text says SHOULD NOT, and older versions allowed several for L3: a warning,
 *   but an error for a line of MB, which runtimes drop.
 */
export const rdtRules: readonly ConfigRule[] = onLinux([
  {
    id: "rdt/closid",
    severity: "error",
    spec,
    check({ linux }, report) {
      const id = linux?.intelRdt?.closID;
      const at = `${rdt}/closID`;
      if (id === "") {
        report(at, "an empty name is none; without closID the container's ID is taken", {
          severity: "warning",
          fix: { title: "remove it", patch: [{ op: "remove", path: at }] },
        });
      } else if (id && id !== "/" && (id === "." || id === ".." || /[/\n\0]/.test(id))) {
        report(at, "must be the name of a directory, or / for the default class");
      }
    },
  },
  {
    id: "rdt/schemata-line",
    severity: "error",
    spec,
    check({ linux }, report) {
      const { schemata, l3CacheSchema = "" } = linux?.intelRdt ?? {};
      eachElement(schemata, `${rdt}/schemata`, (line, pointer) => {
        if (line.includes("\n"))
          report(pointer, "must be one line; each line is an entry of its own");
      });
      const lines = l3CacheSchema.split("\n");
      const at = `${rdt}/l3CacheSchema`;
      if (lines.some((line) => line.startsWith("MB:"))) {
        report(at, "memory bandwidth belongs into memBwSchema; runtimes drop it here");
      } else if (lines.length > 1) {
        report(at, "should be one line", { severity: "warning" });
      } else if (l3CacheSchema !== "" && !/^L3(?:CODE|DATA)?:/.test(l3CacheSchema)) {
        report(at, 'should begin with "L3:"', { severity: "warning" });
      }
    },
  },
  {
    id: "rdt/schemata-vs-legacy",
    severity: "warning",
    spec,
    check({ linux }, report) {
      const { intelRdt } = linux ?? {};
      if (!intelRdt?.schemata?.length) return;
      eachElement(["l3CacheSchema", "memBwSchema"] as const, "", (name) => {
        const line = intelRdt[name];
        if (!line) return;
        const kind = line.slice(0, line.indexOf(":") + 1);
        if (!intelRdt.schemata?.some((other) => other.startsWith(kind))) return;
        report(`${rdt}/${name}`, `schemata has ${kind} too, is written after this, and wins`);
      });
    },
  },
]);

export const rdtDocs: RuleDocs = {
  "rdt/closid": {
    title: "closID names a class",
    explanation:
      "The class of service is a directory of the resctrl filesystem, so its name is not . or .. and has " +
      "no slash and no line break; / alone is the default class. Without closID the container gets a " +
      "class of its own with its ID.",
    examples: {
      bad: { patch: { linux: { intelRdt: { closID: "../gold" } } } },
      good: { patch: { linux: { intelRdt: { closID: "gold" } } } },
    },
  },
  "rdt/schemata-line": {
    title: "schemata are single lines",
    explanation:
      "Each entry of schemata is one line of the file of that name. l3CacheSchema should be one line and " +
      "begin with L3:; a line of memory bandwidth in it is dropped by runtimes.",
    examples: {
      bad: { patch: { linux: { intelRdt: { schemata: ["L3:0=7f0\nMB:0=20"] } } } },
      good: { patch: { linux: { intelRdt: { schemata: ["L3:0=7f0", "MB:0=20"] } } } },
    },
  },
  "rdt/schemata-vs-legacy": {
    title: "cache and bandwidth are set once",
    explanation:
      "l3CacheSchema and memBwSchema are written first and schemata last, so of two lines for the same " +
      "resource the one in schemata counts. Since 1.3.0 schemata alone is enough.",
    examples: {
      bad: {
        patch: { linux: { intelRdt: { memBwSchema: "MB:0=70", schemata: ["MB:0=20;1=70"] } } },
      },
      good: { patch: { linux: { intelRdt: { memBwSchema: "MB:0=70", schemata: ["L3:0=7f0"] } } } },
    },
  },
};
