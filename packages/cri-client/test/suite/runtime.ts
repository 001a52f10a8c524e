import { describe, expect, test } from "vitest";
import { deferred } from "../deferred.ts";
import type { Subject } from "./runtime-under-test.ts";

export function runtimeTests(subject: Subject): void {
  describe("the runtime", () => {
    test("has a name and a version", async () => {
      const { runtime, version } = subject.cri;
      const said = await runtime.version({ version: "v1" });
      expect(said).toMatchObject({ version: "0.1.0", runtimeApiVersion: "v1" });
      expect(said.runtimeName).toBe(version.runtimeName);
      expect(version.runtimeName).not.toBe("");
    });

    test("says whether it is ready, and more when asked", async () => {
      const { status } = await subject.cri.runtime.status({});
      expect(status?.conditions.find(({ type }) => type === "RuntimeReady")).toMatchObject({
        status: true,
      });
      expect(status?.conditions.map(({ type }) => type)).toContain("NetworkReady");
      const { info } = await subject.cri.runtime.status({ verbose: true });
      expect(Object.keys(info)).not.toEqual([]);
    });

    test("takes the pods' address range", async () => {
      const runtimeConfig = { networkConfig: { podCidr: "10.244.0.0/24" } };
      expect(await subject.cri.runtime.updateRuntimeConfig({ runtimeConfig })).toEqual({});
    });

    test("says who makes cgroups, if it is new enough to know", async () => {
      const config = subject.cri.runtime.runtimeConfig({});
      if (subject.runtime.features.has("runtime config")) {
        expect([0, 1]).toContain((await config).linux?.cgroupDriver);
      } else await expect(config).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    });
  });

  describe("stats", () => {
    test("of a running container tell CPU, memory and disk", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod({ labels: { stats: "yes" } });
      const containerId = await pod.start(subject.runtime.commands.tick, {
        metadata: { name: "stats" },
        labels: { stats: "yes" },
      });
      await expect
        .poll(
          async () => {
            const { stats } = await runtime.containerStats({ containerId });
            return stats?.cpu?.usageCoreNanoSeconds?.value ?? 0n;
          },
          { timeout: 10_000 },
        )
        .toBeGreaterThan(0n);
      const { stats } = await runtime.containerStats({ containerId });
      expect(stats?.attributes).toMatchObject({ id: containerId, metadata: { name: "stats" } });
      expect(stats?.memory?.workingSetBytes?.value).toBeGreaterThan(0n);
      const list = await runtime.listContainerStats({
        filter: { labelSelector: { stats: "yes" } },
      });
      expect(list.stats.map((one) => one.attributes?.id)).toEqual([containerId]);
      const streamed = async (): Promise<unknown[]> => {
        const ids: unknown[] = [];
        for await (const { containerStats } of runtime.streamContainerStats({
          filter: { podSandboxId: pod.id },
        }))
          ids.push(...containerStats.map((one) => one.attributes?.id));
        return ids;
      };
      if (subject.runtime.features.has("streamed lists")) {
        expect(await streamed()).toEqual([containerId]);
      } else await expect(streamed()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    }, 20_000);

    test("of a pod hold those of its containers", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod({ labels: { podstats: "yes" } });
      const containerId = await pod.start(subject.runtime.commands.tick);
      const { stats } = await runtime.podSandboxStats({ podSandboxId: pod.id });
      expect(stats?.attributes).toMatchObject({ id: pod.id, metadata: pod.config.metadata });
      expect(stats?.linux?.containers.map(({ attributes }) => attributes?.id)).toEqual([
        containerId,
      ]);
      expect(stats?.linux?.memory?.workingSetBytes?.value).toBeGreaterThan(0n);
      const list = await runtime.listPodSandboxStats({
        filter: { labelSelector: { podstats: "yes" } },
      });
      expect(list.stats.map(({ attributes }) => attributes?.id)).toEqual([pod.id]);
      const streamed = async (): Promise<unknown[]> => {
        const ids: unknown[] = [];
        for await (const part of runtime.streamPodSandboxStats({ filter: { id: pod.id } }))
          ids.push(...part.podSandboxStats.map(({ attributes }) => attributes?.id));
        return ids;
      };
      if (subject.runtime.features.has("streamed lists"))
        expect(await streamed()).toEqual([pod.id]);
      else await expect(streamed()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    });

    test("as metrics have the labels their descriptors name", async () => {
      const { runtime } = subject.cri;
      await using pod = await subject.runPod();
      await pod.start(subject.runtime.commands.wait);
      if (!subject.runtime.features.has("metrics")) {
        const unimplemented = { code: "UNIMPLEMENTED" };
        await expect(runtime.listMetricDescriptors({})).rejects.toMatchObject(unimplemented);
        await expect(runtime.listPodSandboxMetrics({})).rejects.toMatchObject(unimplemented);
        const streamed = runtime.streamPodSandboxMetrics({})[Symbol.asyncIterator]().next();
        await expect(streamed).rejects.toMatchObject(unimplemented);
        return;
      }
      const { descriptors } = await runtime.listMetricDescriptors({});
      const { podMetrics } = await runtime.listPodSandboxMetrics({});
      const own = podMetrics.find(({ podSandboxId }) => podSandboxId === pod.id);
      const metrics = own?.containerMetrics.flatMap((one) => one.metrics) ?? [];
      expect(metrics.length).toBeGreaterThan(0);
      for (const { name, labelValues } of metrics) {
        const descriptor = descriptors.find((one) => one.name === name);
        expect(labelValues.length).toBe(descriptor?.labelKeys.length);
      }
      const streamed: string[] = [];
      for await (const part of runtime.streamPodSandboxMetrics({}))
        streamed.push(...part.podSandboxMetrics.map(({ podSandboxId }) => podSandboxId));
      expect(streamed).toContain(pod.id);
    });
  });

  describe("events", () => {
    test("tell the life of a pod and its containers, or are not there", async () => {
      const { cri } = subject;
      const listening = new AbortController();
      const seen: string[] = [];
      const ready = deferred<void>();
      const reading = (async () => {
        for await (const event of cri.runtime.getContainerEvents(
          {},
          { signal: listening.signal, onHeader: () => ready.resolve() },
        )) {
          seen.push(`${event.containerId} ${event.containerEventType}`);
        }
      })();
      if (!subject.runtime.features.has("events")) {
        await expect(reading).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
        return;
      }
      reading.catch(() => {});
      await Promise.race([ready.promise, new Promise((resolve) => setTimeout(resolve, 500))]);
      const pod = await subject.runPod();
      const container = await pod.start(subject.runtime.commands.wait);
      await cri.runtime.stopContainer({ containerId: container, timeout: 0n });
      await cri.runtime.removeContainer({ containerId: container });
      await pod[Symbol.asyncDispose]();
      const of = (id: string): string[] =>
        seen.filter((line) => line.startsWith(id)).map((line) => line.slice(-1));
      await expect.poll(() => of(container), { timeout: 5000 }).toEqual(["0", "1", "2", "3"]);
      await expect.poll(() => of(pod.id), { timeout: 5000 }).toEqual(["0", "1", "2", "3"]);
      listening.abort();
      await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
    }, 20_000);
  });

  describe("images", () => {
    test("that are there are listed, by any of their names", async () => {
      const { image } = subject.cri;
      const { reference, id } = subject.runtime.image;
      const { images } = await image.listImages({});
      expect(images.map((one) => one.id)).toContain(id);
      for (const name of [reference, id]) {
        const found = await image.imageStatus({ image: { image: name } });
        expect(found.image).toMatchObject({ id, repoTags: [reference] });
        expect(found.image?.size).toBeGreaterThan(0n);
        const listed = await image.listImages({ filter: { image: { image: name } } });
        if (subject.runtime.features.has("filtered images")) {
          expect(listed.images.map((one) => one.id)).toEqual([id]);
        } else expect(listed.images.map((one) => one.id)).toContain(id);
      }
      const { info } = await image.imageStatus({ image: { image: reference }, verbose: true });
      expect(Object.keys(info)).not.toEqual([]);
    });

    test("that are not there have no status, which is no error, and removing them is none either", async () => {
      const { image } = subject.cri;
      const nothing = { image: { image: "ocikit.test/nothing:1" } };
      expect((await image.imageStatus(nothing)).image).toBeUndefined();
      expect(await image.removeImage(nothing)).toEqual({});
    });

    test("are pulled, run, and removed with every name they have", async () => {
      const { image } = subject.cri;
      const spec = { image: subject.runtime.pullable };
      const { imageRef } = await image.pullImage({ image: spec });
      const { image: pulled } = await image.imageStatus({ image: { image: imageRef } });
      expect(pulled?.repoTags).toContain(spec.image);
      expect(pulled?.repoDigests.length).toBeGreaterThan(0);
      await image.removeImage({ image: spec });
      expect((await image.imageStatus({ image: spec })).image).toBeUndefined();
    });

    test("that nobody has can't be pulled", async () => {
      const missing = { image: `${subject.runtime.pullable}-nothing` };
      await expect(subject.cri.image.pullImage({ image: missing })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    test("streamed are the same, or are not there", async () => {
      const streamed = async (): Promise<string[]> => {
        const ids: string[] = [];
        for await (const { images } of subject.cri.image.streamImages({}))
          ids.push(...images.map(({ id }) => id));
        return ids;
      };
      if (subject.runtime.features.has("streamed lists")) {
        expect(await streamed()).toContain(subject.runtime.image.id);
      } else await expect(streamed()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    });

    test("take room, and the runtime says where", async () => {
      const { imageFilesystems } = await subject.cri.image.imageFsInfo({});
      expect(imageFilesystems[0]?.fsId?.mountpoint).toMatch(/^\//);
      expect(imageFilesystems[0]?.usedBytes?.value).toBeGreaterThanOrEqual(0n);
    });
  });
}
