import { chmod, unlink } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { type HandlerInterceptor, type Implementation, Router, RpcError } from "@ocikit/rpc";
import { dial, type Endpoint, formatEndpoint, parseEndpoint } from "./endpoint.ts";
import { ImageServiceDefinition, RuntimeServiceDefinition } from "./gen/runtime/v1/service.ts";
import { defaultMaxMessageBytes } from "./grpc/frame.ts";
import { createGrpcServer } from "./grpc/server.ts";
import type { StreamingHandlers } from "./streaming/server/handlers.ts";
import {
  StreamingServer,
  type StreamingServerOptions,
} from "./streaming/server/streaming-server.ts";

/** Handlers of CRI's RuntimeService; what is missing answers UNIMPLEMENTED. */
export type RuntimeHandlers = Implementation<typeof RuntimeServiceDefinition>;

/** Handlers of CRI's ImageService; what is missing answers UNIMPLEMENTED. */
export type ImageHandlers = Implementation<typeof ImageServiceDefinition>;

/** What a CRI server answers with. */
export interface Services {
  readonly runtime?: RuntimeHandlers | undefined;
  readonly image?: ImageHandlers | undefined;
  /** Exec, attach and port-forward; they take the place of the runtime's methods of these names. */
  readonly streaming?: StreamingHandlers | undefined;
}

export interface ServeOptions {
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Permissions of a unix socket; 0o600 when it is not said. */
  readonly mode?: number | undefined;
  /** The largest request read; 16 MiB when it is not said. */
  readonly maxMessageBytes?: number | undefined;
  /** Calls one connection may have at once; further ones wait in the client. 1000 when it is not said. */
  readonly maxConcurrentCalls?: number | undefined;
  /** Milliseconds that calls may go on for when the server closes; none when it is not said. */
  readonly graceMs?: number | undefined;
  /** Stand between every call and its handler, the first one outermost. */
  readonly interceptors?: readonly HandlerInterceptor[] | undefined;
  /** Where exec, attach and port-forward are served. */
  readonly streamingServer?: StreamingServerOptions | undefined;
}

/** A CRI server that listens. Disposing of it ends its calls and sessions, and removes its socket. */
export interface CriServer extends AsyncDisposable {
  /** Where it listens; with port 0 the port it was given. */
  readonly endpoint: string;
  /** Where its streaming URLs point; undefined without streaming handlers. */
  readonly streamingUrl: string | undefined;
  /** Takes no more calls, gives those that run `graceMs` to end, and ends the rest with UNAVAILABLE. */
  close(options?: { readonly graceMs?: number | undefined }): Promise<void>;
}

/**
 * Serves CRI v1 at an endpoint. A socket file that nobody listens on any more is taken over.
 *
 * @throws TypeError for an endpoint that can't be read; RpcError ALREADY_EXISTS when somebody listens there
 */
export async function serve(
  services: Services,
  endpoint: string,
  options: ServeOptions = {},
): Promise<CriServer> {
  const place = parseEndpoint(endpoint);
  const streaming =
    services.streaming === undefined
      ? undefined
      : await StreamingServer.listen(services.streaming, options.streamingServer);
  const router = new Router({ interceptors: options.interceptors ?? [] });
  router.service(RuntimeServiceDefinition, withMethods(services.runtime, streaming?.methods));
  router.service(ImageServiceDefinition, services.image ?? {});
  const server = createGrpcServer(router, {
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
    maxConcurrentStreams: options.maxConcurrentCalls ?? 1000,
  });
  const { http2 } = server;
  try {
    if (place.kind === "unix") await removeStaleSocket(place);
    await new Promise<void>((resolve, reject) => {
      http2.once("error", reject);
      if (place.kind === "tcp") http2.listen({ host: place.host, port: place.port }, resolve);
      else http2.listen({ path: place.path }, resolve);
    });
    if (place.kind === "unix") await chmod(place.path, options.mode ?? 0o600);
  } catch (error) {
    await streaming?.[Symbol.asyncDispose]();
    http2.close();
    throw error;
  }

  let closing: Promise<void> | undefined;
  const close = async (graceMs: number): Promise<void> => {
    const closed = new Promise((resolve) => http2.close(resolve));
    await server.drain(graceMs);
    await Promise.all([closed, streaming?.[Symbol.asyncDispose]()]);
  };
  const closeOnce = (graceMs: number): Promise<void> => {
    closing ??= close(graceMs);
    return closing;
  };
  const { signal, graceMs = 0 } = options;
  const abort = (): void => void closeOnce(graceMs);
  signal?.addEventListener("abort", abort);
  http2.once("close", () => signal?.removeEventListener("abort", abort));
  if (signal?.aborted === true) abort();
  return {
    endpoint: formatEndpoint(withPort(place, http2.address())),
    streamingUrl: streaming?.url,
    close: (closeOptions = {}) => closeOnce(closeOptions.graceMs ?? graceMs),
    [Symbol.asyncDispose]: () => closeOnce(graceMs),
  };
}

/** The runtime's handlers with those of streaming in place of its own. Methods may stand on a class' prototype. */
function withMethods(
  runtime: RuntimeHandlers = {},
  streaming: Partial<RuntimeHandlers> = {},
): RuntimeHandlers {
  return new Proxy(runtime, {
    get: (target, name) => Reflect.get(streaming, name) ?? bound(Reflect.get(target, name), target),
  });
}

function bound(value: unknown, self: object): unknown {
  return typeof value === "function" ? value.bind(self) : value;
}

/** A socket file without a listener is what a killed server leaves behind; one with a listener is not ours to take. */
async function removeStaleSocket(place: Endpoint & { readonly kind: "unix" }): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const socket = dial(place);
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", resolve);
  });
  if (error === undefined) {
    throw new RpcError(
      "ALREADY_EXISTS",
      `listen on ${formatEndpoint(place)}: a server listens there`,
    );
  }
  if (error.code === "ECONNREFUSED") await unlink(place.path);
}

function withPort(place: Endpoint, address: AddressInfo | string | null): Endpoint {
  if (place.kind !== "tcp" || address === null || typeof address === "string") return place;
  return { ...place, port: address.port };
}
