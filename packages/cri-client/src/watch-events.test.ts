import { getEventListeners } from "node:events";
import { RpcError } from "@ocikit/rpc";
import { expect, test } from "vitest";
import { runPod } from "./pod/run-pod.ts";
import { startMemoryRuntime } from "./testing/index.ts";
import { differences, type RuntimeEvent, watchEvents } from "./watch-events.ts";

const images = { "a:1": { entrypoint: ["sleep", "infinity"] } };

for (const [how, hasEvents] of [
  ["told by the runtime", true],
  ["found by comparing lists, where the runtime tells none", false],
] as const) {
  test(`the life of a pod and its container is ${how}`, async () => {
    await using runtime = await startMemoryRuntime({ images });
    const { cri } = runtime;
    if (!hasEvents)
      runtime.runtime.failNext("getContainerEvents", new RpcError("UNIMPLEMENTED", ""));
    const controller = new AbortController();
    const events: RuntimeEvent[] = [];
    const watching = (async () => {
      const options = { signal: controller.signal, pollMs: 20 };
      for await (const event of watchEvents(cri, options)) events.push(event);
    })();
    // From the second look on, differences are told.
    const [method, times] = hasEvents ? ["getContainerEvents", 1] : ["streamContainers", 2];
    const calls = (): number =>
      runtime.runtime.calls.filter((call) => call.method === method).length;
    await expect.poll(calls).toBeGreaterThanOrEqual(times);
    let ids: [string, string];
    {
      await using pod = await runPod(cri, { name: "w", containers: { main: { image: "a:1" } } });
      ids = [pod.id, pod.containers.main.id];
      await expect.poll(() => events.filter(({ type }) => type === "started").length).toBe(2);
    }
    const of = (id: string): string[] =>
      events.filter((event) => event.id === id).map(({ type, kind }) => `${kind} ${type}`);
    const life = (kind: string): string[] =>
      ["created", "started", "stopped", "deleted"].map((type) => `${kind} ${type}`);
    await expect.poll(() => of(ids[0])).toEqual(life("pod"));
    await expect.poll(() => of(ids[1])).toEqual(life("container"));
    expect(events.every(({ podSandboxId }) => podSandboxId === ids[0])).toBe(true);
    // However long it goes on.
    expect(getEventListeners(controller.signal, "abort").length).toBeLessThan(4);
    controller.abort();
    await watching;
  });
}

test("what must have happened between two looks is told in its order", () => {
  const seen = (phase: "created" | "running" | "ended") =>
    ({ kind: "container", podSandboxId: "p", phase, createdAt: 1n }) as const;
  const types = (
    before: [string, ReturnType<typeof seen>][],
    now: [string, ReturnType<typeof seen>][],
  ) => differences(new Map(before), new Map(now)).map(({ id, type }) => `${id} ${type}`);
  expect(types([], [["a", seen("ended")]])).toEqual(["a created", "a started", "a stopped"]);
  expect(types([["a", seen("created")]], [["a", seen("ended")]])).toEqual([
    "a started",
    "a stopped",
  ]);
  expect(types([["a", seen("running")]], [])).toEqual(["a stopped", "a deleted"]);
  expect(types([["a", seen("ended")]], [])).toEqual(["a deleted"]);
  expect(types([["a", seen("running")]], [["a", seen("running")]])).toEqual([]);
});
