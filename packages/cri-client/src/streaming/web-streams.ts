import type { Readable, Writable } from "node:stream";

/** A Node stream as a web stream that reads only when it is read from; cancelling it destroys the source. */
export function toReadableStream(source: Readable): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
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
export function toWritableStream(target: Writable): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (chunk) => settled(target, (done) => target.write(chunk, done)),
    close: () => settled(target, (done) => target.end(done)),
    abort() {
      target.destroy();
    },
  });
}

/** Resolves when `run` says it is done, fails when the stream fails first. */
function settled(
  target: Writable,
  run: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(target.errored ?? new Error("the stream is closed"));
    target.once("close", closed);
    run((error) => {
      target.removeListener("close", closed);
      if (error) reject(error);
      else resolve();
    });
  });
}
