import type { Writable } from "node:stream";
import { PassThrough } from "node:stream";
import type { Container, ContainerConfig, ContainerStatus } from "../gen/runtime/v1/container.ts";
import { ContainerState } from "../gen/runtime/v1/container.ts";
import type { LinuxContainerResources } from "../gen/runtime/v1/resources.ts";
import { Signal } from "../gen/runtime/v1/signal.ts";
import { now } from "./ids.ts";
import type { StoredImage } from "./image-store.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Pod } from "./pod.ts";
import type { MemoryProcess } from "./process.ts";

/** A container's life, of which only the next state can follow. */
export type ContainerPhase =
  | { readonly t: "created" }
  | { readonly t: "running"; readonly startedAt: bigint; readonly process: MemoryProcess }
  | {
      readonly t: "exited";
      readonly startedAt: bigint;
      readonly finishedAt: bigint;
      readonly exitCode: number;
      readonly reason: string;
      readonly message: string;
    };

/** A container of the in-memory runtime. */
export interface MemoryContainer {
  readonly id: string;
  readonly pod: Pod;
  readonly config: ContainerConfig;
  readonly image: StoredImage;
  readonly createdAt: bigint;
  readonly logPath: string;
  readonly log: LogWriter;
  readonly streams: ContainerStreams;
  resources: LinuxContainerResources | undefined;
  phase: ContainerPhase;
}

/** The streams of a container's first process, which clients join and leave. */
export class ContainerStreams {
  readonly stdin: PassThrough = new PassThrough();
  readonly #listeners = new Map<"stdout" | "stderr", Set<Writable>>([
    ["stdout", new Set()],
    ["stderr", new Set()],
  ]);

  /** Hands what the process writes to everyone who listens. */
  write(stream: "stdout" | "stderr", chunk: Uint8Array): void {
    for (const listener of this.#listeners.get(stream) ?? []) listener.write(chunk);
  }

  join(stream: "stdout" | "stderr", listener: Writable | undefined): () => void {
    const listeners = this.#listeners.get(stream);
    if (listener !== undefined) listeners?.add(listener);
    return () => {
      if (listener !== undefined) listeners?.delete(listener);
    };
  }
}

/** The argument list of a container: what it states, and what its image has where it states nothing. */
export function argvOf(config: ContainerConfig, image: StoredImage): readonly string[] {
  const { command, args } = config;
  if (command.length > 0) return [...command, ...args];
  return [...(image.entrypoint ?? []), ...(args.length > 0 ? args : (image.cmd ?? []))];
}

export function envOf(config: ContainerConfig, image: StoredImage): Record<string, string> {
  const stated = config.envs.map(({ key, value }) => [key, Buffer.from(value).toString()]);
  return { PATH: "/bin", ...image.env, ...Object.fromEntries(stated) };
}

/** Makes a container's phase that of one that ended. */
export function exitContainer(
  container: MemoryContainer,
  exitCode: number,
  failure?: string,
): void {
  const { phase } = container;
  if (phase.t === "exited") return;
  const ended = failure === undefined ? (exitCode === 0 ? "Completed" : "Error") : "StartError";
  container.phase = {
    t: "exited",
    startedAt: phase.t === "running" ? phase.startedAt : 0n,
    finishedAt: now(),
    exitCode,
    reason: ended,
    message: failure ?? "",
  };
  container.log.close();
}

const states = {
  created: ContainerState.CONTAINER_CREATED,
  running: ContainerState.CONTAINER_RUNNING,
  exited: ContainerState.CONTAINER_EXITED,
} as const;

export function toContainer(container: MemoryContainer): Container {
  const { id, pod, config, image, createdAt, phase } = container;
  return {
    id,
    podSandboxId: pod.id,
    metadata: config.metadata,
    image: config.image,
    imageRef: image.id,
    state: states[phase.t],
    createdAt,
    labels: config.labels,
    annotations: config.annotations,
    imageId: image.id,
  };
}

export function toContainerStatus(container: MemoryContainer): ContainerStatus {
  const { id, config, image, createdAt, phase } = container;
  const exited = phase.t === "exited" ? phase : undefined;
  const user = config.linux?.securityContext;
  return {
    id,
    metadata: config.metadata,
    state: states[phase.t],
    createdAt,
    startedAt: phase.t === "created" ? 0n : phase.startedAt,
    finishedAt: exited?.finishedAt ?? 0n,
    exitCode: exited?.exitCode ?? 0,
    image: config.image,
    imageRef: image.id,
    reason: exited?.reason ?? "",
    message: exited?.message ?? "",
    labels: config.labels,
    annotations: config.annotations,
    mounts: config.mounts,
    logPath: container.logPath,
    resources: { linux: container.resources, windows: undefined },
    imageId: image.id,
    user: {
      linux: {
        uid: user?.runAsUser?.value ?? 0n,
        gid: user?.runAsGroup?.value ?? 0n,
        supplementalGroups: user?.supplementalGroups ?? [],
      },
    },
    stopSignal: config.stopSignal === Signal.RUNTIME_DEFAULT ? Signal.SIGTERM : config.stopSignal,
  };
}

/** The signal that stops a container, by name. */
export function stopSignalOf({ config, image }: MemoryContainer): string {
  const names = Object.entries(Signal).find(([, number]) => number === config.stopSignal);
  const stated = config.stopSignal === Signal.RUNTIME_DEFAULT ? undefined : names?.[0];
  return stated ?? image.stopSignal ?? "SIGTERM";
}
