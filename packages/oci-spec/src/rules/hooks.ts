import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { advisory, clause } from "../clause.ts";
import type { Config, Hook, Hooks } from "../generated/types.ts";
import { cleanPath, isBelow } from "../path.ts";
import { type ConfigRule, onPlatforms, posix } from "./config-rule.ts";
import { checkEntries } from "./process-environment.ts";

const spec: string = clause("config.md#posix-platform-hooks");

/** Kinds of hooks, in the order in which they run. */
export const hookKinds: readonly (keyof Hooks)[] = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
];

/**
 * Hooks.
 *
 * Decisions:
 * - prestart is deprecated; docker still writes it, with nothing to put in its place for runtimes that are
 *   older than the new kinds. An info.
 * - A timeout of 0 the text and the schema forbid; for runc it is over at once, for crun it is none. An
 *   error.
 * - A hook without env gets none from runc and the runtime's own from crun. Engines leave it out: an info.
 */
export const hookRules: readonly ConfigRule[] = onPlatforms(posix, [
  {
    id: "hook/path-required",
    severity: "error",
    spec,
    claims: ["Hook.path required"],
  },
  {
    id: "hook/path-absolute",
    severity: "error",
    spec,
    check(config, report) {
      eachHook(config, ({ path }, at) => {
        if (!path.startsWith("/")) report(`${at}/path`, "the path of a hook must be absolute");
      });
    },
  },
  {
    id: "hook/timeout-positive",
    severity: "error",
    spec,
    claims: ["Hook.timeout integer"],
  },
  {
    id: "hook/env-format",
    severity: "error",
    spec,
    check(config, report) {
      eachHook(config, ({ env }, at) => checkEntries(env, `${at}/env`, report));
    },
  },
  {
    id: "hook/env-unset",
    severity: "info",
    spec,
    check(config, report) {
      eachHook(config, ({ env }, at) => {
        if (env === undefined) report(at, "without env, crun hands on the runtime's environment");
      });
    },
  },
  {
    id: "hook/env-dangerous",
    severity: "warning",
    spec: advisory("CVE-2025-23266"),
    check(config, report) {
      eachHook(config, ({ env }, at, kind) => {
        if (kind === "startContainer") return;
        eachElement(env, `${at}/env`, (entry, pointer) => {
          const [, name] = /^(LD_(?:PRELOAD|LIBRARY_PATH|AUDIT))=./.exec(entry) ?? [];
          if (name) report(pointer, `with ${name} a hook may load code of the container as root`);
        });
      });
    },
  },
  {
    id: "hook/prestart-deprecated",
    severity: "info",
    spec: clause("config.md#prestart"),
    check({ hooks }, report) {
      if (!hooks?.prestart?.length) return;
      report("/hooks/prestart", "prestart is deprecated; createRuntime runs at the same moment", {
        part: "key",
      });
    },
  },
  {
    id: "hook/resolved-in",
    severity: "warning",
    spec,
    check(config, report) {
      const root = config.root?.path;
      if (!root?.startsWith("/") || cleanPath(root) === "/") return;
      eachHook(config, ({ path }, at, kind) => {
        const clean = cleanPath(path);
        if (!isBelow(clean, cleanPath(root))) return;
        const inside = clean.slice(cleanPath(root).length);
        report(
          `${at}/path`,
          kind === "startContainer"
            ? `${kind} hooks are found inside the container, where this is ${inside}`
            : `the hook is a file of the container, and runs with the rights of the runtime`,
        );
      });
    },
  },
]);

/** Visits every hook that can be read. */
export function eachHook(
  { hooks }: Config,
  visit: (hook: Hook, pointer: string, kind: keyof Hooks) => void,
): void {
  if (!hooks) return;
  for (const kind of hookKinds) {
    eachElement(hooks[kind], `/hooks/${kind}`, (hook, at) => visit(hook, at, kind));
  }
}

export const hookDocs: RuleDocs = {
  "hook/path-required": {
    title: "a hook has a path",
    explanation: "The path names the program; args only say what it is told, its own name first.",
    examples: {
      bad: { patch: { hooks: { createRuntime: [{ args: ["setup"], env: [] }] } } },
      good: { patch: { hooks: { createRuntime: [{ path: "/usr/bin/setup", env: [] }] } } },
    },
  },
  "hook/path-absolute": {
    title: "the path of a hook is absolute",
    explanation:
      "Hooks are not looked for in PATH, and what a relative path starts from depends on the runtime and the " +
      "kind of hook. runc and crun let it pass, and may run another program than was meant.",
    examples: {
      bad: { patch: { hooks: { createRuntime: [{ path: "setup", env: [] }] } } },
      good: { patch: { hooks: { createRuntime: [{ path: "/usr/bin/setup", env: [] }] } } },
    },
  },
  "hook/timeout-positive": {
    title: "the timeout of a hook is a second or more",
    explanation:
      "It must be greater than zero. With 0 runc gives the hook up at once, and crun waits for ever. For no " +
      "limit leave it out.",
    examples: {
      bad: { patch: { hooks: { poststop: [{ path: "/bin/clean", env: [], timeout: 0 }] } } },
      good: { patch: { hooks: { poststop: [{ path: "/bin/clean", env: [], timeout: 5 }] } } },
    },
  },
  "hook/env-format": {
    title: "the environment of a hook has entries NAME=value",
    explanation:
      "An entry without = is no variable. To leave a variable empty, write NAME= with nothing after it.",
    examples: {
      bad: { patch: { hooks: { poststop: [{ path: "/bin/clean", env: ["DEBUG"] }] } } },
      good: { patch: { hooks: { poststop: [{ path: "/bin/clean", env: ["DEBUG=1"] }] } } },
    },
  },
  "hook/env-unset": {
    title: "the environment of a hook is written",
    explanation:
      "env is all that a hook gets. Where it is not written runc gives none and crun that of the runtime, " +
      "secrets included, so the same hook sees different things. Write [] for none.",
    examples: {
      bad: { patch: { hooks: { poststop: [{ path: "/bin/clean" }] } } },
      good: { patch: { hooks: { poststop: [{ path: "/bin/clean", env: [] }] } } },
    },
  },
  "hook/env-dangerous": {
    title: "hooks on the host load no code from elsewhere",
    explanation:
      "LD_PRELOAD, LD_LIBRARY_PATH and LD_AUDIT make a program load libraries from paths that may lie in the " +
      "container, while the hook runs as root of the host (CVE-2025-23266). Hooks of kind startContainer " +
      "run inside, and are free.",
    examples: {
      bad: {
        patch: { hooks: { createContainer: [{ path: "/bin/x", env: ["LD_PRELOAD=/a.so"] }] } },
      },
      good: {
        patch: { hooks: { startContainer: [{ path: "/bin/x", env: ["LD_PRELOAD=/a.so"] }] } },
      },
    },
  },
  "hook/prestart-deprecated": {
    title: "no prestart hooks",
    explanation:
      "prestart was split into createRuntime, which runs at the same moment, createContainer and " +
      "startContainer. Runtimes go on with it, and docker still writes it.",
    examples: {
      bad: { patch: { hooks: { prestart: [{ path: "/usr/bin/setup", env: [] }] } } },
      good: { patch: { hooks: { createRuntime: [{ path: "/usr/bin/setup", env: [] }] } } },
    },
  },
  "hook/resolved-in": {
    title: "a hook is found on the right side",
    explanation:
      "startContainer hooks are files of the container, and their paths start at its root. All others are " +
      "files of the host: one that lies in the container's root filesystem is a program that the image " +
      "brought, run with the rights of the runtime.",
    examples: {
      bad: {
        patch: {
          root: { path: "/srv/rootfs" },
          hooks: { startContainer: [{ path: "/srv/rootfs/sbin/ldconfig", env: [] }] },
        },
      },
      good: {
        patch: {
          root: { path: "/srv/rootfs" },
          hooks: { startContainer: [{ path: "/sbin/ldconfig", env: [] }] },
        },
      },
    },
  },
};
