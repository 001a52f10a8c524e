import type { Context } from "./context.ts";
import type { Method } from "./definition.ts";
import type { HandlerInterceptor } from "./router.ts";

/** Looks at a request, and throws what the caller is answered instead of calling the handler. */
export type RequestCheck = (request: unknown) => void;

/**
 * Has every request looked at before a handler sees it, each message of a stream too.
 *
 * `checkOf` is asked once a method; where it has no check the handler stays as it is.
 */
export function checkEachRequest(
  checkOf: (method: Method) => RequestCheck | undefined,
): HandlerInterceptor {
  return (handler) => {
    const check = checkOf(handler.method);
    if (check === undefined) return handler;
    if (handler.kind === "unary") {
      return {
        ...handler,
        handle: (request: unknown, context: Context) => {
          check(request);
          return handler.handle(request, context);
        },
      };
    }
    return {
      ...handler,
      handle: (requests: AsyncIterable<unknown>, context: Context) =>
        handler.handle(checked(requests, check), context),
    };
  };
}

async function* checked(
  requests: AsyncIterable<unknown>,
  check: RequestCheck,
): AsyncGenerator<unknown, void, undefined> {
  for await (const request of requests) {
    check(request);
    yield request;
  }
}
