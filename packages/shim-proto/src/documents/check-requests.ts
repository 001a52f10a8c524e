import { errorsText, type Issue } from "@ocikit/diagnostics";
import { checkEachRequest, type HandlerInterceptor, RpcError } from "@ocikit/rpc";
import { documentsNamed } from "./message-documents.ts";

export interface CheckRequestsOptions {
  /** Called with what is no error: the request goes on. */
  readonly onWarnings?: ((method: string, warnings: readonly Issue[]) => void) | undefined;
}

/** Checks every request before a handler sees it: one with an error is answered with INVALID_ARGUMENT, which names it. */
export function checkRequests({ onWarnings }: CheckRequestsOptions = {}): HandlerInterceptor {
  return checkEachRequest(({ path, requestType }) => {
    const schema = "$type" in requestType ? documentsNamed(String(requestType.$type)) : undefined;
    if (schema === undefined) return undefined;
    return (request) => {
      const result = schema.checkMessage(request as object); // as: the transport decoded it
      if (!result.ok) throw new RpcError("INVALID_ARGUMENT", errorsText(result.issues));
      if (result.warnings.length > 0) onWarnings?.(path, result.warnings);
    };
  });
}
