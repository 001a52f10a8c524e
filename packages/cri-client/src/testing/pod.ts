import { NamespaceMode } from "../gen/runtime/v1/namespace.ts";
import type { PodSandbox, PodSandboxStatus } from "../gen/runtime/v1/sandbox.ts";
import { PodSandboxState } from "../gen/runtime/v1/sandbox.ts";
import type { PodSandboxConfig } from "../gen/runtime/v1/sandbox_config.ts";

/** A pod of the in-memory runtime. */
export interface Pod {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly runtimeHandler: string;
  readonly createdAt: bigint;
  readonly ip: string;
  ready: boolean;
}

export function usesHostNetwork(config: PodSandboxConfig): boolean {
  const options = config.linux?.securityContext?.namespaceOptions;
  return options?.network === NamespaceMode.NODE;
}

export function toPodSandbox(pod: Pod): PodSandbox {
  const { id, config, runtimeHandler, createdAt } = pod;
  return {
    id,
    metadata: config.metadata,
    state: pod.ready ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY,
    createdAt,
    labels: config.labels,
    annotations: config.annotations,
    runtimeHandler,
  };
}

export function toPodSandboxStatus(pod: Pod): PodSandboxStatus {
  const options = pod.config.linux?.securityContext?.namespaceOptions;
  return {
    ...toPodSandbox(pod),
    network: { ip: pod.ready ? pod.ip : "", additionalIps: [] },
    linux: { namespaces: { options } },
  };
}
