import type { MessageInit } from "@ocikit/rpc";
import type { ContainerConfig } from "../gen/runtime/v1/container.ts";
import { NamespaceMode } from "../gen/runtime/v1/namespace.ts";
import { type PodSandboxConfig, Protocol } from "../gen/runtime/v1/sandbox_config.ts";

/** A pod in a few words. What they can't say goes into `config`. */
export interface PodDescription<Names extends string = string> {
  readonly name: string;
  /** `default` when it is not said. */
  readonly namespace?: string | undefined;
  /** A new one when it is not said. */
  readonly uid?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** A network of the pod's own, or the host's. */
  readonly network?: "pod" | "host" | undefined;
  /** Ports of the pod by ports of the host: `{ 8080: 80, "5353/udp": 53 }`. */
  readonly ports?:
    | Readonly<Record<number | `${number}/${"tcp" | "udp" | "sctp"}`, number>>
    | undefined;
  /** Directory of the node for logs; a temporary one of this machine when it is not said, removed with the pod. */
  readonly logDirectory?: string | undefined;
  readonly cgroupParent?: string | undefined;
  /** Which of the runtime's handlers runs it. */
  readonly runtimeHandler?: string | undefined;
  /** Started in the order they stand here. */
  readonly containers: Readonly<Record<Names, ContainerDescription>>;
  /** Laid over what follows from the rest. */
  readonly config?: MessageInit<typeof PodSandboxConfig> | undefined;
}

export interface ContainerDescription {
  readonly image: string;
  /** In place of the image's entry point. */
  readonly command?: readonly string[] | undefined;
  /** In place of the image's arguments. */
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly workingDir?: string | undefined;
  /** Paths of the host by paths in the container; read-only where `:ro` stands behind: `{ "/data": "/srv/data:ro" }`. */
  readonly mounts?: Readonly<Record<string, string>> | undefined;
  /** A number, or a name of the image. */
  readonly user?: number | string | undefined;
  /** How many CPUs it may use: 0.5 is half of one. */
  readonly cpus?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly privileged?: boolean | undefined;
  readonly tty?: boolean | undefined;
  readonly stdin?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Laid over what follows from the rest. */
  readonly config?: MessageInit<typeof ContainerConfig> | undefined;
}

/** Microseconds of a CFS period, as every runtime sets it. */
const cpuPeriod = 100_000;

/** The config of a described pod. `uid` and `logDirectory` are those of this run of it. */
export function podConfig(
  pod: PodDescription,
  { uid, logDirectory }: { readonly uid: string; readonly logDirectory: string },
): MessageInit<typeof PodSandboxConfig> {
  const containers: readonly ContainerDescription[] = Object.values(pod.containers);
  const privileged = containers.some((container) => container.privileged === true);
  const network = pod.network === "host" ? NamespaceMode.NODE : NamespaceMode.POD;
  return {
    metadata: { name: pod.name, namespace: pod.namespace ?? "default", uid },
    hostname: pod.network === "host" ? "" : pod.name,
    logDirectory,
    labels: pod.labels ?? {},
    annotations: pod.annotations ?? {},
    portMappings: Object.entries(pod.ports ?? {}).map(([host, containerPort]) => {
      const [port, protocol = "tcp"] = host.split("/");
      return { hostPort: Number(port), containerPort, protocol: protocolOf(protocol) };
    }),
    linux: {
      cgroupParent: pod.cgroupParent ?? "",
      securityContext: { namespaceOptions: { network, pid: NamespaceMode.CONTAINER }, privileged },
    },
    ...pod.config,
  };
}

/** The config of a described container; `image` is what the runtime resolved its image to. */
export function containerConfig(
  name: string,
  container: ContainerDescription,
  image: string,
): MessageInit<typeof ContainerConfig> {
  const { cpus, memoryBytes, user, privileged = false } = container;
  return {
    metadata: { name },
    image: { image, userSpecifiedImage: container.image },
    command: [...(container.command ?? [])],
    args: [...(container.args ?? [])],
    workingDir: container.workingDir ?? "",
    envs: Object.entries(container.env ?? {}).map(([key, value]) => ({
      key,
      value: Buffer.from(value),
    })),
    mounts: Object.entries(container.mounts ?? {}).map(([containerPath, source]) => ({
      containerPath,
      hostPath: source.replace(/:ro$/, ""),
      readonly: source.endsWith(":ro"),
    })),
    labels: container.labels ?? {},
    annotations: container.annotations ?? {},
    logPath: `${name}.log`,
    tty: container.tty ?? false,
    stdin: container.stdin ?? false,
    linux: {
      resources: {
        ...(cpus !== undefined && { cpuPeriod, cpuQuota: Math.round(cpus * cpuPeriod) }),
        ...(memoryBytes !== undefined && { memoryLimitInBytes: memoryBytes }),
      },
      securityContext: {
        privileged,
        namespaceOptions: { pid: NamespaceMode.CONTAINER },
        ...(typeof user === "number" && { runAsUser: { value: user } }),
        ...(typeof user === "string" && { runAsUsername: user }),
      },
    },
    ...container.config,
  };
}

function protocolOf(name: string): Protocol {
  switch (name) {
    case "udp":
      return Protocol.UDP;
    case "sctp":
      return Protocol.SCTP;
    default:
      return Protocol.TCP;
  }
}
