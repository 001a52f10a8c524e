import { RpcError } from "@ocikit/rpc";
import { expect, test } from "vitest";
import { eachContainer, eachImage, eachPod } from "./lists.ts";
import { runPod } from "./pod/run-pod.ts";
import { startMemoryRuntime } from "./testing/index.ts";

const images = { "a:1": { entrypoint: ["sleep", "infinity"] } };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("lists are streamed, and filtered", async () => {
  await using runtime = await startMemoryRuntime({ images });
  const { cri } = runtime;
  await using a = await runPod(cri, {
    name: "a",
    labels: { k: "a" },
    containers: { c: { image: "a:1" } },
  });
  await using b = await runPod(cri, { name: "b", containers: {} });
  expect((await all(eachPod(cri))).map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
  expect((await all(eachPod(cri, { labelSelector: { k: "a" } }))).map(({ id }) => id)).toEqual([
    a.id,
  ]);
  expect((await all(eachContainer(cri, { podSandboxId: a.id }))).length).toBe(1);
  expect((await all(eachImage(cri))).length).toBe(1);
  const methods = runtime.runtime.calls.map(({ method }) => method);
  expect(methods.filter((method) => method.startsWith("list"))).toEqual([]);
});

test("a runtime that streams none is asked for lists, and not for streams again", async () => {
  await using runtime = await startMemoryRuntime({ images });
  const { cri } = runtime;
  await using pod = await runPod(cri, { name: "a", containers: {} });
  runtime.runtime.failNext("streamPodSandboxes", new RpcError("UNIMPLEMENTED", ""));
  for (let i = 0; i < 3; i++)
    expect((await all(eachPod(cri))).map(({ id }) => id)).toEqual([pod.id]);
  const methods = runtime.runtime.calls.map(({ method }) => method);
  expect(methods.filter((method) => method === "streamPodSandboxes")).toHaveLength(1);
  expect(methods.filter((method) => method === "listPodSandbox")).toHaveLength(3);
});

test("any other failure is the caller's to hear", async () => {
  await using runtime = await startMemoryRuntime({ images });
  runtime.runtime.failNext("streamImages", new RpcError("UNAVAILABLE", "later"));
  await expect(all(eachImage(runtime.cri))).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
