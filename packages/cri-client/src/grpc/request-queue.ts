import type { Readable } from "node:stream";

/** Requests that may wait for their handler before the client is made to wait. */
const maxWaiting = 16;

/** The requests of one call, between the stream that brings them and the handler that reads them. */
export class RequestQueue implements AsyncIterable<unknown> {
  readonly #source: Readable;
  readonly #waiting: unknown[] = [];
  #ending: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  constructor(source: Readable) {
    this.#source = source;
  }

  push(request: unknown): void {
    if (this.#waiting.push(request) >= maxWaiting) this.#source.pause();
    this.#wake();
  }

  end(): void {
    this.#ending ??= { error: undefined };
    this.#wake();
  }

  fail(error: unknown): void {
    this.#ending ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for (;;) {
      if (this.#waiting.length > 0) {
        const request = this.#waiting.shift();
        if (this.#waiting.length === 0) this.#source.resume();
        yield request;
      } else if (this.#ending !== undefined) {
        if (this.#ending.error !== undefined) throw this.#ending.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
