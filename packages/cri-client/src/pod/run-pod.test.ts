import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { RpcError } from "@ocikit/rpc";
import { describe, expect, expectTypeOf, test } from "vitest";
import { ContainerConfig, PodSandboxConfig } from "../documents/index.ts";
import {
  ContainerConfig as ContainerConfigMessage,
  PodSandboxConfig as PodSandboxConfigMessage,
} from "../generated/messages.ts";
import { startMemoryRuntime } from "../testing/index.ts";
import { containerConfig, podConfig } from "./pod-description.ts";
import { runPod } from "./run-pod.ts";

const registry = { "example.com/web:1": { entrypoint: ["sleep"], cmd: ["infinity"] } };

describe("a description", () => {
  test("becomes configs that runtimes take", () => {
    const description = {
      name: "web",
      ports: { 8080: 80, "5353/udp": 53 },
      labels: { app: "web" },
      containers: {
        main: {
          image: "example.com/web:1",
          command: ["serve"],
          env: { GREETING: "hällo" },
          mounts: { "/data": "/srv/data:ro", "/tmp": "/var/tmp" },
          user: 1000,
          cpus: 0.5,
          memoryBytes: 64 << 20,
        },
      },
    } as const;
    const pod = PodSandboxConfigMessage.fromPartial(
      podConfig(description, { uid: "4d7c", logDirectory: "/var/log/web" }),
    );
    expect(PodSandboxConfig.checkMessage(pod)).toMatchObject({ ok: true, warnings: [] });
    expect(pod).toMatchObject({
      metadata: { name: "web", namespace: "default", uid: "4d7c" },
      portMappings: [
        { hostPort: 8080, containerPort: 80, protocol: 0 },
        { hostPort: 5353, containerPort: 53, protocol: 1 },
      ],
    });
    const container = ContainerConfigMessage.fromPartial(
      containerConfig("main", description.containers.main, "sha256:1"),
    );
    expect(ContainerConfig.checkMessage(container)).toMatchObject({ ok: true, warnings: [] });
    expect(container).toMatchObject({
      image: { image: "sha256:1", userSpecifiedImage: "example.com/web:1" },
      mounts: [
        { containerPath: "/data", hostPath: "/srv/data", readonly: true },
        { containerPath: "/tmp", hostPath: "/var/tmp", readonly: false },
      ],
      linux: {
        resources: { cpuPeriod: 100_000n, cpuQuota: 50_000n, memoryLimitInBytes: 67_108_864n },
        securityContext: { runAsUser: { value: 1000n } },
      },
    });
    expect(container.envs.map(({ value }) => Buffer.from(value).toString())).toEqual(["hällo"]);
  });
});

describe("runPod", () => {
  test("pulls, runs, and removes everything at the end of its scope", async () => {
    await using runtime = await startMemoryRuntime({ registry });
    const { cri } = runtime;
    let logDirectory = "";
    {
      await using pod = await runPod(cri, {
        name: "web",
        containers: {
          main: { image: "example.com/web:1" },
          job: { image: "example.com/web:1", command: ["echo", "done"] },
        },
      });
      expectTypeOf<keyof typeof pod.containers>().toEqualTypeOf<"main" | "job">();
      expect(pod.ip).toMatch(/^10\./);
      expect((await pod.containers.job.exited()).exitCode).toBe(0);
      const session = await pod.containers.main.exec(["echo", "hi"]);
      expect((await session.output()).stdout).toBe("hi\n");
      const lines: string[] = [];
      for await (const { content } of pod.containers.job.logs())
        lines.push(String(Buffer.from(content)));
      expect(lines).toEqual(["done"]);
      ({ logDirectory } = pod.config);
      expect(existsSync(logDirectory)).toBe(true);
    }
    expect((await cri.runtime.listPodSandbox({})).items).toEqual([]);
    expect((await cri.runtime.listContainers({})).containers).toEqual([]);
    expect(existsSync(logDirectory)).toBe(false);
  });

  test("that fails on the way leaves nothing behind", async () => {
    await using runtime = await startMemoryRuntime({ registry });
    const { cri } = runtime;
    runtime.runtime.failNext("startContainer", new RpcError("UNKNOWN", "no room"));
    const run = runPod(cri, { name: "web", containers: { main: { image: "example.com/web:1" } } });
    await expect(run).rejects.toMatchObject({ code: "UNKNOWN", rawMessage: "no room" });
    expect((await cri.runtime.listPodSandbox({})).items).toEqual([]);
    const [asked] = runtime.runtime.calls.filter(({ method }) => method === "runPodSandbox");
    const request = asked?.request as { config: PodSandboxConfigMessage } | undefined;
    const logDirectory = request?.config.logDirectory ?? "/missing";
    expect(existsSync(logDirectory)).toBe(false);
    expect(existsSync(dirname(logDirectory))).toBe(true);
  });

  test("pulls what is missing, always, or never", async () => {
    await using runtime = await startMemoryRuntime({ registry });
    const pulls = (): number =>
      runtime.runtime.calls.filter(({ method }) => method === "pullImage").length;
    const run = async (pull: "missing" | "always" | "never"): Promise<void> => {
      await using _ = await runPod(
        runtime.cri,
        { name: "web", containers: { main: { image: "example.com/web:1" } } },
        { pull },
      );
    };
    await expect(run("never")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await run("missing");
    await run("missing");
    expect(pulls()).toBe(1);
    await run("always");
    expect(pulls()).toBe(2);
  });
});
