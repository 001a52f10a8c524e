import { type CallOptions, type Method, RpcError, type Transport } from "@ocikit/rpc";
import { ClientCall } from "./client-call.ts";
import type { Connection } from "./connection.ts";

/** Messages of a stream that may wait to be read before the server is made to wait. */
const maxWaiting = 16;

/** Calls over one gRPC connection. */
export function createGrpcTransport(connection: Connection, maxMessageBytes: number): Transport {
  return {
    unary<Request, Response>(
      method: Method<Request, Response>,
      request: Request,
      options: CallOptions,
    ): Promise<Response> {
      return new Promise((resolve, reject) => {
        const responses: Uint8Array[] = [];
        const init = { connection, method: method.path, options, maxMessageBytes };
        const call = new ClientCall(init, {
          message: (data) => {
            responses.push(data);
            if (responses.length > 1) {
              throw new RpcError("INTERNAL", "the server sent more than one response");
            }
          },
          end: (error) => {
            if (error !== undefined) reject(error);
            else settle(method, responses, resolve, reject);
          },
        });
        const bytes = method.requestType.encode(request).finish();
        call.start();
        call.sendLast(bytes);
      });
    },

    stream<Request, Response>(
      method: Method<Request, Response>,
      requests: Iterable<Request> | AsyncIterable<Request>,
      options: CallOptions,
    ): AsyncIterable<Response> {
      return {
        [Symbol.asyncIterator]: () => run(method, requests, options),
      };
    },
  };

  async function* run<Request, Response>(
    method: Method<Request, Response>,
    requests: Iterable<Request> | AsyncIterable<Request>,
    options: CallOptions,
  ): AsyncGenerator<Response, void, undefined> {
    const waiting: Uint8Array[] = [];
    let ending: { readonly error: RpcError | undefined } | undefined;
    let wake = (): void => {};
    const init = { connection, method: method.path, options, maxMessageBytes };
    const call = new ClientCall(init, {
      message: (data) => {
        if (waiting.push(data) >= maxWaiting) call.pause();
        wake();
      },
      end: (error) => {
        ending = { error };
        wake();
      },
    });
    call.start();
    // Not awaited: a caller's iterable that waits for something else ends when it gets there, or never.
    void send(call, method, requests);
    try {
      for (;;) {
        const data = waiting.shift();
        if (data !== undefined) {
          if (waiting.length === 0) call.resume();
          yield decode(method, data);
        } else if (ending !== undefined) {
          if (ending.error !== undefined) throw ending.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      call.cancel(new RpcError("CANCELLED", "the caller stopped reading", { method: method.path }));
    }
  }
}

function settle<Response>(
  method: Method<unknown, Response>,
  [response]: readonly Uint8Array[],
  resolve: (response: Response) => void,
  reject: (error: RpcError) => void,
): void {
  if (response === undefined) {
    reject(new RpcError("INTERNAL", "the server sent no response", { method: method.path }));
    return;
  }
  try {
    resolve(decode(method, response));
  } catch (error) {
    reject(RpcError.from(error, method.path));
  }
}

function decode<Response>(method: Method<unknown, Response>, data: Uint8Array): Response {
  try {
    return method.responseType.decode(data);
  } catch (cause) {
    const message = "the response is no message of its type";
    throw new RpcError("INTERNAL", message, { method: method.path, cause });
  }
}

/** Sends the requests of a call. Never fails: an error of the caller's iterable ends the call, and reaches its reader. */
async function send<Request>(
  call: ClientCall,
  method: Method<Request>,
  requests: Iterable<Request> | AsyncIterable<Request>,
): Promise<void> {
  try {
    if (Array.isArray(requests) && requests.length === 1) {
      call.sendLast(method.requestType.encode(requests[0]).finish());
      return;
    }
    for await (const request of requests) {
      if (call.ended) return;
      if (!call.send(method.requestType.encode(request).finish())) await call.drained();
    }
    call.sendEnd();
  } catch (error) {
    call.cancel(RpcError.from(error, method.path));
  }
}
