import type { ContainerEventResponse } from "../gen/runtime/v1/event.ts";

/** Events a subscriber may leave unread before the oldest are dropped. */
const maxWaiting = 1000;

/** Hands every event to everyone who listens. */
export class EventBus {
  readonly #subscribers = new Set<(event: Partial<ContainerEventResponse>) => void>();

  publish(event: Partial<ContainerEventResponse>): void {
    for (const notify of this.#subscribers) notify(event);
  }

  /** The events from now on, until the signal aborts. */
  subscribe(signal: AbortSignal): AsyncIterable<Partial<ContainerEventResponse>> {
    const waiting: Partial<ContainerEventResponse>[] = [];
    let wake = (): void => {};
    const notify = (event: Partial<ContainerEventResponse>): void => {
      waiting.push(event);
      if (waiting.length > maxWaiting) waiting.shift();
      wake();
    };
    // Now, not at the first read: what happens in between belongs to it.
    this.#subscribers.add(notify);
    const end = (): void => {
      this.#subscribers.delete(notify);
      wake();
    };
    signal.addEventListener("abort", end);
    return {
      async *[Symbol.asyncIterator]() {
        try {
          while (!signal.aborted) {
            const event = waiting.shift();
            if (event !== undefined) yield event;
            else
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
          }
        } finally {
          end();
        }
      },
    };
  }
}
