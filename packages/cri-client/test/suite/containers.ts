import { rename, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ContainerState, type ContainerStatus } from "../../src/gen/runtime/v1/container.ts";
import type { Cri } from "../../src/index.ts";
import type { Subject } from "./runtime-under-test.ts";

const { CONTAINER_CREATED, CONTAINER_RUNNING, CONTAINER_EXITED } = ContainerState;

/** Waits until a container has ended. */
export async function waitForExit(cri: Cri, containerId: string): Promise<ContainerStatus> {
  for (;;) {
    const { status } = await cri.runtime.containerStatus({ containerId });
    if (status?.state === CONTAINER_EXITED) return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function containerTests(subject: Subject): void {
  const statusOf = async (containerId: string): Promise<ContainerStatus> => {
    const { status } = await subject.cri.runtime.containerStatus({ containerId });
    if (status === undefined) throw new Error("no status");
    return status;
  };

  describe("containers", () => {
    test("go from created to running to exited, each at its time", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const id = await pod.create(subject.runtime.commands.exit(0));
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      const created = await statusOf(id);
      expect(created).toMatchObject({ state: CONTAINER_CREATED, startedAt: 0n, finishedAt: 0n });
      await runtime.startContainer({ containerId: id });
      const exited = await waitForExit(subject.cri, id);
      expect(exited).toMatchObject({ exitCode: 0, reason: "Completed" });
      expect(exited.createdAt).toBe(created.createdAt);
      expect(exited.startedAt).toBeGreaterThanOrEqual(created.createdAt);
      // Not "after it started": containerd takes that time when the start returns, and this one has ended by then.
      expect(exited.finishedAt).toBeGreaterThan(created.createdAt);
    });

    test("tell what they were asked for", async () => {
      await using pod = await subject.runPod();
      const { image, features } = subject.runtime;
      const labels = { app: "web" };
      const annotations = { "example.com/a": "b\nc" };
      const id = await pod.create(subject.runtime.commands.wait, {
        metadata: { name: "details", attempt: 3 },
        labels,
        annotations,
        logPath: "details.log",
      });
      const status = await statusOf(id);
      expect(status).toMatchObject({
        id,
        metadata: { name: "details", attempt: 3 },
        image: { image: image.reference },
        labels,
        annotations,
        logPath: `${pod.config.logDirectory}/details.log`,
      });
      expect(status.imageRef).not.toBe("");
      if (features.has("image ids")) expect(status.imageId).toBe(image.id);
      const { info } = await subject.cri.runtime.containerStatus({
        containerId: id,
        verbose: true,
      });
      expect(Object.keys(info)).not.toEqual([]);
    });

    test("an exit code other than zero is an error with that code", async () => {
      await using pod = await subject.runPod();
      const id = await pod.start(subject.runtime.commands.exit(7));
      expect(await waitForExit(subject.cri, id)).toMatchObject({ exitCode: 7, reason: "Error" });
    });

    test("a program that is not there fails to start, with 128", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.create(["/nonexistent/program"]);
      await expect(subject.cri.runtime.startContainer({ containerId })).rejects.toThrow(
        /nonexistent/,
      );
      expect(await waitForExit(subject.cri, containerId)).toMatchObject({
        exitCode: 128,
        reason: "StartError",
      });
    });

    test("stop sends the stop signal, and SIGKILL when the time is over", async () => {
      const { runtime } = subject.cri;
      const { commands } = subject.runtime;
      await using pod = await subject.runPod();
      const polite = await pod.start(commands.waitForTerm);
      await expect.poll(() => logOf(subject, polite)).toContain("ready");
      await runtime.stopContainer({ containerId: polite, timeout: 10n });
      expect(await statusOf(polite)).toMatchObject({ state: CONTAINER_EXITED, exitCode: 5 });
      const deaf = await pod.start(commands.wait);
      await expect.poll(() => logOf(subject, deaf)).toContain("ready");
      await runtime.stopContainer({ containerId: deaf, timeout: 1n });
      expect(await statusOf(deaf)).toMatchObject({ state: CONTAINER_EXITED, exitCode: 137 });
      const killed = await pod.start(commands.waitForTerm);
      await runtime.stopContainer({ containerId: killed, timeout: 0n });
      expect(await statusOf(killed)).toMatchObject({ state: CONTAINER_EXITED, exitCode: 137 });
      // Once more is no error.
      await runtime.stopContainer({ containerId: killed, timeout: 0n });
    }, 20_000);

    test("a running container is removed by force, and removing it again is no error", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait);
      await runtime.removeContainer({ containerId });
      await runtime.removeContainer({ containerId });
      await expect(runtime.containerStatus({ containerId })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    test("what is not there is NOT_FOUND, except for remove", async () => {
      const { runtime } = subject.cri;
      const containerId = "ffffffffffff";
      const notFound = { code: "NOT_FOUND" };
      await expect(runtime.startContainer({ containerId })).rejects.toMatchObject(notFound);
      await expect(runtime.containerStatus({ containerId })).rejects.toMatchObject(notFound);
      await expect(runtime.containerStats({ containerId })).rejects.toMatchObject(notFound);
      const exec = runtime.execSync({ containerId, cmd: ["true"] });
      await expect(exec).rejects.toMatchObject(notFound);
      expect(await runtime.removeContainer({ containerId })).toEqual({});
      const stop = runtime.stopContainer({ containerId });
      if (subject.runtime.features.has("forgiving stop")) expect(await stop).toEqual({});
      else await expect(stop).rejects.toMatchObject(notFound);
    });

    test("starting one twice, and creating one of an image that is not there, are errors", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait);
      await expect(runtime.startContainer({ containerId })).rejects.toThrow(/running/i);
      await expect(
        pod.create(["true"], { image: { image: "ocikit.test/nothing:1" } }),
      ).rejects.toThrow(/nothing/);
    });

    test("lists are filtered by id, pod, state and labels", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      await using other = await subject.runPod();
      const a = await pod.start(subject.runtime.commands.wait, { labels: { app: "a" } });
      const b = await pod.create(subject.runtime.commands.wait, { labels: { app: "b" } });
      const c = await other.start(subject.runtime.commands.wait, { labels: { app: "a" } });
      const list = async (filter: object): Promise<string[]> =>
        (await runtime.listContainers({ filter })).containers.map(({ id }) => id).sort();
      expect(await list({ podSandboxId: pod.id })).toEqual([a, b].sort());
      expect(await list({ id: a.slice(0, 16) })).toEqual([a]);
      expect(await list({ labelSelector: { app: "a" }, podSandboxId: other.id })).toEqual([c]);
      expect(await list({ podSandboxId: pod.id, state: { state: CONTAINER_RUNNING } })).toEqual([
        a,
      ]);
      expect(await list({ id: a, podSandboxId: other.id })).toEqual([]);
      const streamed = async (): Promise<string[]> => {
        const ids: string[] = [];
        for await (const { containers } of runtime.streamContainers({
          filter: { podSandboxId: pod.id },
        }))
          ids.push(...containers.map(({ id }) => id));
        return ids.sort();
      };
      if (subject.runtime.features.has("streamed lists")) {
        expect(await streamed()).toEqual([a, b].sort());
      } else await expect(streamed()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    });

    test("limits can be changed while it runs", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait, {
        linux: { resources: { cpuShares: 512n, memoryLimitInBytes: 64n << 20n } },
      });
      await runtime.updateContainerResources({
        containerId,
        linux: { memoryLimitInBytes: 128n << 20n },
      });
      if (!subject.runtime.features.has("container details")) return;
      expect((await statusOf(containerId)).resources?.linux).toMatchObject({
        cpuShares: 512n,
        memoryLimitInBytes: 128n << 20n,
      });
    });

    test("the log file is opened anew after it was renamed, while the container runs", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.tick);
      const { logPath } = await statusOf(containerId);
      await expect.poll(() => logOf(subject, containerId)).toContain("tick");
      await rename(logPath, `${logPath}.old`);
      await runtime.reopenContainerLog({ containerId });
      await expect.poll(() => stat(logPath).then(({ size }) => size)).toBeGreaterThan(0);
      await runtime.stopContainer({ containerId, timeout: 0n });
      await expect(runtime.reopenContainerLog({ containerId })).rejects.toThrow(/not running/);
    });

    test("a checkpoint can be made by runtimes that can", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait);
      const location = `${subject.runtime.folder}/checkpoint.tar`;
      const checkpoint = subject.cri.runtime.checkpointContainer({ containerId, location });
      if (!subject.runtime.features.has("checkpoint")) {
        await expect(checkpoint).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
        return;
      }
      await checkpoint;
      expect((await stat(location)).size).toBeGreaterThan(0);
      expect((await statusOf(containerId)).state).toBe(CONTAINER_RUNNING);
    });
  });
}

/** Everything a container has written. */
export async function logOf(subject: Subject, containerId: string): Promise<string> {
  let text = "";
  for await (const { content } of subject.cri.logs(containerId)) {
    text += `${Buffer.from(content).toString()}\n`;
  }
  return text;
}
