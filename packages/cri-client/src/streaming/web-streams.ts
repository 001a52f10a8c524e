import type { Readable, Writable } from "node:stream";
import { RpcError } from "@ocikit/rpc";

/** What a stream of a call fails with: what it was ended with, or that its connection broke. */
export function streamError(error: unknown, method: string): RpcError {
  if (error instanceof RpcError) return RpcError.from(error, method);
  const message = error instanceof Error ? error.message : String(error);
  return new RpcError("UNAVAILABLE", message, { method, cause: error });
}

/** A Node stream as a web stream that reads only when it is read from; cancelling it destroys the source. */
export function toReadableStream(source: Readable, method: string): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          throw streamError(error, method);
        }
      },
      cancel() {
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A stream that has ended already: for what was not asked for. */
export function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
}

/** A Node stream as a web stream whose writes resolve when more may be written. */
export function toWritableStream(target: Writable, method: string): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (chunk) => settled(target, method, (done) => target.write(chunk, done)),
    close: () => settled(target, method, (done) => target.end(done)),
    abort() {
      target.destroy();
    },
  });
}

/** Resolves when `run` says it is done, fails when the stream fails first. */
function settled(
  target: Writable,
  method: string,
  run: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(streamError(error, method));
    const closed = (): void => fail(target.errored ?? new Error("the stream is closed"));
    target.once("close", closed);
    run((error) => {
      target.removeListener("close", closed);
      if (error) fail(error);
      else resolve();
    });
  });
}
