import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri } from "./sources.ts";

/** What calls must state. */
export const requestRules: readonly MessageRule[] = [
  rule({
    on: "RunPodSandboxRequest",
    id: "request/pod-config",
    severity: "error",
    spec: cri,
    check({ config }, report) {
      if (config === undefined) report("", '"config" is missing');
    },
  }),
  rule({
    on: "CreateContainerRequest",
    id: "request/container-config",
    severity: "error",
    spec: cri,
    check({ podSandboxId, config, sandboxConfig }, report) {
      if (!podSandboxId) report("", '"podSandboxId" is missing');
      if (config === undefined) report("", '"config" is missing');
      if (sandboxConfig === undefined) {
        report(
          "",
          '"sandboxConfig" is missing: the config the pod was run with is given once more',
        );
      }
    },
  }),
  rule({
    on: "ExecSyncRequest",
    id: "request/exec-sync",
    severity: "error",
    spec: cri,
    check({ cmd = [], timeout = 0 }, report) {
      if (cmd.length === 0) report("", '"cmd" is missing: the program to run');
      if (timeout < 0)
        report("/timeout", `a timeout is a number of seconds, or 0 for none, not ${timeout}`);
    },
  }),
  rule({
    on: "ExecRequest",
    id: "request/exec",
    severity: "error",
    spec: cri,
    check({ cmd = [], ...streams }, report) {
      if (cmd.length === 0) report("", '"cmd" is missing: the program to run');
      const fault = streamsFault(streams);
      if (fault !== undefined) report("", fault);
    },
  }),
  rule({
    on: "AttachRequest",
    id: "request/attach",
    severity: "error",
    spec: cri,
    check(streams, report) {
      const fault = streamsFault(streams);
      if (fault !== undefined) report("", fault);
    },
  }),
  rule({
    on: "PortForwardRequest",
    id: "request/port",
    severity: "error",
    spec: cri,
    check({ port = [] }, report) {
      for (const [i, number] of port.entries()) {
        if (number < 1 || number > 65_535)
          report(["port", i], `a port is 1 to 65535, not ${number}`);
      }
    },
  }),
  rule({
    on: "StopContainerRequest",
    id: "request/stop",
    severity: "error",
    spec: cri,
    check({ timeout = 0 }, report) {
      if (timeout < 0)
        report(
          "/timeout",
          `a timeout is a number of seconds, or 0 to kill at once, not ${timeout}`,
        );
    },
  }),
  rule({
    on: "PullImageRequest",
    id: "request/pull",
    severity: "error",
    spec: cri,
    check({ image }, report) {
      if (!image?.image) report(image === undefined ? "" : "/image", '"image" must name an image');
    },
  }),
  rule({
    on: "CheckpointContainerRequest",
    id: "request/checkpoint",
    severity: "error",
    spec: cri,
    check({ location = "" }, report) {
      if (!location.startsWith("/")) {
        report(
          location === "" ? "" : "/location",
          `"location" must be absolute, not ${JSON.stringify(location)}`,
        );
      }
    },
  }),
];

function streamsFault(streams: {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
}): string | undefined {
  const { stdin, stdout, stderr, tty } = streams;
  if (!stdin && !stdout && !stderr)
    return 'one of "stdin", "stdout" and "stderr" must be asked for';
  return tty && stderr
    ? 'a terminal has one output: "tty" and "stderr" exclude each other'
    : undefined;
}

export const requestDocs: MessageRuleDocs = {
  "request/pod-config": {
    root: "RunPodSandboxRequest",
    title: "a pod is run from a config",
    explanation: "Without one there is nothing to run.",
    examples: { bad: { patch: { config: null } }, good: { patch: {} } },
  },
  "request/container-config": {
    root: "CreateContainerRequest",
    title: "a container is made in a pod, from two configs",
    explanation:
      "Runtimes read log directory and cgroup parent out of the pod's config once more, and some fail without it.",
    examples: { bad: { patch: { sandboxConfig: null } }, good: { patch: {} } },
  },
  "request/exec-sync": {
    root: "ExecSyncRequest",
    title: "a command is run",
    explanation: "Without a program there is nothing to run; a negative timeout means nothing.",
    examples: { bad: { patch: { cmd: [] } }, good: { patch: {} } },
  },
  "request/exec": {
    root: "ExecRequest",
    title: "a command has streams that fit",
    explanation:
      "Runtimes refuse a session without a stream, and one with a terminal and a separate stderr.",
    examples: { bad: { patch: { tty: true, stderr: true } }, good: { patch: { tty: true } } },
  },
  "request/attach": {
    root: "AttachRequest",
    title: "an attached session has streams that fit",
    explanation:
      "Runtimes refuse a session without a stream, and one with a terminal and a separate stderr.",
    examples: { bad: { patch: { stdout: false } }, good: { patch: {} } },
  },
  "request/port": {
    root: "PortForwardRequest",
    title: "ports are 1 to 65535",
    explanation: "Port 0 exists nowhere.",
    examples: { bad: { patch: { port: [0] } }, good: { patch: { port: [80] } } },
  },
  "request/stop": {
    root: "StopContainerRequest",
    title: "a stop waits a number of seconds",
    explanation: "Zero kills at once; a negative number means nothing.",
    examples: { bad: { patch: { timeout: -1 } }, good: { patch: { timeout: 10 } } },
  },
  "request/pull": {
    root: "PullImageRequest",
    title: "an image is named",
    explanation: "Without a name there is nothing to pull.",
    examples: { bad: { patch: { image: null } }, good: { patch: {} } },
  },
  "request/checkpoint": {
    root: "CheckpointContainerRequest",
    title: "a checkpoint goes to an absolute path",
    explanation: "It is a file of the node.",
    examples: { bad: { patch: { location: "web.tar" } }, good: { patch: {} } },
  },
};
