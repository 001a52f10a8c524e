import { describeShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { decodeEvent, encodeEvent, eventTopics, eventTypeOf, toEnvelope } from "./event.ts";

describe("events", () => {
  test("of every topic are decoded to the topic they were encoded for", () => {
    for (const topic of eventTopics) {
      expect(decodeEvent(encodeEvent(topic, {}))?.topic).toBe(topic);
    }
  });

  test("carry the bare name of their type, and are known behind a prefix too", () => {
    const any = encodeEvent("/tasks/exit", { containerId: "web", exitStatus: 7 });
    expect(any.typeUrl).toBe("containerd.events.TaskExit");
    const prefixed = { ...any, typeUrl: `type.googleapis.com/${any.typeUrl}` };
    const found = decodeEvent(prefixed);
    expect(found?.topic).toBe("/tasks/exit");
    if (found?.topic === "/tasks/exit") expect(found.event.exitStatus).toBe(7);
  });

  test("of an unknown type, or none, are undefined", () => {
    expect(decodeEvent(undefined)).toBeUndefined();
    expect(decodeEvent({ typeUrl: "x.Y", value: new Uint8Array(0) })).toBeUndefined();
  });

  test("that can't be read are refused", () => {
    const broken = { typeUrl: "containerd.events.TaskExit", value: Uint8Array.of(0x0a, 0x7f) };
    expect(() => decodeEvent(broken)).toThrow(/INVALID_ARGUMENT: event containerd.events.TaskExit/);
  });

  test("travel in an envelope with namespace, topic and time", () => {
    const envelope = toEnvelope("/tasks/start", { containerId: "web", pid: 9 }, "k8s.io");
    expect(envelope).toMatchObject({ namespace: "k8s.io", topic: "/tasks/start" });
    expect(Number(envelope.timestamp?.seconds)).toBeGreaterThan(1.7e9);
  });
});

describeShared("topics", () => {
  test("of tasks have the types the facts give them", () => {
    const { eventTopics: facts } = readSharedJson<{ eventTopics: Record<string, string> }>(
      "facts/shim/protocol.json",
    );
    const ours = eventTopics.filter((topic) => topic.startsWith("/tasks/"));
    expect(Object.fromEntries(ours.map((topic) => [topic, eventTypeOf(topic)]))).toEqual(facts);
  });
});
