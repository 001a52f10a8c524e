// A gRPC server and a client of it on a socket of their own, for tests.
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HandlerInterceptor, Router, type Transport } from "@ocikit/rpc";
import { createGrpcTransport } from "../src/grpc/client-transport.ts";
import { Connection } from "../src/grpc/connection.ts";
import { defaultMaxMessageBytes } from "../src/grpc/frame.ts";
import { createGrpcServer, type GrpcServer } from "../src/grpc/server.ts";

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "ocikit-cri-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface ConnectOptions {
  readonly maxMessageBytes?: number;
  readonly connectTimeoutMs?: number;
}

/** A client's transport to whatever listens on a path. */
export function transportTo(
  path: string,
  { maxMessageBytes = defaultMaxMessageBytes, connectTimeoutMs = 2000 }: ConnectOptions = {},
): Transport & AsyncDisposable {
  const connection = new Connection({
    open: () => connectSocket(path),
    name: path,
    connectTimeoutMs,
  });
  return {
    ...createGrpcTransport(connection, maxMessageBytes),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

export interface Pair extends AsyncDisposable {
  readonly path: string;
  readonly server: GrpcServer;
  readonly transport: Transport;
  stop(graceMs?: number): Promise<void>;
}

/** A server with the services that `define` puts in its router, and a transport to it. */
export async function grpcPair(
  define: (router: Router) => void,
  options: ConnectOptions & { readonly interceptors?: readonly HandlerInterceptor[] } = {},
): Promise<Pair> {
  const folder = await temporaryFolder();
  const path = join(folder.path, "grpc.sock");
  const router = new Router({ interceptors: options.interceptors ?? [] });
  define(router);
  const server = createGrpcServer(router, {
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
    maxConcurrentStreams: 1000,
  });
  await new Promise<void>((resolve) => server.http2.listen(path, resolve));
  const transport = transportTo(path, options);
  const stop = async (graceMs = 0): Promise<void> => {
    const closed = new Promise((resolve) => server.http2.close(resolve));
    await server.drain(graceMs);
    await closed;
  };
  return {
    path,
    server,
    transport,
    stop,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      if (server.http2.listening) await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
