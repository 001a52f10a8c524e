import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri, manual } from "./sources.ts";

/** Signals that a process may get without ending, so that a stop would always wait for SIGKILL. */
const harmless = new Set(["SIGCHLD", "SIGCLD", "SIGCONT", "SIGURG", "SIGWINCH"]);
const stopping = new Set(["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"]);

/** What runs in a container, and where its output goes. */
export const processRules: readonly MessageRule[] = [
  rule({
    on: "PodSandboxConfig",
    id: "log/directory",
    severity: "error",
    spec: cri,
    check({ logDirectory }, report) {
      if (logDirectory && !logDirectory.startsWith("/")) {
        report("/logDirectory", `${JSON.stringify(logDirectory)} is not absolute`);
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "log/path",
    severity: "error",
    spec: cri,
    check({ logPath }, report) {
      if (logPath?.split("/").includes("..")) {
        report("/logPath", `${JSON.stringify(logPath)} leads out of the pod's log directory`);
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "log/absolute",
    severity: "warning",
    spec: cri,
    check({ logPath }, report) {
      if (logPath?.startsWith("/")) {
        report(
          "/logPath",
          `${JSON.stringify(logPath)} is taken as relative to the pod's log directory`,
        );
      }
    },
  }),
  rule({
    on: "CreateContainerRequest",
    id: "log/no-directory",
    severity: "warning",
    spec: cri,
    check({ config, sandboxConfig }, report) {
      if (config?.logPath && sandboxConfig !== undefined && !sandboxConfig.logDirectory) {
        report("/config/logPath", 'without "logDirectory" of the pod there are no logs');
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "process/working-dir",
    severity: "error",
    spec: cri,
    check({ workingDir }, report) {
      if (workingDir && !workingDir.startsWith("/")) {
        report("/workingDir", `${JSON.stringify(workingDir)} is not absolute`);
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "process/stdin-once",
    severity: "warning",
    spec: cri,
    check({ stdin, stdinOnce }, report) {
      if (stdinOnce && !stdin)
        report("/stdinOnce", '"stdinOnce" goes with "stdin"; there is no input to close');
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "process/stop-signal",
    severity: "warning",
    spec: manual("signal(7)"),
    check({ stopSignal }, report) {
      if (stopSignal !== undefined && harmless.has(stopSignal)) {
        report(
          "/stopSignal",
          `${stopSignal} ends no process by itself: unless the program takes it, every stop waits for SIGKILL`,
        );
      } else if (stopSignal !== undefined && stopping.has(stopSignal)) {
        report(
          "/stopSignal",
          `${stopSignal} freezes a process instead of ending it: every stop waits for SIGKILL`,
        );
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "env/key",
    severity: "error",
    spec: manual("environ(7)"),
    check({ envs = [] }, report) {
      for (const [i, { key = "" }] of envs.entries()) {
        if (key === "") report(["envs", i], 'an environment variable has a "key"');
        else if (/[=\0]/.test(key))
          report(
            ["envs", i, "key"],
            `${JSON.stringify(key)} can't be the name of an environment variable: it has "=" or NUL`,
          );
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "env/twice",
    severity: "warning",
    spec: manual("environ(7)"),
    check({ envs = [] }, report) {
      const seen = new Set<string>();
      for (const [i, { key = "" }] of envs.entries()) {
        if (seen.has(key))
          report(
            ["envs", i, "key"],
            `${JSON.stringify(key)} is set above already; the last one counts`,
          );
        seen.add(key);
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "env/value",
    severity: "error",
    spec: manual("environ(7)"),
    check({ envs = [] }, report) {
      for (const [i, { value = "" }] of envs.entries()) {
        if (value.includes("\0")) report(["envs", i, "value"], "a value with a NUL is cut there");
      }
    },
  }),
  rule({
    on: "LinuxPodSandboxConfig",
    id: "cgroup/parent",
    severity: "error",
    spec: cri,
    check({ cgroupParent }, report) {
      if (!cgroupParent) return;
      const slice = cgroupParent.endsWith(".slice");
      if (!slice && !cgroupParent.startsWith("/")) {
        report(
          "/cgroupParent",
          `${JSON.stringify(cgroupParent)} is neither an absolute path nor the name of a systemd slice`,
        );
      } else if (cgroupParent.split("/").includes("..")) {
        report("/cgroupParent", `${JSON.stringify(cgroupParent)} leads out of the hierarchy`);
      }
    },
  }),
];

export const processDocs: MessageRuleDocs = {
  "log/directory": {
    root: "PodSandboxConfig",
    title: "the log directory is absolute",
    explanation:
      "It is a directory of the node, and a runtime has no working directory anybody could know.",
    examples: {
      bad: { patch: { logDirectory: "logs" } },
      good: { patch: { logDirectory: "/var/log/pods/web" } },
    },
  },
  "log/path": {
    root: "ContainerConfig",
    title: "a log stays in its directory",
    explanation:
      "The path is joined to the pod's log directory; one that leads out of it would write any file of the node.",
    examples: {
      bad: { patch: { logPath: "../web.log" } },
      good: { patch: { logPath: "web/0.log" } },
    },
  },
  "log/absolute": {
    root: "ContainerConfig",
    title: "a log path is relative",
    explanation: "Runtimes join it to the pod's log directory whatever it begins with.",
    examples: {
      bad: { patch: { logPath: "/var/log/web.log" } },
      good: { patch: { logPath: "web.log" } },
    },
  },
  "log/no-directory": {
    root: "CreateContainerRequest",
    title: "logs need a directory",
    explanation: "A log path alone writes nothing: the pod has to name a directory.",
    examples: {
      bad: { patch: { config: { logPath: "web.log" }, sandboxConfig: { logDirectory: null } } },
      good: {
        patch: {
          config: { logPath: "web.log" },
          sandboxConfig: { logDirectory: "/var/log/pods/web" },
        },
      },
    },
  },
  "process/working-dir": {
    root: "ContainerConfig",
    title: "the working directory is absolute",
    explanation: "Runtimes refuse a relative one.",
    examples: { bad: { patch: { workingDir: "srv" } }, good: { patch: { workingDir: "/srv" } } },
  },
  "process/stdin-once": {
    root: "ContainerConfig",
    title: "input that is closed once is there",
    explanation: "Without stdin the process reads from /dev/null, and nobody can attach an input.",
    examples: {
      bad: { patch: { stdinOnce: true } },
      good: { patch: { stdin: true, stdinOnce: true } },
    },
  },
  "process/stop-signal": {
    root: "ContainerConfig",
    title: "the stop signal stops",
    explanation:
      "A stop sends this signal, waits, and kills. A signal that ends no process makes every stop as slow as its timeout.",
    examples: {
      bad: { patch: { stopSignal: "SIGWINCH" } },
      good: { patch: { stopSignal: "SIGQUIT" } },
    },
  },
  "env/key": {
    root: "ContainerConfig",
    title: "environment variables have names",
    explanation:
      "The kernel hands over KEY=VALUE with a NUL behind: a name with one of the two becomes something else.",
    examples: {
      bad: { patch: { envs: [{ key: "A=B", value: "C" }] } },
      good: { patch: { envs: [{ key: "A", value: "B=C" }] } },
    },
  },
  "env/twice": {
    root: "ContainerConfig",
    title: "a variable is set once",
    explanation: "Which of two counts differs between runtimes and between programs.",
    examples: {
      bad: {
        patch: {
          envs: [
            { key: "A", value: "1" },
            { key: "A", value: "2" },
          ],
        },
      },
      good: {
        patch: {
          envs: [
            { key: "A", value: "1" },
            { key: "B", value: "2" },
          ],
        },
      },
    },
  },
  "env/value": {
    root: "ContainerConfig",
    title: "values have no NUL",
    explanation:
      "The kernel ends a variable at its first NUL: the rest of the value would be lost.",
    examples: {
      bad: { patch: { envs: [{ key: "A", value: "B\0C" }] } },
      good: { patch: { envs: [{ key: "A", value: "B C" }] } },
    },
  },
  "cgroup/parent": {
    root: "PodSandboxConfig",
    title: "the parent cgroup is a path or a slice",
    explanation:
      "A path for the cgroupfs driver, a slice for systemd's; anything else lands beneath the runtime's own cgroup, or nowhere.",
    examples: {
      bad: { patch: { linux: { cgroupParent: "kubepods" } } },
      good: { patch: { linux: { cgroupParent: "/kubepods/pod1" } } },
    },
  },
};
