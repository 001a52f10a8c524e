import { join } from "node:path";
import {
  codecsIn,
  compileProtos,
  describeProtoFacts,
  describeProtoVectors,
  repository,
  toFacts,
} from "@ocikit/testing";
import { expect, test } from "vitest";
import * as cgroupV1 from "./gen/cgroup1/stats/metrics.ts";
import * as cgroupV2 from "./gen/cgroup2/stats/metrics.ts";
import * as containerEvents from "./gen/events/container.ts";
import * as contentEvents from "./gen/events/content.ts";
import * as imageEvents from "./gen/events/image.ts";
import * as namespaceEvents from "./gen/events/namespace.ts";
import * as sandboxEvents from "./gen/events/sandbox.ts";
import * as snapshotEvents from "./gen/events/snapshot.ts";
import * as taskEvents from "./gen/events/task.ts";
import * as status from "./gen/google/rpc/status.ts";
import * as bootstrap from "./gen/runtime/bootstrap/v1/bootstrap.ts";
import * as sandbox from "./gen/runtime/sandbox/v1/sandbox.ts";
import * as taskV2 from "./gen/runtime/task/v2/shim.ts";
import * as taskV3 from "./gen/runtime/task/v3/shim.ts";
import * as ttrpcEvents from "./gen/services/ttrpc/events/v1/events.ts";
import * as request from "./gen/ttrpc/request.ts";
import * as descriptor from "./gen/types/descriptor.ts";
import * as event from "./gen/types/event.ts";
import * as introspection from "./gen/types/introspection.ts";
import * as metrics from "./gen/types/metrics.ts";
import * as mount from "./gen/types/mount.ts";
import * as platform from "./gen/types/platform.ts";
import * as runcOptions from "./gen/types/runc/options/oci.ts";
import * as runtimeOptions from "./gen/types/runtimeoptions/v1/api.ts";
import * as sandboxTypes from "./gen/types/sandbox.ts";
import * as task from "./gen/types/task/task.ts";

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
  codec: codecsIn(
    cgroupV1,
    cgroupV2,
    containerEvents,
    contentEvents,
    imageEvents,
    namespaceEvents,
    sandboxEvents,
    snapshotEvents,
    taskEvents,
    status,
    bootstrap,
    sandbox,
    taskV2,
    taskV3,
    ttrpcEvents,
    request,
    descriptor,
    event,
    introspection,
    metrics,
    mount,
    platform,
    runcOptions,
    runtimeOptions,
    sandboxTypes,
    task,
  ),
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
