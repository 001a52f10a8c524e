import { RpcError } from "@ocikit/rpc";
import { ContainerEventType } from "../gen/runtime/v1/event.ts";
import { PodSandboxFilter, PodSandboxState } from "../gen/runtime/v1/sandbox.ts";
import { PodSandboxConfig } from "../gen/runtime/v1/sandbox_config.ts";
import type { RuntimeHandlers } from "../serve.ts";
import { toContainerStatus } from "./container.ts";
import { removeContainer } from "./container-methods.ts";
import { matchesLabels, newId, now } from "./ids.ts";
import { type Pod, toPodSandbox, toPodSandboxStatus, usesHostNetwork } from "./pod.ts";
import type { RuntimeState } from "./state.ts";

/** The handlers the in-memory runtime knows besides the default one. */
export const runtimeHandlers: readonly string[] = ["", "memory"];

/** Pods: run, stop, remove, look at. */
export function podMethods(state: RuntimeState): RuntimeHandlers {
  const stop = async (pod: Pod): Promise<void> => {
    for (const { phase } of state.containersOf(pod)) {
      if (phase.t !== "running") continue;
      phase.process.kill("SIGKILL");
      await phase.process.exited;
    }
    if (!pod.ready) return;
    pod.ready = false;
    state.publish(pod.id, pod, ContainerEventType.CONTAINER_STOPPED_EVENT);
  };
  const list = (filter: PodSandboxFilter = PodSandboxFilter.fromPartial({})): Pod[] => {
    const { id, state: wanted, labelSelector } = filter;
    const named =
      id === "" ? state.pods.all : [state.pods.find(id)].filter((pod) => pod !== undefined);
    return named.filter(
      (pod) =>
        (wanted === undefined || (wanted.state === PodSandboxState.SANDBOX_READY) === pod.ready) &&
        matchesLabels(pod.config.labels, labelSelector),
    );
  };
  return {
    async runPodSandbox({ config = PodSandboxConfig.fromPartial({}), runtimeHandler }) {
      if (!runtimeHandlers.includes(runtimeHandler)) {
        throw new RpcError(
          "INVALID_ARGUMENT",
          `no runtime for ${JSON.stringify(runtimeHandler)} is configured`,
        );
      }
      const { metadata } = config;
      if (metadata === undefined)
        throw new RpcError("INVALID_ARGUMENT", "the config has no metadata");
      const name = nameOf(config);
      const holder = state.pods.all.find((pod) => nameOf(pod.config) === name);
      if (holder !== undefined) {
        throw new RpcError("ALREADY_EXISTS", `the name ${name} is reserved for ${holder.id}`);
      }
      if (!state.networkReady && !usesHostNetwork(config)) {
        throw new RpcError("UNKNOWN", "network plugin is not ready");
      }
      const ip = usesHostNetwork(config) ? "" : state.newAddress();
      const pod: Pod = { id: newId(), config, runtimeHandler, createdAt: now(), ip, ready: true };
      state.pods.add(pod);
      state.publish(pod.id, pod, ContainerEventType.CONTAINER_CREATED_EVENT);
      state.publish(pod.id, pod, ContainerEventType.CONTAINER_STARTED_EVENT);
      return { podSandboxId: pod.id };
    },
    async stopPodSandbox({ podSandboxId }) {
      const pod = state.pods.find(podSandboxId);
      if (pod !== undefined) await stop(pod);
      return {};
    },
    async removePodSandbox({ podSandboxId }) {
      const pod = state.pods.find(podSandboxId);
      if (pod === undefined) return {};
      await stop(pod);
      for (const container of state.containersOf(pod)) await removeContainer(state, container);
      state.pods.delete(pod.id);
      state.publish(pod.id, pod, ContainerEventType.CONTAINER_DELETED_EVENT);
      return {};
    },
    podSandboxStatus({ podSandboxId, verbose }) {
      const pod = state.pods.get(podSandboxId);
      return {
        status: toPodSandboxStatus(pod),
        info: verbose ? { info: JSON.stringify({ runtime: "memory" }) } : {},
        containersStatuses: state.containersOf(pod).map(toContainerStatus),
        timestamp: now(),
      };
    },
    listPodSandbox: ({ filter }) => ({ items: list(filter).map(toPodSandbox) }),
    async *streamPodSandboxes({ filter }) {
      for (const pod of list(filter)) yield { podSandboxes: [toPodSandbox(pod)] };
    },
    updatePodSandboxResources({ podSandboxId }) {
      state.pods.get(podSandboxId);
      return {};
    },
  };
}

/** What must be unique among pods. */
function nameOf({ metadata }: PodSandboxConfig): string {
  return `${metadata?.name}_${metadata?.namespace}_${metadata?.uid}_${metadata?.attempt}`;
}
