import type { Issue, RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { ConfigHostRule } from "./host-rule.ts";

const rule = {
  id: "doc/filename",
  severity: "error",
  spec: clause("bundle.md#container-format"),
} as const;

const message = "the config of a bundle is called config.json and stands at its top";

/** The config as a file of its bundle. */
export const documentHostRules: readonly ConfigHostRule[] = [
  {
    ...rule,
    host: true,
    async check(_, report, __, { files }) {
      if ((await files.look("config.json")) === "missing") report("", message);
    },
  },
];

/** What there is to say of a bundle that has no config. */
export function filenameIssue(source: string): Issue {
  const { id, severity, spec } = rule;
  return { rule: id, severity, pointer: "", message, source, spec };
}

export const documentHostDocs: RuleDocs = {
  "doc/filename": {
    title: "the config is called config.json",
    explanation:
      "A runtime is given the directory of a bundle and opens config.json in it. Under another name, in " +
      "another case, or in a directory below, the config is not found.",
    examples: {
      bad: {
        patch: {},
        host: {
          files: { "/bundle/config.json": { absence: "missing" }, "/bundle/Config.json": "" },
        },
      },
      good: { patch: {}, host: { files: { "/bundle/config.json": "" } } },
    },
  },
};
