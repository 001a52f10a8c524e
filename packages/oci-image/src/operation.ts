/**
 * A job under way: await it for its result, iterate it for its progress, or do both. It goes on
 * whether or not anybody iterates; events that nobody reads in time are dropped, oldest first.
 */
export interface Operation<T, Event> extends PromiseLike<T>, AsyncIterable<Event> {}

/** Enough for a reader that is busy for a moment; progress that is older says nothing any more. */
const MAX_WAITING = 256;

/** Starts a job. `report` takes its events. */
export function startOperation<T, Event>(
  job: (report: (event: Event) => void) => Promise<T>,
): Operation<T, Event> {
  const readers = new Set<Reader<Event>>();
  const report = (event: Event): void => {
    for (const reader of readers) reader.push(event);
  };
  let state: "running" | "ended" = "running";
  // In the next microtask, so that who iterates at once misses nothing.
  const result = Promise.resolve()
    .then(() => job(report))
    .finally(() => {
      state = "ended";
      for (const reader of readers) reader.end();
    });
  // Who only iterates gets the error there; it must not be reported as unhandled besides.
  result.catch(() => undefined);
  return {
    // biome-ignore lint/suspicious/noThenProperty: an operation is a thenable, as its type says
    then: (fulfilled, rejected) => result.then(fulfilled, rejected),
    async *[Symbol.asyncIterator]() {
      const reader = new Reader<Event>();
      readers.add(reader);
      try {
        if (state === "running") yield* reader.events();
      } finally {
        readers.delete(reader);
      }
      await result;
    },
  };
}

class Reader<Event> {
  #waiting: Event[] = [];
  #ended = false;
  #wake = (): void => {};

  push(event: Event): void {
    if (this.#waiting.length >= MAX_WAITING) this.#waiting.shift();
    this.#waiting.push(event);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *events(): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift() as Event;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
