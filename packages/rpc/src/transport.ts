import type { CallOptions } from "./call-options.ts";
import type { Method } from "./definition.ts";

/**
 * Carries calls to a server. A client interceptor is a function from Transport to Transport.
 *
 * Every failure is an RpcError that names the method. Requests are complete messages.
 */
export interface Transport {
  /** One request, one response. */
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions,
  ): Promise<Response>;

  /**
   * A call in which at least one side sends many. `requests` holds exactly one message when the method's client sends
   * one. The call starts at the first read of the result; ending the iteration early cancels it.
   */
  stream<Request, Response>(
    method: Method<Request, Response>,
    requests: Iterable<Request> | AsyncIterable<Request>,
    options: CallOptions,
  ): AsyncIterable<Response>;
}
