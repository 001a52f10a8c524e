import { type Issue, issueText } from "@ocikit/diagnostics";
import type { MessageCodec, MessageSchema } from "@ocikit/diagnostics/proto";
import { type Context, type HandlerInterceptor, type Method, RpcError } from "@ocikit/rpc";
import { documentsOf } from "./message-documents.ts";
import type { Target } from "./target.ts";

/** Issues that an answer names; a request with more has been understood by then. */
const maxNamed = 5;

export interface CheckRequestsOptions {
  /** What is known of this machine. */
  readonly target?: Target | undefined;
  /** Called with what is no error: the request goes on. */
  readonly onWarnings?: ((method: string, warnings: readonly Issue[]) => void) | undefined;
}

/** Checks every request before a handler sees it: one with an error is answered with INVALID_ARGUMENT, which names it. */
export function checkRequests(options: CheckRequestsOptions = {}): HandlerInterceptor {
  return (handler) => {
    const schema = schemaOf(handler.method);
    if (schema === undefined) return handler;
    const check = (request: unknown): void =>
      checkRequest(schema, handler.method, request, options);
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
  check: (request: unknown) => void,
): AsyncGenerator<unknown, void, undefined> {
  for await (const request of requests) {
    check(request);
    yield request;
  }
}

/** The documents of a method's request; undefined for a service of another kind. */
function schemaOf({ requestType }: Method): MessageSchema<object, Target> | undefined {
  if (!("$type" in requestType) || !String(requestType.$type).startsWith("runtime.v1.")) return;
  // Generated code with a name is what a codec is.
  return documentsOf(requestType as unknown as MessageCodec<object>);
}

function checkRequest(
  schema: MessageSchema<object, Target>,
  method: Method,
  request: unknown,
  { target, onWarnings }: CheckRequestsOptions,
): void {
  // The transport decoded it with the same codec.
  const result = schema.checkMessage(request as object, { target });
  if (result.ok) {
    if (result.warnings.length > 0) onWarnings?.(method.path, result.warnings);
    return;
  }
  const errors = result.issues.filter(({ severity }) => severity === "error");
  const named = errors.slice(0, maxNamed).map(issueText);
  const more = errors.length > maxNamed ? [`and ${errors.length - maxNamed} more`] : [];
  throw new RpcError("INVALID_ARGUMENT", [...named, ...more].join("; "));
}
