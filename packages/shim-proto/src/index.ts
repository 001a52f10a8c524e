// For people who call and serve ttrpc.
export {
  type CallOptions,
  type Client,
  type Context,
  createClient,
  type HandlerInterceptor,
  type Implementation,
  Metadata,
  type MetadataInit,
  Router,
  type RpcCode,
  RpcError,
} from "@ocikit/rpc";
export { annotation, groupOf, type PodAnnotations, readPodAnnotations } from "./annotation.ts";
export { ByteStream, openByteStream, StreamHub } from "./byte-stream.ts";
export {
  type ContainerdEvent,
  decodeEvent,
  type EventInit,
  type EventOf,
  type EventTopic,
  encodeEvent,
  eventTopics,
  type TaskEvent,
  toEnvelope,
} from "./event.ts";
// Messages by name, as types and as codecs.
export { Metrics as MetricsV1 } from "./gen/cgroup1/stats/metrics.ts";
export { Metrics as MetricsV2 } from "./gen/cgroup2/stats/metrics.ts";
export { Any } from "./gen/google/protobuf/any.ts";
export { Timestamp } from "./gen/google/protobuf/timestamp.ts";
export {
  BootstrapParams,
  BootstrapResult,
} from "./gen/runtime/bootstrap/v1/bootstrap.ts";
export {
  CheckpointTaskRequest,
  CreateTaskRequest,
  DeleteResponse,
  ExecProcessRequest,
  StateResponse,
  UpdateTaskRequest,
  WaitResponse,
} from "./gen/runtime/task/v3/shim.ts";
export { Envelope } from "./gen/types/event.ts";
export { RuntimeInfo } from "./gen/types/introspection.ts";
export { Mount } from "./gen/types/mount.ts";
export {
  CheckpointOptions,
  Options as RuncOptions,
  ProcessDetails,
} from "./gen/types/runc/options/oci.ts";
export { Options as RuntimeOptions } from "./gen/types/runtimeoptions/v1/api.ts";
export { ProcessInfo, Status } from "./gen/types/task/task.ts";
export {
  type JsonDocument,
  type JsonValue,
  type Payload,
  type PayloadPart,
  type Payloads,
  type PayloadUrl,
  packPayload,
  payloadUrls,
  unpackPayload,
} from "./payload.ts";
export {
  commandEventSink,
  type EventSink,
  Publisher,
  type PublisherOptions,
  ttrpcEventSink,
} from "./publisher.ts";
// The services of the shim protocol, and what travels in them.
export {
  EventsService,
  SandboxControllerService,
  SandboxService,
  SandboxStoreService,
  StreamingService,
  TaskService,
  TaskServiceV2,
} from "./services.ts";
export { fromTimestamp, toTimestamp } from "./timestamp.ts";
export { type Address, formatAddress, parseAddress } from "./ttrpc/address.ts";
export { ClientConnection, type ClientConnectionOptions } from "./ttrpc/client-connection.ts";
export { type ConnectOptions, connect } from "./ttrpc/connect.ts";
// For people who write a ttrpc peer of their own.
export { encodeFrame, type Frame, frameFlag, frameType, maxDataLength } from "./ttrpc/frame.ts";
export { type FrameListener, FrameReader } from "./ttrpc/frame-reader.ts";
export { type ListenTarget, type ServeOptions, type Server, serve } from "./ttrpc/serve.ts";
