import { Duplex } from "node:stream";
import { SpdyError } from "./error.ts";
import { resetStatus } from "./frame.ts";
import type { SpdyHeaders } from "./header-block.ts";

/** What a stream asks of its connection. */
export interface StreamOwner {
  reply(id: number): Promise<void>;
  /** Calls `done` when more may be sent. */
  send(id: number, data: Uint8Array, fin: boolean, done: () => void): void;
  reset(id: number): void;
  closed(id: number): void;
}

/** One stream of a SPDY connection: `end()` closes this side of it, `destroy()` resets it. */
export class SpdyStream extends Duplex {
  /** What the side that opened it said about it. */
  readonly headers: SpdyHeaders;
  readonly #owner: StreamOwner;
  readonly #id: number;
  /** Resolves when the peer took a stream that this side opened. */
  readonly replied: Promise<void>;
  #accept: () => void = () => {};
  #refuse: (error: Error) => void = () => {};
  /** Goes on with the connection, which waits for this stream to be read. */
  #wake: () => void = () => {};
  #receivedBytes = 0;
  #receivedEnd = false;
  #wasReset = false;

  constructor(owner: StreamOwner, id: number, headers: SpdyHeaders) {
    super({ allowHalfOpen: true, autoDestroy: true, emitClose: true });
    this.#owner = owner;
    this.#id = id;
    this.headers = headers;
    this.replied = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
    // Only the side that opened the stream looks at it.
    this.replied.catch(() => {});
    // Whoever reads or pipes the stream is told of its error; a stream nobody looks at must not end the process.
    this.on("error", () => {});
  }

  /** How many bytes the peer has sent. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Takes a stream that the peer opened. */
  async reply(): Promise<void> {
    await this.#owner.reply(this.#id);
  }

  /** For the connection: the peer took the stream. */
  accepted(): void {
    this.#accept();
  }

  /** For the connection: bytes came. Resolves when the next may come. */
  async received(data: Uint8Array | undefined, fin: boolean): Promise<void> {
    if (this.#receivedEnd || this.destroyed) return;
    this.#receivedBytes += data?.length ?? 0;
    if (data !== undefined && data.length > 0 && !this.push(data)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (fin) this.#endReading();
  }

  /** For the connection: the peer gave the stream up. A plain cancel is how Go's side ends what it has finished with. */
  wasReset(status: number): void {
    this.#wasReset = true;
    this.#refuse(new SpdyError(`the peer refused the stream (status ${status})`));
    if (status === resetStatus.cancel) {
      this.#endReading();
      // Nobody takes what is written from now on.
      if (!this.writableFinished) this.end();
    } else this.destroy(new SpdyError(`the peer reset the stream (status ${status})`));
  }

  /** For the connection: it is over. Without an error the stream ends as if the peer had ended it. */
  cutOff(error: Error | undefined): void {
    this.#refuse(error ?? new SpdyError("the connection was closed"));
    this.#wasReset = true;
    this.#wake();
    if (this.#receivedEnd || error === undefined) {
      this.#endReading();
      if (!this.writableFinished) this.end();
    } else this.destroy(error);
  }

  override _read(): void {
    const wake = this.#wake;
    this.#wake = () => {};
    wake();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    if (this.#wasReset) done();
    else this.#owner.send(this.#id, chunk, false, done);
  }

  override _final(done: () => void): void {
    if (this.#wasReset) done();
    else this.#owner.send(this.#id, new Uint8Array(), true, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#wasReset && !(this.#receivedEnd && this.writableFinished)) {
      this.#owner.reset(this.#id);
    }
    this.#refuse(error ?? new SpdyError("the stream was destroyed"));
    this.#owner.closed(this.#id);
    this.#wake();
    done(error);
  }

  #endReading(): void {
    if (this.#receivedEnd) return;
    this.#receivedEnd = true;
    this.push(null);
  }
}
