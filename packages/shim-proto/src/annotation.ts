/** Annotations by which containerd's CRI plugin tells a shim about the pod a container belongs to. */
export const annotation = {
  containerType: "io.kubernetes.cri.container-type",
  sandboxId: "io.kubernetes.cri.sandbox-id",
  sandboxName: "io.kubernetes.cri.sandbox-name",
  sandboxNamespace: "io.kubernetes.cri.sandbox-namespace",
  sandboxUid: "io.kubernetes.cri.sandbox-uid",
  sandboxLogDirectory: "io.kubernetes.cri.sandbox-log-directory",
  sandboxCpuPeriod: "io.kubernetes.cri.sandbox-cpu-period",
  sandboxCpuQuota: "io.kubernetes.cri.sandbox-cpu-quota",
  sandboxCpuShares: "io.kubernetes.cri.sandbox-cpu-shares",
  sandboxMemory: "io.kubernetes.cri.sandbox-memory",
  sandboxImageName: "io.kubernetes.cri.podsandbox.image-name",
  containerName: "io.kubernetes.cri.container-name",
  imageName: "io.kubernetes.cri.image-name",
  podAnnotations: "io.kubernetes.cri.pod-annotations",
  untrustedWorkload: "io.kubernetes.cri.untrusted-workload",
  runtimeHandler: "io.containerd.cri.runtime-handler",
  /** Asks for one shim for all containers with the same value. */
  group: "io.containerd.runc.v2.group",
} as const;

/** Annotations whose value names the group a container belongs to; the first one present counts. */
export const groupAnnotations: readonly string[] = [annotation.group, annotation.sandboxId];

/** What annotations say of a pod. */
export interface PodAnnotations {
  readonly containerType: "sandbox" | "container";
  readonly sandboxId: string;
  readonly sandboxName?: string;
  readonly sandboxNamespace?: string;
  readonly sandboxUid?: string;
  readonly sandboxLogDirectory?: string;
  readonly sandboxImageName?: string;
  readonly containerName?: string;
  readonly imageName?: string;
  /** Microseconds. */
  readonly sandboxCpuPeriod?: number;
  /** Microseconds a period; negative for no limit. */
  readonly sandboxCpuQuota?: number;
  readonly sandboxCpuShares?: number;
  /** Bytes. */
  readonly sandboxMemory?: number;
}

const texts = [
  "sandboxName",
  "sandboxNamespace",
  "sandboxUid",
  "sandboxLogDirectory",
  "sandboxImageName",
  "containerName",
  "imageName",
] as const;
const numbers = [
  "sandboxCpuPeriod",
  "sandboxCpuQuota",
  "sandboxCpuShares",
  "sandboxMemory",
] as const;

/** What a container's annotations say of its pod; undefined for a container that belongs to none. */
export function readPodAnnotations(
  annotations: Readonly<Record<string, string>>,
): PodAnnotations | undefined {
  const sandboxId = annotations[annotation.sandboxId];
  const containerType = annotations[annotation.containerType];
  if (sandboxId === undefined) return undefined;
  if (containerType !== "sandbox" && containerType !== "container") return undefined;
  const found: Record<string, string | number> = {};
  for (const name of texts) {
    const value = annotations[annotation[name]];
    if (value !== undefined) found[name] = value;
  }
  for (const name of numbers) {
    const value = Number(annotations[annotation[name]]);
    if (Number.isSafeInteger(value)) found[name] = value;
  }
  return { ...found, containerType, sandboxId };
}

/** The group of a container: containers of one group share a shim. */
export function groupOf(id: string, annotations: Readonly<Record<string, string>>): string {
  for (const name of groupAnnotations) {
    const group = annotations[name];
    if (group !== undefined) return group;
  }
  return id;
}
