import { expectTypeOf, test } from "vitest";
import type {
  Client,
  CreateTaskRequest,
  decodeEvent,
  Implementation,
  TaskService,
  unpackPayload,
} from "./index.ts";

test("a task's client takes parts of requests and returns whole answers", () => {
  type Task = Client<typeof TaskService>;
  expectTypeOf<Awaited<ReturnType<Task["start"]>>["pid"]>().toEqualTypeOf<number>();
  expectTypeOf<{ id: string }>().toExtend<Parameters<Task["create"]>[0]>();
  expectTypeOf<{ idd: string }>().not.toExtend<Parameters<Task["create"]>[0]>();
});

test("a task's handler takes whole requests", () => {
  type Create = NonNullable<Implementation<typeof TaskService>["create"]>;
  expectTypeOf<Parameters<Create>[0]>().toEqualTypeOf<CreateTaskRequest>();
});

test("events are told apart by their topic, payloads by their type URL", () => {
  type Event = NonNullable<ReturnType<typeof decodeEvent>>;
  type Exit = Extract<Event, { topic: "/tasks/exit" }>;
  expectTypeOf<Exit["event"]["exitStatus"]>().toEqualTypeOf<number>();
  type Payload = NonNullable<ReturnType<typeof unpackPayload>>;
  type Options = Extract<Payload, { typeUrl: "containerd.runc.v1.Options" }>;
  expectTypeOf<Options["value"]["binaryName"]>().toEqualTypeOf<string>();
});
