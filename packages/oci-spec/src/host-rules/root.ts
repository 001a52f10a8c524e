import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { cleanPath } from "../path.ts";
import { posix } from "../rules/config-rule.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

const spec: string = clause("config.md#root");

/**
 * The root filesystem on the machine's disk.
 *
 * Decision: the text wants a directory and says nothing of symbolic links. runc refuses a path that goes
 * through one, others follow it: a warning.
 */
export const rootHostRules: readonly ConfigHostRule[] = hostRulesOn(posix, [
  {
    id: "root/exists",
    severity: "error",
    spec,
    host: true,
    async check({ root }, report, _, { files }) {
      if (!root || (await files.look(root.path)) !== "missing") return;
      report("/root/path", `nothing stands at ${JSON.stringify(root.path)}`);
    },
  },
  {
    id: "root/is-dir",
    severity: "error",
    spec,
    host: true,
    async check({ root }, report, _, { files }) {
      const found = root && (await files.look(root.path));
      if (typeof found !== "object" || found.type === "directory") return;
      report("/root/path", `${JSON.stringify(root?.path)} is no directory`);
    },
  },
  {
    id: "root/not-symlink",
    severity: "warning",
    spec: "https://github.com/opencontainers/runc/blob/main/libcontainer/configs/validate/validator.go",
    host: true,
    async check({ root }, report, _, { files }) {
      const found = root && (await files.look(root.path));
      const bundle = await files.look(".");
      if (typeof found !== "object" || typeof bundle !== "object") return;
      // runc enters the bundle first, so links on the way there do not count.
      const written = root?.path.startsWith("/") ? root.path : `${bundle.path}/${root?.path}`;
      if (cleanPath(written) === found.path) return;
      report(
        "/root/path",
        `the path goes through a symbolic link, to ${found.path}; runc refuses that`,
      );
    },
  },
]);

export const rootHostDocs: RuleDocs = {
  "root/exists": {
    title: "the root filesystem is there",
    explanation:
      "A directory must exist where root.path points, seen from the bundle. Unpack or mount the image " +
      "first; a config that an engine writes may name a mount that is gone by now.",
    examples: {
      bad: { patch: {}, host: {} },
      good: { patch: {}, host: { files: { "/bundle/rootfs/bin/sh": "" } } },
    },
  },
  "root/is-dir": {
    title: "the root filesystem is a directory",
    explanation:
      "A file where the directory should stand is usually an image or an archive that was not unpacked.",
    examples: {
      bad: { patch: {}, host: { files: { "/bundle/rootfs": "a tar archive" } } },
      good: { patch: {}, host: { files: { "/bundle/rootfs/bin/sh": "" } } },
    },
  },
  "root/not-symlink": {
    title: "the path of the root filesystem has no symbolic link",
    explanation:
      "runc compares root.path with what it leads to and refuses a difference, since a link could be " +
      "changed while the container starts. Write the path that the link leads to.",
    examples: {
      bad: {
        patch: {},
        host: { files: { "/bundle/rootfs": { target: "other" }, "/bundle/other/bin/sh": "" } },
      },
      good: { patch: {}, host: { files: { "/bundle/rootfs/bin/sh": "" } } },
    },
  },
};
