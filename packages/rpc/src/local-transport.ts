import type { CallOptions } from "./call-options.ts";
import { ServerCall } from "./context.ts";
import type { Method } from "./definition.ts";
import { RpcError } from "./error.ts";
import { limitCall } from "./limits.ts";
import { Metadata } from "./metadata.ts";
import type { MethodHandler, Router, StreamHandler, UnaryHandler } from "./router.ts";
import type { Transport } from "./transport.ts";

/**
 * Calls that go straight to a router in this process: for tests, and for two layers of a stack that share a process.
 *
 * Messages pass through their encoding both ways, so that neither side can reach into the other's objects and what works
 * here works over a socket.
 */
export function createLocalTransport(router: Router): Transport {
  return {
    async unary<Request, Response>(
      method: Method<Request, Response>,
      request: Request,
      options: CallOptions,
    ): Promise<Response> {
      const call = beginCall(method, options);
      const limit = limitOf(call, options);
      try {
        if (call.aborted !== undefined) throw call.aborted;
        const handler = find(router, method, "unary");
        const received = handler.method.requestType.decode(
          method.requestType.encode(request).finish(),
        );
        const answer = Promise.resolve(handler.handle(received, call));
        const response = await Promise.race([answer, limit.reached]);
        options.onHeader?.(call.header);
        options.onTrailer?.(call.trailer);
        return copy(response, handler, method);
      } catch (error) {
        throw RpcError.from(error, method.path);
      } finally {
        limit.release();
      }
    },

    async *stream<Request, Response>(
      method: Method<Request, Response>,
      requests: Iterable<Request> | AsyncIterable<Request>,
      options: CallOptions,
    ): AsyncGenerator<Response, void, undefined> {
      const call = beginCall(method, options);
      const limit = limitOf(call, options);
      let responses: AsyncIterator<unknown> | undefined;
      try {
        if (call.aborted !== undefined) throw call.aborted;
        const handler = find(router, method, "stream");
        const received = receive(requests, method, handler);
        responses = handler.handle(received, call)[Symbol.asyncIterator]();
        let first = true;
        for (;;) {
          const next = await Promise.race([responses.next(), limit.reached]);
          if (first) options.onHeader?.(call.header);
          first = false;
          if (next.done === true) break;
          yield copy(next.value, handler, method);
        }
        options.onTrailer?.(call.trailer);
      } catch (error) {
        throw RpcError.from(error, method.path);
      } finally {
        limit.release();
        call.abort(
          new RpcError("CANCELLED", "the caller stopped reading", { method: method.path }),
        );
        // Not awaited: a handler that waits for something else ends when it gets there, or never.
        responses?.return?.()?.catch(() => {});
      }
    },
  };
}

function beginCall(method: Method, options: CallOptions): ServerCall {
  const { metadata, timeoutMs } = options;
  return new ServerCall({ method: method.path, metadata: new Metadata(metadata), timeoutMs });
}

/** A promise that only ever fails, at the end that signal or deadline set. */
function limitOf(
  call: ServerCall,
  options: CallOptions,
): { readonly reached: Promise<never>; readonly release: () => void } {
  let fail: (error: RpcError) => void = () => {};
  const reached = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // A call that ended otherwise leaves this promise without a reader.
  reached.catch(() => {});
  const release = limitCall(options, call.method, (error) => {
    call.abort(error);
    fail(error);
  });
  return { reached, release };
}

function find(router: Router, method: Method, shape: "unary"): UnaryHandler;
function find(router: Router, method: Method, shape: "stream"): StreamHandler;
function find(router: Router, method: Method, shape: "unary" | "stream"): MethodHandler {
  const handler = router.find(method.service, method.name);
  if (handler.kind !== shape) {
    throw new RpcError(
      "INTERNAL",
      `the handler is ${handler.method.kind}, the call is ${method.kind}`,
    );
  }
  return handler;
}

function copy<Response>(
  response: unknown,
  handler: MethodHandler,
  method: Method<unknown, Response>,
): Response {
  return method.responseType.decode(handler.method.responseType.encode(response).finish());
}

async function* receive(
  requests: Iterable<unknown> | AsyncIterable<unknown>,
  method: Method,
  handler: MethodHandler,
): AsyncGenerator<unknown, void, undefined> {
  for await (const request of requests) {
    yield handler.method.requestType.decode(method.requestType.encode(request).finish());
  }
}
