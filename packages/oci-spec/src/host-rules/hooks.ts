import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { Absence, FileFacts, FileTree } from "../host.ts";
import { posix } from "../rules/config-rule.ts";
import { eachHook } from "../rules/hooks.ts";
import { containerFiles } from "./container-files.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

/** The programs of hooks. */
export const hookHostRules: readonly ConfigHostRule[] = hostRulesOn(posix, [
  {
    id: "hook/exec-exists",
    severity: "warning",
    spec: clause("config.md#posix-platform-hooks"),
    host: true,
    async check(config, report, _, host) {
      const inside = containerFiles(config, host);
      const hooks: { path: string; at: string; kind: string; tree: FileTree | undefined }[] = [];
      eachHook(config, ({ path }, at, kind) => {
        hooks.push({ path, at, kind, tree: kind === "startContainer" ? inside : host.files });
      });
      for (const { path, at, kind, tree } of hooks) {
        if (!tree || !path.startsWith("/")) continue;
        const fault = faultOf(await tree.look(path));
        const side = kind === "startContainer" ? "in the container" : "on this machine";
        if (fault) report(`${at}/path`, `${fault} ${side}, where ${kind} hooks are found`);
      }
    },
  },
]);

function faultOf(found: FileFacts | Absence): string | undefined {
  if (found === "denied") return undefined;
  if (found === "missing") return "nothing stands there";
  if (found.type !== "file") return `it is no file, but a ${found.type}`;
  return (found.mode & 0o111) === 0 ? "it is not executable" : undefined;
}

export const hookHostDocs: RuleDocs = {
  "hook/exec-exists": {
    title: "the program of a hook is there",
    explanation:
      "A hook that cannot be run stops the container from starting. startContainer hooks are looked for in " +
      "the container, all others on the machine.",
    examples: {
      bad: { patch: { hooks: { createRuntime: [{ path: "/bin/setup", env: [] }] } }, host: {} },
      good: {
        patch: { hooks: { createRuntime: [{ path: "/bin/setup", env: [] }] } },
        host: { files: { "/bin/setup": { mode: 0o755 } } },
      },
    },
  },
};
