import type { MessageInit } from "@ocikit/rpc";
import { MetricType } from "../gen/runtime/v1/metrics.ts";
import type {
  ContainerStats,
  ContainerStatsFilter,
  PodSandboxStats,
  PodSandboxStatsFilter,
} from "../gen/runtime/v1/stats.ts";
import type { RuntimeHandlers } from "../serve.ts";
import type { MemoryContainer } from "./container.ts";
import { matchesLabels, now } from "./ids.ts";
import type { Pod } from "./pod.ts";
import type { RuntimeState } from "./state.ts";

/** What every program here is said to use: a millisecond of CPU a second, and a megabyte. */
const cpuShare = 1000n;
const memoryBytes = 1_048_576n;

/** Stats and metrics, made up from how long things run. */
export function statsMethods(state: RuntimeState): RuntimeHandlers {
  const containers = (filter?: ContainerStatsFilter): MemoryContainer[] =>
    state.containers.all.filter(
      (container) =>
        container.phase.t === "running" &&
        container.id.startsWith(filter?.id ?? "") &&
        container.pod.id.startsWith(filter?.podSandboxId ?? "") &&
        matchesLabels(container.config.labels, filter?.labelSelector ?? {}),
    );
  const pods = (filter?: PodSandboxStatsFilter): Pod[] =>
    state.pods.all.filter(
      (pod) =>
        pod.ready &&
        pod.id.startsWith(filter?.id ?? "") &&
        matchesLabels(pod.config.labels, filter?.labelSelector ?? {}),
    );
  const podStats = (pod: Pod): MessageInit<typeof PodSandboxStats> => toPodStats(state, pod);
  const metrics = (pod: Pod) => ({
    podSandboxId: pod.id,
    metrics: [],
    containerMetrics: state
      .containersOf(pod)
      .filter(({ phase }) => phase.t === "running")
      .map((container) => ({
        containerId: container.id,
        metrics: [
          {
            name: "container_memory_usage_bytes",
            timestamp: now(),
            metricType: MetricType.GAUGE,
            labelValues: [container.id, container.config.metadata?.name ?? ""],
            value: { value: memoryBytes },
          },
        ],
      })),
  });
  return {
    containerStats: ({ containerId }) => ({
      stats: toContainerStats(state.containers.get(containerId)),
    }),
    listContainerStats: ({ filter }) => ({ stats: containers(filter).map(toContainerStats) }),
    async *streamContainerStats({ filter }) {
      for (const one of containers(filter)) yield { containerStats: [toContainerStats(one)] };
    },
    podSandboxStats: ({ podSandboxId }) => ({ stats: podStats(state.pods.get(podSandboxId)) }),
    listPodSandboxStats: ({ filter }) => ({ stats: pods(filter).map(podStats) }),
    async *streamPodSandboxStats({ filter }) {
      for (const pod of pods(filter)) yield { podSandboxStats: [podStats(pod)] };
    },
    listMetricDescriptors: () => ({
      descriptors: [
        {
          name: "container_memory_usage_bytes",
          help: "Memory the container uses now, in bytes.",
          labelKeys: ["id", "name"],
        },
      ],
    }),
    listPodSandboxMetrics: () => ({ podMetrics: pods().map(metrics) }),
    async *streamPodSandboxMetrics() {
      for (const pod of pods()) yield { podSandboxMetrics: [metrics(pod)] };
    },
  };
}

function toContainerStats(container: MemoryContainer): MessageInit<typeof ContainerStats> {
  const { id, config, phase } = container;
  const timestamp = now();
  const runningNs = phase.t === "running" ? timestamp - phase.startedAt : 0n;
  return {
    attributes: {
      id,
      metadata: config.metadata,
      labels: config.labels,
      annotations: config.annotations,
    },
    cpu: {
      timestamp,
      usageCoreNanoSeconds: { value: runningNs / cpuShare },
      usageNanoCores: { value: 1_000_000_000n / cpuShare },
    },
    memory: {
      timestamp,
      workingSetBytes: { value: memoryBytes },
      usageBytes: { value: memoryBytes },
      rssBytes: { value: memoryBytes },
    },
    writableLayer: {
      timestamp,
      fsId: { mountpoint: "/memory" },
      usedBytes: { value: 0n },
      inodesUsed: { value: 0n },
    },
  };
}

function toPodStats(state: RuntimeState, pod: Pod): MessageInit<typeof PodSandboxStats> {
  const { id, config } = pod;
  const running = state.containersOf(pod).filter(({ phase }) => phase.t === "running");
  const containers = running.map(toContainerStats);
  const timestamp = now();
  const cpuNs = containers.reduce(
    (sum, { cpu }) => sum + BigInt(cpu?.usageCoreNanoSeconds?.value ?? 0),
    0n,
  );
  const share = BigInt(running.length);
  return {
    attributes: {
      id,
      metadata: config.metadata,
      labels: config.labels,
      annotations: config.annotations,
    },
    linux: {
      cpu: {
        timestamp,
        usageCoreNanoSeconds: { value: cpuNs },
        usageNanoCores: { value: (share * 1_000_000_000n) / cpuShare },
      },
      memory: { timestamp, workingSetBytes: { value: share * memoryBytes } },
      network: {
        timestamp,
        defaultInterface: { name: "eth0", rxBytes: { value: 0n }, txBytes: { value: 0n } },
      },
      process: { timestamp, processCount: { value: share } },
      containers,
    },
  };
}
