import type { Socket } from "node:net";
import { isSystemError } from "../host/system-error.ts";

/** A pipe as a web stream that reads only when it is read from; cancelling it closes the pipe. */
export function toReadableStream(pipe: Socket): ReadableStream<Uint8Array> {
  const chunks = pipe[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.length));
      },
      cancel() {
        pipe.destroy();
      },
    },
    // Nothing is taken from a pipe before somebody wants it.
    { highWaterMark: 0 },
  );
}

/**
 * A pipe as a web stream whose writes resolve when more may be written. A process that reads no more fails
 * them with `EPIPE`.
 */
export function toWritableStream(pipe: Socket): WritableStream<Uint8Array> {
  // What went wrong is told to the write; without a listener Node would throw it.
  pipe.on("error", () => {});
  const settled = (run: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      run((error) => (error ? reject(error) : resolve()));
    });
  return new WritableStream<Uint8Array>({
    write: (chunk) => settled((done) => pipe.write(chunk, done)),
    async close() {
      try {
        await settled((done) => pipe.end(done));
      } catch (error) {
        // There is no more to say, and nobody to hear it.
        if (!isSystemError(error, "EPIPE")) throw error;
      } finally {
        pipe.destroy();
      }
    },
    abort() {
      pipe.destroy();
    },
  });
}
