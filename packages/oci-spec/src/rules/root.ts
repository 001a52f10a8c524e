import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { ConfigRule } from "./config-rule.ts";
import { onPlatforms, posix } from "./config-rule.ts";
import { missingIn } from "./template.ts";

const spec: string = clause("config.md#root");

/**
 * The root filesystem. What stands on the disk there is the bundle's part.
 *
 * Decision: the text calls a bundle "a single directory", and the reference validator refuses an
 * absolute root.path for it. Podman and containerd's snapshots always have one, and the text of `root`
 * allows it: an info.
 *
 * Decision: an empty root.path would be the bundle's directory, which nobody means, and POSIX has no empty
 * path. Docker's template of a config has it, to be filled in: an info in a template, else an error.
 */
export const rootRules: readonly ConfigRule[] = [
  {
    id: "root/required",
    severity: "error",
    spec,
    claims: ["Root.path required"],
    check({ root, windows }, report, { platform }) {
      const optional = platform === "windows" && windows?.hyperv !== undefined;
      if (root !== undefined || optional) return;
      report("", '"root" is missing: the container has no root filesystem');
    },
  },
  ...onPlatforms(posix, [
    {
      id: "root/path-nonempty",
      severity: "error",
      spec,
      check(config, report) {
        const { root } = config;
        if (root?.path === "") {
          const message = "an empty path is the directory of the bundle itself";
          report("/root/path", message, missingIn(config));
        }
        if (root?.path.includes("\0")) report("/root/path", "a path cannot hold a NUL character");
      },
    },
    {
      id: "root/basename",
      severity: "info",
      spec,
      check({ root }, report) {
        if (!root?.path) return;
        const base = root.path.split("/").filter(Boolean).at(-1) ?? "";
        if (base !== "rootfs") report("/root/path", 'by custom the directory is called "rootfs"');
      },
    },
    {
      id: "root/in-bundle",
      severity: "info",
      spec: clause("bundle.md#container-format"),
      check({ root }, report) {
        if (!root?.path) return;
        if (root.path.startsWith("/")) {
          report(
            "/root/path",
            "the root filesystem is not part of the bundle: its path is absolute",
          );
        } else if (leavesDirectory(root.path)) {
          report(
            "/root/path",
            "the root filesystem is not part of the bundle: its path leads out of it",
          );
        }
      },
    },
    {
      id: "root/mount-dest-conflict",
      severity: "error",
      spec: clause("config.md#mounts"),
      check({ mounts }, report) {
        eachElement(mounts, "/mounts", ({ destination }, pointer) => {
          if (destination !== "/") return;
          report(`${pointer}/destination`, "a mount on / would hide the root filesystem");
        });
      },
    },
  ]),
];

/** Whether a relative path goes above where it starts, however it comes back. */
function leavesDirectory(path: string): boolean {
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

export const rootDocs: RuleDocs = {
  "root/required": {
    title: "the container has a root filesystem",
    explanation:
      "Everywhere but on Windows with Hyper-V a config must have root, and root must have a path. The " +
      "schema requires only the latter; no runtime starts without the former.",
    examples: { bad: { patch: { root: null } }, good: { patch: { root: { path: "rootfs" } } } },
  },
  "root/path-nonempty": {
    title: "root.path names a directory",
    explanation:
      "An empty path is the bundle itself, config.json included, which is hardly meant (in an engine's " +
      "template, which has no program yet, it is an info); and a NUL ends a path for the kernel.",
    examples: {
      bad: { patch: { root: { path: "" } } },
      good: { patch: { root: { path: "rootfs" } } },
    },
  },
  "root/basename": {
    title: "the root filesystem is called rootfs",
    explanation:
      'The specification asks for the conventional name "rootfs"; nothing depends on it.',
    examples: {
      bad: { patch: { root: { path: "fs" } } },
      good: { patch: { root: { path: "rootfs" } } },
    },
  },
  "root/in-bundle": {
    title: "the root filesystem is part of the bundle",
    explanation:
      "A bundle that is packed and moved takes along only what is below its directory. Engines keep " +
      "root filesystems elsewhere and use absolute paths, which is allowed.",
    examples: {
      bad: { patch: { root: { path: "/srv/rootfs" } } },
      good: { patch: { root: { path: "images/rootfs" } } },
    },
  },
  "root/mount-dest-conflict": {
    title: "nothing is mounted over the root filesystem",
    explanation:
      "The root filesystem is mounted by the runtime from root.path. A mount on / would hide it; runc " +
      "refuses it.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/", type: "tmpfs" }] } },
      good: { patch: { mounts: [{ destination: "/tmp", type: "tmpfs" }] } },
    },
  },
};
