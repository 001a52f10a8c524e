import { errorsText, type Issue } from "@ocikit/diagnostics";
import type { MessageCodec, MessageSchema } from "@ocikit/diagnostics/proto";
import { checkEachRequest, type HandlerInterceptor, type Method, RpcError } from "@ocikit/rpc";
import { documentsOf } from "./message-documents.ts";
import type { Target } from "./target.ts";

export interface CheckRequestsOptions {
  /** What is known of this machine. */
  readonly target?: Target | undefined;
  /** Called with what is no error: the request goes on. */
  readonly onWarnings?: ((method: string, warnings: readonly Issue[]) => void) | undefined;
}

/** Checks every request before a handler sees it: one with an error is answered with INVALID_ARGUMENT, which names it. */
export function checkRequests({
  target,
  onWarnings,
}: CheckRequestsOptions = {}): HandlerInterceptor {
  return checkEachRequest((method) => {
    const schema = schemaOf(method);
    if (schema === undefined) return undefined;
    return (request) => {
      // The transport decoded it with the same codec.
      const result = schema.checkMessage(request as object, { target });
      if (!result.ok) throw new RpcError("INVALID_ARGUMENT", errorsText(result.issues));
      if (result.warnings.length > 0) onWarnings?.(method.path, result.warnings);
    };
  });
}

/** The documents of a method's request; undefined for a service of another kind. */
function schemaOf({ requestType }: Method): MessageSchema<object, Target> | undefined {
  if (!("$type" in requestType) || !String(requestType.$type).startsWith("runtime.v1.")) return;
  // Generated code with a name is what a codec is.
  return documentsOf(requestType as unknown as MessageCodec<object>);
}
