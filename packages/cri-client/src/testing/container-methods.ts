import { join } from "node:path";
import { Writable } from "node:stream";
import { RpcError } from "@ocikit/rpc";
import { ContainerConfig, ContainerFilter } from "../gen/runtime/v1/container.ts";
import { ContainerEventType } from "../gen/runtime/v1/event.ts";
import type { LinuxContainerResources } from "../gen/runtime/v1/resources.ts";
import type { RuntimeHandlers } from "../serve.ts";
import {
  argvOf,
  ContainerStreams,
  envOf,
  exitContainer,
  type MemoryContainer,
  stopSignalOf,
  toContainer,
  toContainerStatus,
} from "./container.ts";
import { matchesLabels, newId, now } from "./ids.ts";
import { LogWriter } from "./log-writer.ts";
import { findProgram, MemoryProcess } from "./process.ts";
import type { RuntimeState } from "./state.ts";

/** Containers: create, start, stop, remove, look at. */
export function containerMethods(state: RuntimeState): RuntimeHandlers {
  const list = (filter: ContainerFilter = ContainerFilter.fromPartial({})): MemoryContainer[] => {
    const { id, podSandboxId, labelSelector } = filter;
    const named =
      id === "" ? state.containers.all : [state.containers.find(id)].filter((c) => c !== undefined);
    return named.filter(
      (container) =>
        (filter.state === undefined || toContainer(container).state === filter.state.state) &&
        (podSandboxId === "" || container.pod.id.startsWith(podSandboxId)) &&
        matchesLabels(container.config.labels, labelSelector),
    );
  };
  return {
    createContainer({ podSandboxId, config = ContainerConfig.fromPartial({}), sandboxConfig }) {
      const pod = state.pods.get(podSandboxId);
      if (config.metadata === undefined) {
        throw new RpcError("INVALID_ARGUMENT", "the config has no metadata");
      }
      const { name, attempt } = config.metadata;
      const holder = state
        .containersOf(pod)
        .find(
          ({ config: { metadata } }) => metadata?.name === name && metadata.attempt === attempt,
        );
      if (holder !== undefined) {
        throw new RpcError(
          "ALREADY_EXISTS",
          `the name ${name}_${attempt} is reserved for ${holder.id}`,
        );
      }
      const image = state.images.find(config.image?.image ?? "");
      if (image === undefined) {
        throw new RpcError(
          "NOT_FOUND",
          `failed to resolve image ${JSON.stringify(config.image?.image)}`,
        );
      }
      const logDirectory = sandboxConfig?.logDirectory ?? pod.config.logDirectory;
      const logged = logDirectory !== "" && config.logPath !== "";
      const logPath = logged ? join(logDirectory, config.logPath) : "";
      const container: MemoryContainer = {
        id: newId(),
        pod,
        config,
        image,
        createdAt: now(),
        logPath,
        log: new LogWriter(logPath),
        streams: new ContainerStreams(),
        resources: config.linux?.resources,
        phase: { t: "created" },
      };
      state.containers.add(container);
      state.publish(container.id, pod, ContainerEventType.CONTAINER_CREATED_EVENT);
      return { containerId: container.id };
    },
    startContainer({ containerId }) {
      const container = state.containers.get(containerId);
      if (container.phase.t !== "created") {
        throw new RpcError(
          "FAILED_PRECONDITION",
          `container ${container.id} is ${container.phase.t}, not created`,
        );
      }
      if (!container.pod.ready) {
        throw new RpcError("FAILED_PRECONDITION", `pod sandbox ${container.pod.id} is not ready`);
      }
      start(state, container);
      return {};
    },
    async stopContainer({ containerId, timeout }) {
      const container = state.containers.find(containerId);
      if (container?.phase.t === "running") {
        await stopContainer(container.phase.process, stopSignalOf(container), Number(timeout));
      }
      return {};
    },
    async removeContainer({ containerId }) {
      const container = state.containers.find(containerId);
      if (container !== undefined) await removeContainer(state, container);
      return {};
    },
    listContainers: ({ filter }) => ({ containers: list(filter).map(toContainer) }),
    async *streamContainers({ filter }) {
      for (const container of list(filter)) yield { containers: [toContainer(container)] };
    },
    containerStatus({ containerId, verbose }) {
      const container = state.containers.get(containerId);
      const argv = argvOf(container.config, container.image);
      return {
        status: toContainerStatus(container),
        info: verbose ? { info: JSON.stringify({ argv }) } : {},
      };
    },
    updateContainerResources({ containerId, linux }) {
      const container = state.containers.get(containerId);
      if (container.phase.t === "exited") {
        throw new RpcError("FAILED_PRECONDITION", `container ${container.id} has exited`);
      }
      if (linux !== undefined) container.resources = mergeResources(container.resources, linux);
      return {};
    },
    reopenContainerLog({ containerId }) {
      const container = state.containers.get(containerId);
      if (container.phase.t !== "running") {
        throw new RpcError("FAILED_PRECONDITION", `container ${container.id} is not running`);
      }
      container.log.reopen();
      return {};
    },
  };
}

export async function removeContainer(
  state: RuntimeState,
  container: MemoryContainer,
): Promise<void> {
  if (container.phase.t === "running") {
    const { process } = container.phase;
    process.kill("SIGKILL");
    await process.exited;
  }
  container.log.close();
  state.containers.delete(container.id);
  state.publish(container.id, container.pod, ContainerEventType.CONTAINER_DELETED_EVENT);
}

function start(state: RuntimeState, container: MemoryContainer): void {
  const { config, image, log, streams } = container;
  const argv = argvOf(config, image);
  try {
    const program = findProgram(state.programs, argv);
    const output = (stream: "stdout" | "stderr"): Writable => {
      const file = log.stream(stream);
      return new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          streams.write(stream, chunk);
          file.write(chunk, done);
        },
      });
    };
    const stdout = output("stdout");
    if (!config.stdin) streams.stdin.end();
    const process = new MemoryProcess(program, {
      argv,
      env: envOf(config, image),
      cwd: config.workingDir || (image.workingDir ?? "/"),
      tty: config.tty,
      stdin: streams.stdin,
      stdout,
      // A terminal has one output.
      stderr: config.tty ? stdout : output("stderr"),
      sizes: noSizes(),
    });
    container.phase = { t: "running", startedAt: now(), process };
    state.publish(container.id, container.pod, ContainerEventType.CONTAINER_STARTED_EVENT);
    void process.exited.then((code) => {
      exitContainer(container, code);
      state.publish(container.id, container.pod, ContainerEventType.CONTAINER_STOPPED_EVENT);
    });
  } catch (error) {
    exitContainer(container, 128, RpcError.from(error).rawMessage);
    throw error;
  }
}

/** Sends the stop signal, and SIGKILL when the time is over. */
async function stopContainer(
  process: MemoryProcess,
  signal: string,
  seconds: number,
): Promise<void> {
  if (seconds <= 0) process.kill("SIGKILL");
  else process.kill(signal);
  const timer = setTimeout(() => process.kill("SIGKILL"), seconds * 1000);
  await process.exited;
  clearTimeout(timer);
}

/** What is not stated keeps its value. */
function mergeResources(
  before: LinuxContainerResources | undefined,
  change: LinuxContainerResources,
): LinuxContainerResources {
  const stated = Object.entries(change).filter(
    ([, value]) => value !== 0n && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  return { ...(before ?? change), ...Object.fromEntries(stated) };
}

async function* noSizes(): AsyncGenerator<never, void, undefined> {}
