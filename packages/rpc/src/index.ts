// For people who call and answer methods.
export type { AnyMessage } from "./any.ts";
export type { CallOptions } from "./call-options.ts";
export { checkEachRequest, type RequestCheck } from "./check-each-request.ts";
export { type Client, type ClientMethod, createClient } from "./client.ts";
// For people who write a transport.
export { fromCodeNumber, type RpcCode, rpcCodes, toCodeNumber } from "./code.ts";
export type { Context, Peer } from "./context.ts";
export { type CallInit, ServerCall } from "./context.ts";
export {
  describeMethod,
  type MessageInit,
  type MessageOf,
  type MessageType,
  type Method,
  type MethodDefinition,
  type MethodKind,
  type ServiceDefinition,
} from "./definition.ts";
export { RpcError, type RpcErrorOptions } from "./error.ts";
export type { HandlerMethod, Implementation } from "./implementation.ts";
export { limitCall, startDeadline } from "./limits.ts";
export { createLocalTransport } from "./local-transport.ts";
export { Metadata, type MetadataInit, type MetadataValue } from "./metadata.ts";
export {
  type HandlerInterceptor,
  type MethodHandler,
  Router,
  type StreamHandler,
  type UnaryHandler,
} from "./router.ts";
export type { Transport } from "./transport.ts";
