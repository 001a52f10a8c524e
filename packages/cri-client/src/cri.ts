import type { Client } from "@ocikit/rpc";
import type { ImageServiceDefinition, RuntimeServiceDefinition } from "./gen/runtime/v1/service.ts";
import type { LogsOptions } from "./logs/container-logs.ts";
import type { LogLine } from "./logs/line-joiner.ts";
import type { PortForward, PortForwardOptions } from "./streaming/port-forward.ts";
import type { AttachOptions, ExecOptions } from "./streaming/process.ts";
import type { AttachSession, ProcessSession } from "./streaming/process-session.ts";

/** The methods of CRI's RuntimeService. */
export type RuntimeClient = Client<typeof RuntimeServiceDefinition>;

/** The methods of CRI's ImageService. */
export type ImageClient = Client<typeof ImageServiceDefinition>;

/** A connection to a container runtime. Disposing of it ends its calls and its sessions' requests. */
export interface Cri extends AsyncDisposable {
  /** Where the runtime listens, as `unix:///run/containerd/containerd.sock`. */
  readonly endpoint: string;
  /** What the runtime said of itself when the connection was made. */
  readonly version: { readonly runtimeName: string; readonly runtimeVersion: string };
  readonly runtime: RuntimeClient;
  readonly image: ImageClient;
  /** Runs a command in a container and connects to its streams. Dispose of the session to end it. */
  exec(
    containerId: string,
    command: readonly string[],
    options?: ExecOptions,
  ): Promise<ProcessSession>;
  /** Connects to the streams of a container's first process. */
  attach(containerId: string, options?: AttachOptions): Promise<AttachSession>;
  /** Makes connections to the ports of a pod. Nothing is sent before the first of them. */
  portForward(podSandboxId: string, options?: PortForwardOptions): PortForward;
  /** The lines of a container's log, which must be on this machine. */
  logs(containerId: string, options?: LogsOptions): AsyncGenerator<LogLine, void, undefined>;
}
