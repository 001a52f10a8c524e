import { type Form, type MessageRule, ofTask, sources, text } from "./message-rule.ts";

/** Says what is wrong with a path that must be absolute. */
function faultOfPath(path: string): string | undefined {
  if (!path.startsWith("/")) return "is not absolute";
  if (path.includes("\0")) return "has a NUL";
  if (path.split("/").includes("..")) return 'has ".." in it';
  return undefined;
}

function pathRule(
  id: string,
  on: readonly string[],
  field: string,
  required: boolean,
  doc: { readonly title: string; readonly explanation: string; readonly rest: Form },
): MessageRule {
  const { title, explanation, rest } = doc;
  return {
    id,
    severity: "error",
    spec: sources.task,
    on,
    check(message, report) {
      const path = text(message, field);
      if (path === "") {
        if (required) report("", `"${field}" is missing`);
        return;
      }
      const fault = faultOfPath(path);
      if (fault) report(`/${field}`, `${JSON.stringify(path)} ${fault}`);
    },
    doc: {
      title,
      explanation,
      good: { ...rest, [field]: "/run/it" },
      bad: { ...rest, [field]: "run/it" },
    },
  };
}

/** Where things lie. */
export const pathRules: readonly MessageRule[] = [
  pathRule("path/bundle", ofTask("CreateTaskRequest"), "bundle", true, {
    title: "bundle of a container",
    explanation:
      "A shim's working folder is that of the container it was started for, not that of every container of its group: only an absolute path says where another's bundle is.",
    rest: { id: "web" },
  }),
  pathRule(
    "path/sandbox-bundle",
    ["containerd.runtime.sandbox.v1.CreateSandboxRequest"],
    "bundlePath",
    true,
    {
      title: "bundle of a sandbox",
      explanation: "A sandbox is made from its bundle, which is named by an absolute path.",
      rest: { sandboxId: "pod" },
    },
  ),
  pathRule(
    "path/netns",
    ["containerd.runtime.sandbox.v1.CreateSandboxRequest"],
    "netnsPath",
    false,
    {
      title: "network namespace of a sandbox",
      explanation:
        "A network namespace to join is a file, named by an absolute path; none is named when the sandbox makes its own.",
      rest: { sandboxId: "pod", bundlePath: "/run/pod" },
    },
  ),
  pathRule("path/checkpoint", ofTask("CheckpointTaskRequest"), "path", true, {
    title: "folder of a checkpoint",
    explanation: "The shim writes the checkpoint, so its folder is named by an absolute path.",
    rest: { id: "web" },
  }),
  pathRule("path/restore", ofTask("CreateTaskRequest"), "checkpoint", false, {
    title: "checkpoint to restore",
    explanation: "The shim reads the checkpoint, so its folder is named by an absolute path.",
    rest: { id: "web", bundle: "/run/web" },
  }),
];
