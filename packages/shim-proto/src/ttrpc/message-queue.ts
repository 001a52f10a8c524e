/** Most messages that wait for their reader before the sender is held back. */
const highCount = 64;
/** Most bytes of messages that wait for their reader before the sender is held back. */
const highBytes = 1024 * 1024;
/** How long a reader may leave its stream full before the stream is given up: what Go's ttrpc allows. */
export const stallLimitMs = 1000;

export interface MessageQueueOptions {
  /** Holds back the connection; the returned function lets it go. */
  readonly hold: () => () => void;
  /** The reader left the stream full for too long while every other stream of its connection waited. */
  readonly stalled: () => void;
}

interface Queued {
  readonly data: Uint8Array;
}

/**
 * The messages of a stream on their way to their reader. The protocol has no flow control: a full queue stops the whole
 * connection, so it may do that for a moment only.
 */
export class MessageQueue {
  readonly #options: MessageQueueOptions;
  #messages: Queued[] = [];
  #head = 0;
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #release: (() => void) | undefined;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MessageQueueOptions) {
    this.#options = options;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Adds a message; after the end it is dropped. */
  push(data: Uint8Array): void {
    if (this.#ended) return;
    this.#messages.push({ data });
    this.#bytes += data.length;
    if (this.#release === undefined && this.#full()) {
      this.#release = this.#options.hold();
      this.#stallTimer = setTimeout(() => {
        this.#letGo();
        this.#options.stalled();
      }, stallLimitMs);
    }
    this.#notify();
  }

  /** No message comes any more; those that wait are still read, and then the error, if there is one. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#letGo();
    this.#notify();
  }

  /** Nobody reads any more: drops what waits. */
  discard(): void {
    this.#messages = [];
    this.#head = 0;
    this.#bytes = 0;
    this.end();
  }

  /** The messages in order. One reader only. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      while (this.#head < this.#messages.length) yield this.#take();
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(): Uint8Array {
    const { data } = this.#messages[this.#head] as Queued;
    this.#head++;
    this.#bytes -= data.length;
    if (this.#head === this.#messages.length) {
      this.#messages = [];
      this.#head = 0;
    }
    if (this.#messages.length - this.#head <= highCount / 2 && this.#bytes <= highBytes / 2) {
      this.#letGo();
    }
    return data;
  }

  #full(): boolean {
    return this.#messages.length - this.#head >= highCount || this.#bytes >= highBytes;
  }

  #letGo(): void {
    clearTimeout(this.#stallTimer);
    this.#release?.();
    this.#release = undefined;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
