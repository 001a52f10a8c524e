import { messageTable } from "../../generated/message-table.ts";
import { hasField, type MessageRule, ofTask, sources, text } from "./message-rule.ts";

// containerd's identifiers: words of letters and digits, joined by single dots, dashes or underscores.
const identifier = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const maxIdentifier = 76;

/** What is wrong with an identifier; undefined for a good one. */
export function faultOfIdentifier(id: string): string | undefined {
  if (id.length > maxIdentifier) return `has ${id.length} characters, ${maxIdentifier} are allowed`;
  if (!identifier.test(id)) {
    return "is no identifier: letters and digits, joined by single dots, dashes or underscores";
  }
  return undefined;
}

const all = Object.keys(messageTable.types);
const requests = (prefix: string, field: string): string[] =>
  all.filter(
    (name) => name.startsWith(prefix) && name.endsWith("Request") && hasField(name, field),
  );
const taskRequests = [
  ...requests("containerd.task.v3.", "id"),
  ...requests("containerd.task.v2.", "id"),
];
const first = "containerd.task.v3.CreateTaskRequest";
const withId = [first, ...taskRequests.filter((name) => name !== first)];
// Shutdown may speak to a shim before it has any container; Connect is asked of shims alone.
const idOptional = new Set(ofTask("ShutdownRequest", "ConnectRequest"));
const execRequests = taskRequests.filter((name) => hasField(name, "execId"));
const sandboxRequests = requests("containerd.runtime.sandbox.v1.", "sandboxId");

/** Who containers, execs and sandboxes are. */
export const identityRules: readonly MessageRule[] = [
  {
    id: "id/container",
    severity: "error",
    spec: sources.identifiers,
    on: withId.filter((name) => !idOptional.has(name)),
    check(message, report) {
      const id = text(message, "id");
      if (id === "") report("", '"id" is missing: it says which container is meant');
      else {
        const fault = faultOfIdentifier(id);
        if (fault) report("/id", `${JSON.stringify(id)} ${fault}`);
      }
    },
    doc: {
      title: "container id",
      explanation:
        "A container's id becomes the name of its bundle and a part of its socket's address, so containerd lets nothing else in than letters and digits joined by single dots, dashes or underscores, 76 characters at most.",
      good: { id: "web-1", bundle: "/run/web-1" },
      bad: { id: "../web", bundle: "/run/web-1" },
    },
  },
  {
    id: "id/exec",
    severity: "error",
    spec: sources.identifiers,
    on: [
      "containerd.task.v3.ExecProcessRequest",
      ...execRequests.filter((name) => name !== "containerd.task.v3.ExecProcessRequest"),
    ],
    check(message, report) {
      const id = text(message, "execId");
      if (id === "") return;
      const fault = faultOfIdentifier(id);
      if (fault) report("/execId", `${JSON.stringify(id)} ${fault}`);
    },
    doc: {
      title: "exec id",
      explanation:
        "An exec's id names files beside the container's, so it is an identifier like the container's own.",
      good: {
        id: "web",
        execId: "shell-1",
        spec: { "@type": "types.containerd.io/opencontainers/runtime-spec/1/Process", value: {} },
      },
      bad: {
        id: "web",
        execId: "shell/1",
        spec: { "@type": "types.containerd.io/opencontainers/runtime-spec/1/Process", value: {} },
      },
    },
  },
  {
    id: "id/exec-missing",
    severity: "error",
    spec: sources.task,
    on: ofTask("ExecProcessRequest"),
    check(message, report) {
      if (text(message, "execId") === "") {
        report("", '"execId" is missing: without it the init process would be meant');
      }
    },
    doc: {
      title: "an exec has an id",
      explanation:
        "Everywhere in the task service an empty exec id means the init process, so a new process needs one.",
      good: {
        id: "web",
        execId: "e1",
        spec: { "@type": "types.containerd.io/opencontainers/runtime-spec/1/Process", value: {} },
      },
      bad: {
        id: "web",
        spec: { "@type": "types.containerd.io/opencontainers/runtime-spec/1/Process", value: {} },
      },
    },
  },
  {
    id: "id/sandbox",
    severity: "error",
    spec: sources.identifiers,
    on: sandboxRequests,
    check(message, report) {
      const id = text(message, "sandboxId");
      if (id === "") report("", '"sandboxId" is missing: it says which sandbox is meant');
      else {
        const fault = faultOfIdentifier(id);
        if (fault) report("/sandboxId", `${JSON.stringify(id)} ${fault}`);
      }
    },
    doc: {
      title: "sandbox id",
      explanation:
        "A sandbox's id is an identifier like a container's, and every call of the sandbox service names one.",
      good: { sandboxId: "pod1", bundlePath: "/run/pod1" },
      bad: { sandboxId: "pod 1", bundlePath: "/run/pod1" },
    },
  },
];
