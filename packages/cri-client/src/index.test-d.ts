import { expectTypeOf, test } from "vitest";
import type { Container, ContainerEventResponse } from "./generated/messages.ts";
import {
  type Cri,
  type ImageHandlers,
  type LogLine,
  type RunningPod,
  type RuntimeHandlers,
  runPod,
} from "./index.ts";

declare const cri: Cri;

test("requests are partial to their depth, and responses complete", () => {
  const filter = { labelSelector: { app: "web" } };
  expectTypeOf(cri.runtime.listContainers).toBeCallableWith({ filter });
  expectTypeOf(cri.runtime.listContainers).toBeCallableWith({});
  const list = () => cri.runtime.listContainers({});
  expectTypeOf<Awaited<ReturnType<typeof list>>["containers"][number]>().toEqualTypeOf<Container>();
  expectTypeOf<Container["createdAt"]>().toEqualTypeOf<bigint>();
  expectTypeOf<Container["labels"]>().toEqualTypeOf<{ [key: string]: string }>();
  // @ts-expect-error: no such field
  void cri.runtime.listContainers({ filters: {} });
});

test("streams are iterables", () => {
  expectTypeOf(cri.runtime.getContainerEvents({})).toEqualTypeOf<
    AsyncIterable<ContainerEventResponse>
  >();
  expectTypeOf(cri.logs("id")).toExtend<AsyncIterable<LogLine>>();
});

test("a client's methods are handlers", () => {
  expectTypeOf(cri.runtime).toExtend<RuntimeHandlers>();
  expectTypeOf(cri.image).toExtend<ImageHandlers>();
});

test("handlers may answer with a part of a message, at once or later, and streams are generators", () => {
  expectTypeOf({
    version: () => ({ runtimeName: "x" }),
    status: async () => ({}),
    async *getContainerEvents() {
      yield { containerId: "a" };
    },
  }).toExtend<RuntimeHandlers>();
});

test("a pod's containers have the names they were described with", () => {
  const run = () => runPod(cri, { name: "a", containers: { main: { image: "b" } } });
  expectTypeOf<Awaited<ReturnType<typeof run>>>().toEqualTypeOf<RunningPod<"main">>();
});
