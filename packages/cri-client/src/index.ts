// For those who talk to a runtime.

// Calls and their errors.
export {
  type CallOptions,
  type Context,
  type HandlerInterceptor,
  Metadata,
  type RpcCode,
  RpcError,
  type Transport,
} from "@ocikit/rpc";
export { type ConnectOptions, connect } from "./connect.ts";
// What people write each time they use a runtime.
export {
  type CopyOptions,
  copyFrom,
  copyTo,
  readFile,
  writeFile,
} from "./copy/copy.ts";
export type { Copied } from "./copy/unpack.ts";
export type { Cri, ImageClient, RuntimeClient } from "./cri.ts";
export { defaultEndpoints } from "./endpoint.ts";
export { eachContainer, eachImage, eachPod } from "./lists.ts";
export type { LogsOptions } from "./logs/container-logs.ts";
export { formatLogEntry, type LogEntry, type LogStream, parseLogEntry } from "./logs/entry.ts";
export type { LogLine } from "./logs/line-joiner.ts";
export { type ReadLogsOptions, readLogs } from "./logs/read-logs.ts";
export type { ContainerDescription, PodDescription } from "./pod/pod-description.ts";
export {
  type RunningContainer,
  type RunningPod,
  type RunPodOptions,
  runPod,
} from "./pod/run-pod.ts";
export { type PullOptions, type PullProgress, pullImage } from "./pull-image.ts";
// For those who are a runtime.
export {
  type CriServer,
  type ImageHandlers,
  type RuntimeHandlers,
  type ServeOptions,
  type Services,
  serve,
} from "./serve.ts";
export {
  type ListenOptions,
  type LocalPort,
  type PortConnection,
  PortForward,
  type PortForwardOptions,
} from "./streaming/port-forward.ts";
export type { AttachOptions, ExecOptions, StreamingOptions } from "./streaming/process.ts";
export {
  AttachSession,
  type OutputOptions,
  type ProcessOutput,
  ProcessSession,
} from "./streaming/process-session.ts";
export type { ExitStatus } from "./streaming/process-status.ts";
export type { TerminalSize, WebSocketProtocol } from "./streaming/protocol.ts";
export type {
  ProcessIo,
  RunAttach,
  RunPortForward,
  RunProcess,
  StreamingHandlers,
} from "./streaming/server/handlers.ts";
export type { StreamingServerOptions } from "./streaming/server/streaming-server.ts";
export type { TlsOptions } from "./streaming/wire-options.ts";
export { type WaitOptions, waitForContainer } from "./wait-for-container.ts";
export { type RuntimeEvent, type WatchOptions, watchEvents } from "./watch-events.ts";
