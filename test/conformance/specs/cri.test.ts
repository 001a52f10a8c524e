import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  missing,
  startContainerd,
  type TestContainerd,
  testImage,
} from "../../../packages/cri-client/test/root/containerd.ts";
import { faultsOf } from "./written-specs.ts";

type CreateRequest = Parameters<TestContainerd["cri"]["runtime"]["createContainer"]>[0];
type ContainerConfig = NonNullable<CreateRequest["config"]>;

/** The host's namespace, in the numbers of the CRI. */
const NODE = 2 as const;
/** This Debian's containerd, and the newest one there is a package of. */
const releases = [
  ["installed here", undefined],
  ["of sid", "sid"],
] as const;

/** Containers as the kubelet asks for them. */
const containers: Readonly<Record<string, ContainerConfig>> = {
  "an ordinary one": {},
  "one with all privileges": { linux: { securityContext: { privileged: true } } },
  "one with few": {
    linux: {
      securityContext: {
        runAsUser: { value: 1000n },
        runAsGroup: { value: 1000n },
        supplementalGroups: [4n, 2000n],
        readonlyRootfs: true,
        noNewPrivs: true,
        capabilities: { dropCapabilities: ["ALL"], addCapabilities: ["NET_BIND_SERVICE"] },
        seccomp: { profileType: 0 },
        maskedPaths: ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/sys/firmware"],
        readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
      },
    },
  },
  "one with limits": {
    linux: {
      resources: {
        cpuPeriod: 100_000n,
        cpuQuota: 50_000n,
        cpuShares: 512n,
        memoryLimitInBytes: 67_108_864n,
        memorySwapLimitInBytes: 67_108_864n,
        oomScoreAdj: 968n,
        cpusetCpus: "0",
      },
    },
  },
  "one with mounts, devices, a terminal and an environment": {
    envs: [
      { key: "KUBERNETES_SERVICE_HOST", value: new TextEncoder().encode("10.96.0.1") },
      { key: "EMPTY" },
    ],
    mounts: [
      { containerPath: "/etc/hosts", hostPath: "/etc/hosts" },
      { containerPath: "/var/run/secrets", hostPath: "/tmp", readonly: true },
      { containerPath: "/dev/termination-log", hostPath: "/etc/hostname" },
    ],
    devices: [{ containerPath: "/dev/mine", hostPath: "/dev/null", permissions: "rwm" }],
    tty: true,
    stdin: true,
    workingDir: "/tmp",
  },
};

describe.each(releases)(
  "what the containerd %s writes for the kubelet has no fault",
  (_, release) => {
    const why = missing({ release });
    let containerd: TestContainerd | undefined;
    beforeAll(async () => {
      if (why === undefined) containerd = await startContainerd({ release });
    });
    afterAll(async () => {
      await containerd?.[Symbol.asyncDispose]();
    });

    const specOf = async ({ ctr }: TestContainerd, id: string): Promise<string> => {
      const { Spec } = JSON.parse(await ctr("containers", "info", id)) as { Spec: unknown };
      return JSON.stringify(Spec, null, 2);
    };

    test.for(Object.entries(containers))("%s, and its pod", async ([name, config], context) => {
      if (!containerd) return context.skip(why);
      const { runtime } = containerd.cri;
      const { privileged } = config.linux?.securityContext ?? {};
      const sandboxConfig = {
        metadata: { name, namespace: "default", uid: name, attempt: 0 },
        logDirectory: containerd.folder,
        linux: {
          cgroupParent: "/ocikit-cri",
          securityContext: { namespaceOptions: { network: NODE }, privileged: privileged ?? false },
        },
      };
      const { podSandboxId } = await runtime.runPodSandbox({ config: sandboxConfig });
      expect(faultsOf(await specOf(containerd, podSandboxId))).toEqual([]);
      const { containerId } = await runtime.createContainer({
        podSandboxId,
        sandboxConfig,
        config: {
          metadata: { name: "c" },
          image: { image: testImage },
          command: ["sh", "-c", "exit 0"],
          logPath: "c.log",
          ...config,
          linux: {
            ...config.linux,
            securityContext: {
              namespaceOptions: { network: NODE },
              ...config.linux?.securityContext,
            },
          },
        },
      });
      const text = await specOf(containerd, containerId);
      expect(faultsOf(text), text).toEqual([]);
      await runtime.removePodSandbox({ podSandboxId });
    });
  },
);
