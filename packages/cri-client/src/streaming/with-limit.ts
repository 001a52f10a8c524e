import { type CallOptions, limitCall, RpcError } from "@ocikit/rpc";

/**
 * Runs several steps under one deadline, which would otherwise begin anew with each, until `over` of what they made
 * resolves; errors name the method.
 */
export async function withLimit<Options extends CallOptions, Result>(
  method: string,
  options: Options,
  run: (options: Options & { readonly signal: AbortSignal }) => Promise<Result>,
  over: (result: Result) => Promise<void>,
): Promise<Result> {
  const controller = new AbortController();
  let limit: RpcError | undefined;
  const release = limitCall(options, method, (error) => {
    limit = error;
    controller.abort(error);
  });
  try {
    const result = await run({ ...options, timeoutMs: undefined, signal: controller.signal });
    void over(result).then(release);
    return result;
  } catch (error) {
    release();
    throw limit ?? RpcError.from(error, method);
  }
}
