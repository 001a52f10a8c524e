import type { MessageType } from "@ocikit/rpc";
import * as cgroupV1 from "../gen/cgroup1/stats/metrics.ts";
import * as cgroupV2 from "../gen/cgroup2/stats/metrics.ts";
import * as containerEvents from "../gen/events/container.ts";
import * as contentEvents from "../gen/events/content.ts";
import * as imageEvents from "../gen/events/image.ts";
import * as namespaceEvents from "../gen/events/namespace.ts";
import * as sandboxEvents from "../gen/events/sandbox.ts";
import * as snapshotEvents from "../gen/events/snapshot.ts";
import * as taskEvents from "../gen/events/task.ts";
import * as any from "../gen/google/protobuf/any.ts";
import * as empty from "../gen/google/protobuf/empty.ts";
import * as timestamp from "../gen/google/protobuf/timestamp.ts";
import * as status from "../gen/google/rpc/status.ts";
import * as bootstrap from "../gen/runtime/bootstrap/v1/bootstrap.ts";
import * as runctypes from "../gen/runtime/linux/runctypes/runc.ts";
import * as sandbox from "../gen/runtime/sandbox/v1/sandbox.ts";
import * as taskV2 from "../gen/runtime/task/v2/shim.ts";
import * as taskV3 from "../gen/runtime/task/v3/shim.ts";
import * as events from "../gen/services/events/v1/events.ts";
import * as sandboxService from "../gen/services/sandbox/v1/sandbox.ts";
import * as streaming from "../gen/services/streaming/v1/streaming.ts";
import * as ttrpcEvents from "../gen/services/ttrpc/events/v1/events.ts";
import * as request from "../gen/ttrpc/request.ts";
import * as descriptor from "../gen/types/descriptor.ts";
import * as event from "../gen/types/event.ts";
import * as introspection from "../gen/types/introspection.ts";
import * as metrics from "../gen/types/metrics.ts";
import * as mount from "../gen/types/mount.ts";
import * as platform from "../gen/types/platform.ts";
import * as runcOptions from "../gen/types/runc/options/oci.ts";
import * as runtimeOptions from "../gen/types/runtimeoptions/v1/api.ts";
import * as sandboxTypes from "../gen/types/sandbox.ts";
import * as task from "../gen/types/task/task.ts";
import * as transfer from "../gen/types/transfer/streaming.ts";

const modules: readonly Readonly<Record<string, unknown>>[] = [
  cgroupV1,
  cgroupV2,
  containerEvents,
  contentEvents,
  imageEvents,
  namespaceEvents,
  sandboxEvents,
  snapshotEvents,
  taskEvents,
  any,
  empty,
  timestamp,
  status,
  bootstrap,
  runctypes,
  sandbox,
  taskV2,
  taskV3,
  events,
  sandboxService,
  streaming,
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
  transfer,
];

const codecs = new Map<string, MessageType>();
for (const value of modules.flatMap((module) => Object.values(module))) {
  if (isCodec(value)) codecs.set(value.$type, value);
}

function isCodec(value: unknown): value is MessageType & { readonly $type: string } {
  return typeof value === "object" && value !== null && "$type" in value && "fromPartial" in value;
}

/** What writes and reads a message, by its full name. */
export function codecOf(name: string): MessageType | undefined {
  return codecs.get(name);
}
