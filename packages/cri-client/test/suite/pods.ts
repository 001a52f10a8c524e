import { describe, expect, test } from "vitest";
import { PodSandboxState } from "../../src/gen/runtime/v1/sandbox.ts";
import type { Subject } from "./runtime-under-test.ts";

const { SANDBOX_READY, SANDBOX_NOTREADY } = PodSandboxState;

export function podTests(subject: Subject): void {
  describe("pods", () => {
    test("a pod that runs is ready, and tells what it was asked for", async () => {
      const { runtime } = subject.cri;
      const annotations = { "example.com/a": " spaces, ünïcode and\nlines " };
      await using pod = await subject.runPod({ labels: { app: "web" }, annotations });
      expect(pod.id).toMatch(/^[0-9a-f]{64}$/);
      const { status } = await runtime.podSandboxStatus({ podSandboxId: pod.id });
      expect(status).toMatchObject({
        id: pod.id,
        metadata: pod.config.metadata,
        state: SANDBOX_READY,
        labels: { app: "web" },
        annotations,
      });
      expect(status?.createdAt).toBeGreaterThan(0n);
    });

    test("verbose status has more to tell", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const { info } = await runtime.podSandboxStatus({ podSandboxId: pod.id, verbose: true });
      expect(Object.keys(info)).not.toEqual([]);
    });

    test("an id may be cut to a prefix that only one pod has", async () => {
      await using pod = await subject.runPod();
      const { status } = await subject.cri.runtime.podSandboxStatus({
        podSandboxId: pod.id.slice(0, 16),
      });
      expect(status?.id).toBe(pod.id);
    });

    test("lists are filtered by id, state and labels, all of which must hold", async () => {
      const { runtime } = subject.cri;
      await using web = await subject.runPod({ labels: { app: "web", tier: "front" } });
      await using db = await subject.runPod({ labels: { app: "db" } });
      await runtime.stopPodSandbox({ podSandboxId: db.id });
      const list = async (filter: object): Promise<string[]> =>
        (await runtime.listPodSandbox({ filter })).items.map(({ id }) => id).sort();
      expect(await list({})).toEqual(expect.arrayContaining([web.id, db.id]));
      expect(await list({ id: web.id })).toEqual([web.id]);
      expect(await list({ id: web.id.slice(0, 16) })).toEqual([web.id]);
      expect(await list({ id: "ffffffffffff" })).toEqual([]);
      expect(await list({ labelSelector: { app: "web", tier: "front" } })).toEqual([web.id]);
      expect(await list({ labelSelector: { app: "db", tier: "front" } })).toEqual([]);
      expect(await list({ labelSelector: { app: "db" }, state: { state: SANDBOX_READY } })).toEqual(
        [],
      );
      expect(
        await list({ labelSelector: { app: "db" }, state: { state: SANDBOX_NOTREADY } }),
      ).toEqual([db.id]);
    });

    test("streamed lists hold the same, or are not there", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const streamed = async (): Promise<string[]> => {
        const ids: string[] = [];
        for await (const { podSandboxes } of runtime.streamPodSandboxes({ filter: { id: pod.id } }))
          ids.push(...podSandboxes.map(({ id }) => id));
        return ids;
      };
      if (subject.runtime.features.has("streamed lists"))
        expect(await streamed()).toEqual([pod.id]);
      else await expect(streamed()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    });

    test("a stopped pod is not ready, and stopping it again is no error", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      const container = await pod.start(subject.runtime.commands.wait);
      await runtime.stopPodSandbox({ podSandboxId: pod.id });
      await runtime.stopPodSandbox({ podSandboxId: pod.id });
      const { status } = await runtime.podSandboxStatus({ podSandboxId: pod.id });
      expect(status?.state).toBe(SANDBOX_NOTREADY);
      const { containers } = await runtime.listContainers({ filter: { id: container } });
      expect(containers.map(({ state }) => state)).toEqual([2]);
    });

    test("a removed pod is gone with its containers, and removing it again is no error", async () => {
      const { runtime } = subject.cri;
      const pod = await subject.runPod();
      const container = await pod.start(subject.runtime.commands.wait);
      await runtime.stopPodSandbox({ podSandboxId: pod.id });
      await runtime.removePodSandbox({ podSandboxId: pod.id });
      await runtime.removePodSandbox({ podSandboxId: pod.id });
      await expect(runtime.podSandboxStatus({ podSandboxId: pod.id })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(runtime.containerStatus({ containerId: container })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    test("stopping what is not there is no error for runtimes that forgive it", async () => {
      const stop = subject.cri.runtime.stopPodSandbox({ podSandboxId: "ffffffffffff" });
      if (subject.runtime.features.has("forgiving stop")) expect(await stop).toEqual({});
      else await expect(stop).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    test("two pods of one name, namespace, uid and attempt are refused", async () => {
      await using pod = await subject.runPod();
      await expect(subject.cri.runtime.runPodSandbox({ config: pod.config })).rejects.toThrow(
        /reserved/,
      );
    });

    test("a runtime handler that nobody configured is refused", async () => {
      const run = subject.cri.runtime.runPodSandbox({
        config: {
          ...subject.runtime.podDefaults,
          metadata: { name: "handler", namespace: "default", uid: "handler" },
        },
        runtimeHandler: "nonexistent",
      });
      await expect(run).rejects.toThrow(/nonexistent/);
    });

    test("a pod's resources may be told, by runtimes that listen", async () => {
      await using pod = await subject.runPod();
      const update = subject.cri.runtime.updatePodSandboxResources({ podSandboxId: pod.id });
      if (subject.runtime.features.has("pod resources")) expect(await update).toEqual({});
      else await expect(update).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    });
  });
}
