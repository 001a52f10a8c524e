import { join } from "node:path";
import {
  compileProtos,
  describeProtoFacts,
  describeProtoVectors,
  repository,
  toFacts,
} from "@ocikit/testing";
import { expect, test } from "vitest";
import { codecOf } from "./documents/codecs.ts";

const directory = join(repository, "packages/shim-proto/proto");

describeProtoFacts("the .proto files", {
  directory,
  facts: [
    "containerd.events.json",
    "containerd.runc.v1.json",
    "containerd.runtime.bootstrap.v1.json",
    "containerd.runtime.sandbox.v1.json",
    "containerd.services.events.ttrpc.v1.json",
    "containerd.services.events.v1.json",
    "containerd.services.images.v1.json",
    "containerd.services.sandbox.v1.json",
    "containerd.services.streaming.v1.json",
    "containerd.task.v2.json",
    "containerd.task.v3.json",
    "containerd.types.json",
    "containerd.types.transfer.json",
    "containerd.v1.types.json",
    "google.rpc.json",
    "io.containerd.cgroups.v1.json",
    "io.containerd.cgroups.v2.json",
    "runtimeoptions.v1.json",
    "ttrpc.json",
  ],
  paths: {
    // Of containerd's image service only its events concern a shim, of transfers only their streams.
    "containerd.services.images.v1.json": ["events/image.proto"],
    "containerd.types.transfer.json": ["types/transfer/streaming.proto"],
  },
});

describeProtoVectors("the generated codecs", {
  directory,
  vectors: [
    "containerd.events.json",
    "containerd.runc.v1.json",
    "containerd.runtime.bootstrap.v1.json",
    "containerd.runtime.sandbox.v1.json",
    "containerd.services.events.ttrpc.v1.json",
    "containerd.task.v3.json",
    "containerd.types.json",
    "containerd.v1.types.json",
    "google.rpc.json",
    "io.containerd.cgroups.v1.json",
    "io.containerd.cgroups.v2.json",
    "runtimeoptions.v1.json",
    "ttrpc.json",
  ],
  codec: codecOf,
});

// The generated code counts no depth: `scripts/generate.ts` takes the counting out on this condition.
test("no message can hold itself, so that bytes can't make decoding deep", () => {
  const messages = new Map(
    compileProtos(directory)
      .flatMap((file) => toFacts(file).messages)
      .map((message) => [message.name, message.fields.map(({ type, value }) => value ?? type)]),
  );
  const depthOf = (name: string, path: readonly string[]): number => {
    expect(path).not.toContain(name);
    const inner = (messages.get(name) ?? []).filter((type) => messages.has(type));
    return 1 + Math.max(0, ...inner.map((type) => depthOf(type, [...path, name])));
  };
  const own = [...messages.keys()].filter((name) => !name.startsWith("google.protobuf."));
  expect(Math.max(...own.map((name) => depthOf(name, [])))).toBeLessThan(10);
});
