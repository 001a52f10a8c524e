import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallOptions } from "@ocikit/rpc";
import type { Cri } from "../cri.ts";
import type { ContainerStatus } from "../gen/runtime/v1/container.ts";
import { PodSandboxConfig } from "../gen/runtime/v1/sandbox_config.ts";
import type { LogsOptions } from "../logs/container-logs.ts";
import type { LogLine } from "../logs/line-joiner.ts";
import { pullImage } from "../pull-image.ts";
import type { AttachOptions, ExecOptions } from "../streaming/process.ts";
import type { AttachSession, ProcessSession } from "../streaming/process-session.ts";
import { type WaitOptions, waitForContainer } from "../wait-for-container.ts";
import { containerConfig, type PodDescription, podConfig } from "./pod-description.ts";

/** How long stopping a pod may take, and removing it: runtimes wait for its network and its processes. */
const removalMs = 120_000;

export interface RunPodOptions extends CallOptions {
  /** When to pull images: those that are missing, when it is not said. */
  readonly pull?: "missing" | "always" | "never" | undefined;
}

/** A pod that runs. Disposing of it stops and removes it, with everything in it. */
export interface RunningPod<Names extends string = string> extends AsyncDisposable {
  readonly id: string;
  /** Its address; empty in the host's network. */
  readonly ip: string;
  readonly config: PodSandboxConfig;
  readonly containers: Readonly<Record<Names, RunningContainer>>;
}

/** A container of a pod that runs. */
export interface RunningContainer {
  readonly id: string;
  exec(command: readonly string[], options?: ExecOptions): Promise<ProcessSession>;
  attach(options?: AttachOptions): Promise<AttachSession>;
  logs(options?: LogsOptions): AsyncGenerator<LogLine, void, undefined>;
  /** Waits until it has ended. */
  exited(options?: WaitOptions): Promise<ContainerStatus>;
}

/**
 * Runs a pod and its containers. When something fails on the way, what was made is removed again.
 *
 * `signal` and `timeoutMs` are those of each step, not of the pod's life.
 */
export async function runPod<Names extends string>(
  cri: Cri,
  pod: PodDescription<Names>,
  options: RunPodOptions = {},
): Promise<RunningPod<Names>> {
  const { pull = "missing", ...call } = options;
  const uid = pod.uid ?? randomUUID();
  const temporary =
    pod.logDirectory === undefined ? await mkdtemp(join(tmpdir(), "ocikit-pod-")) : undefined;
  let podSandboxId: string | undefined;
  const dispose = async (): Promise<void> => {
    try {
      if (podSandboxId === undefined) return;
      await cri.runtime.stopPodSandbox({ podSandboxId }, { timeoutMs: removalMs });
      await cri.runtime.removePodSandbox({ podSandboxId }, { timeoutMs: removalMs });
      podSandboxId = undefined;
    } finally {
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    }
  };
  try {
    // Complete, since every container is made with the same config once more.
    const config = PodSandboxConfig.fromPartial(
      podConfig(pod, { uid, logDirectory: pod.logDirectory ?? temporary ?? "" }),
    );
    const entries = Object.entries(pod.containers) as [
      Names,
      PodDescription["containers"][string],
    ][]; // as: its own keys
    const images = new Map<string, string>();
    for (const [, { image }] of entries) {
      if (!images.has(image)) images.set(image, await resolveImage(cri, image, pull, call));
    }
    const { runtimeHandler = "" } = pod;
    const made = await cri.runtime.runPodSandbox({ config, runtimeHandler }, call);
    const id = made.podSandboxId;
    podSandboxId = id;
    const containers: Partial<Record<Names, RunningContainer>> = {};
    for (const [name, container] of entries) {
      const image = images.get(container.image) ?? container.image;
      const { containerId } = await cri.runtime.createContainer(
        {
          podSandboxId: id,
          sandboxConfig: config,
          config: containerConfig(name, container, image),
        },
        call,
      );
      await cri.runtime.startContainer({ containerId }, call);
      containers[name] = runningContainer(cri, containerId);
    }
    const { status } = await cri.runtime.podSandboxStatus({ podSandboxId: id }, call);
    return {
      id,
      ip: status?.network?.ip ?? "",
      config,
      containers: containers as Record<Names, RunningContainer>, // as: the loop filled in every name
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    try {
      await dispose();
    } catch (cause) {
      throw new AggregateError(
        [error, cause],
        "run a pod: it failed, and so did removing what was made",
      );
    }
    throw error;
  }
}

async function resolveImage(
  cri: Cri,
  image: string,
  pull: "missing" | "always" | "never",
  call: CallOptions,
): Promise<string> {
  if (pull !== "always") {
    const found = await cri.image.imageStatus({ image: { image } }, call);
    if (found.image !== undefined) return found.image.id;
    // What is missing is the runtime's to say, in its own words.
    if (pull === "never") return image;
  }
  return await pullImage(cri, image, call);
}

function runningContainer(cri: Cri, id: string): RunningContainer {
  return {
    id,
    exec: (command, options) => cri.exec(id, command, options),
    attach: (options) => cri.attach(id, options),
    logs: (options) => cri.logs(id, options),
    exited: (options) => waitForContainer(cri, id, "exited", options),
  };
}
