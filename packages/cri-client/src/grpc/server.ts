import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { type Router, RpcError } from "@ocikit/rpc";
import { maxSessionMemory } from "./connection.ts";
import { answer, type RunningCall } from "./server-call.ts";

/** What a client may send ahead of being read; a config is a few kilobytes. */
const streamWindowBytes = 1024 * 1024;

export interface GrpcServerOptions {
  /** The largest request read; 16 MiB when it is not said. */
  readonly maxMessageBytes: number;
  /** Calls one connection may have at once; further ones wait in the client. */
  readonly maxConcurrentStreams: number;
}

/** An HTTP/2 server whose calls go to a router. It listens where its owner says. */
export interface GrpcServer {
  readonly http2: Http2Server;
  /**
   * Takes no more calls, gives those that run `graceMs` to end, and ends the rest with UNAVAILABLE. The caller closes the
   * listening socket.
   */
  drain(graceMs: number): Promise<void>;
}

/** Answers gRPC calls on HTTP/2 connections with the handlers of a router. */
export function createGrpcServer(router: Router, options: GrpcServerOptions): GrpcServer {
  const { maxMessageBytes, maxConcurrentStreams } = options;
  const sessions = new Set<ServerHttp2Session>();
  const calls = new Set<RunningCall>();
  const http2 = createServer({
    maxSessionMemory,
    settings: {
      enablePush: false,
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams,
    },
  });
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    // Broken clients are no news for the server: their calls end by themselves.
    session.on("error", () => {});
  });
  http2.on("stream", (stream, headers) => {
    const call = answer(router, stream, headers, maxMessageBytes);
    if (call === undefined) return;
    calls.add(call);
    stream.once("close", () => calls.delete(call));
  });

  return {
    http2,
    async drain(graceMs: number): Promise<void> {
      const closed = [...sessions].map(
        (session) => new Promise<void>((resolve) => session.once("close", resolve)),
      );
      for (const session of sessions) session.close();
      const all = Promise.all(closed);
      if (graceMs > 0) await Promise.race([all, sleep(graceMs)]);
      for (const call of calls) call.abort(new RpcError("UNAVAILABLE", "the server is closing"));
      // The last words of aborted calls are still on their way; a client that reads nothing does not get to keep us.
      await Promise.race([all, sleep(lastWordsMs)]);
      for (const session of sessions) session.destroy();
      await all;
    },
  };
}

/** How long the statuses of aborted calls may take to leave. */
const lastWordsMs = 200;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
