import type { Duplex } from "node:stream";
import { headerLength, maxDataLength, writeHeader } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";

/** What a connection tells its owner. */
export interface ConnectionListener {
  /** A frame arrived; see FrameListener. */
  frame(
    streamId: number,
    type: number,
    flags: number,
    data: Uint8Array,
    start: number,
    end: number,
  ): void;
  /** A header claimed too much; see FrameListener. */
  oversized(streamId: number, type: number, length: number): void;
  /** The connection is gone: by an error, or because one side closed it. Called once. */
  closed(error: Error | undefined): void;
}

// Frames are written one behind the other into memory of this size, handed to the socket as it is, and never written
// again: no copy is made between a message's encoding and the kernel.
const slabSize = 64 * 1024;
// A payload of this size or more is handed over where it lies, not copied into the slab.
const largePayload = 16 * 1024;
// Bytes waiting for a slow peer from which on nothing more is taken in.
const highWaterBytes = 1024 * 1024;

const noBytes = new Uint8Array(0);

export interface ConnectionOptions {
  /**
   * Goes on reading while the peer is behind. A server stops, or a peer that sends and never reads would fill it with
   * answers; a client must not, since two ends that both wait for the other to read wait for ever.
   */
  readonly readsWhenBlocked?: boolean;
}

/** Writes the head of a frame's data, for which `headLength` bytes were reserved. */
export type HeadWriter = (into: Uint8Array, at: number) => void;

/**
 * Frames over a byte stream. What is sent within one turn of the event loop goes out in one write; what arrives is
 * reported frame by frame. Reading stops while someone holds it, and on a server while the peer does not read.
 */
export class Connection {
  readonly #stream: Duplex;
  readonly #listener: ConnectionListener;
  readonly #readsWhenBlocked: boolean;
  #slab: Uint8Array = noBytes;
  #slabStart = 0;
  #slabEnd = 0;
  #chunks: Uint8Array[] = [];
  #queued = 0;
  #flushScheduled = false;
  #holds = 0;
  #blocked = false;
  #writable: (() => void)[] = [];
  #closed = false;

  constructor(stream: Duplex, listener: ConnectionListener, options: ConnectionOptions = {}) {
    this.#stream = stream;
    this.#readsWhenBlocked = options.readsWhenBlocked ?? false;
    this.#listener = listener;
    const reader = new FrameReader(listener, maxDataLength);
    stream.on("data", (chunk: Uint8Array) => {
      if (this.#closed) return;
      try {
        // A plain Uint8Array, so that views handed to users are no Buffers, whatever carried them.
        reader.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      } catch (error) {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    stream.on("drain", () => this.#unblock());
    stream.on("end", () => this.#over(undefined));
    stream.on("error", (error: Error) => this.#over(error));
    stream.on("close", () => this.#over(undefined));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the peer is behind: who can wait should await `writable` before it sends more. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Resolves when the peer has read enough, or the connection is closed. */
  writable(): Promise<void> {
    if (!this.#blocked || this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#writable.push(resolve));
  }

  /**
   * Queues a frame whose data are a head of known length, a body and a tail. The caller has checked that they fit one
   * frame. The body must not change afterwards.
   */
  send(
    streamId: number,
    type: number,
    flags: number,
    headLength: number,
    writeHead: HeadWriter | undefined,
    body: Uint8Array,
    tail: Uint8Array = noBytes,
  ): void {
    if (this.#closed) return;
    const length = headLength + body.length + tail.length;
    const large = body.length >= largePayload;
    const header = { length, streamId, type, flags };
    let at = this.#reserve(headerLength + (large ? headLength : length));
    writeHeader(this.#slab, at, header);
    at += headerLength;
    writeHead?.(this.#slab, at);
    at += headLength;
    if (large) {
      this.#endChunk();
      this.#chunks.push(body);
      if (tail.length > 0) this.#slab.set(tail, this.#reserve(tail.length));
    } else {
      this.#slab.set(body, at);
      this.#slab.set(tail, at + body.length);
    }
    this.#queued += headerLength + length;
    if (this.#queued >= slabSize) {
      // A handler that answers from memory never lets the next tick come: enough is enough.
      this.#flush();
    } else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      // Runs when every promise that can go on has gone on: answers that are ready together leave together.
      process.nextTick(this.#flushAtTick);
    }
  }

  /** Stops reading until the returned function is called. */
  hold(): () => void {
    this.#holds++;
    if (this.#holds === 1) this.#stream.pause();
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#holds--;
      this.#resume();
    };
  }

  /** Sends what is queued, then closes. */
  end(): void {
    if (this.#closed) return;
    this.#flush();
    this.#stream.end();
    // A peer that never closes its side must not keep the socket.
    if ("destroySoon" in this.#stream && typeof this.#stream.destroySoon === "function") {
      this.#stream.destroySoon();
    }
    this.#over(undefined);
  }

  /** Closes at once; what was queued is lost. */
  destroy(error?: Error): void {
    if (this.#closed) return;
    this.#over(error);
    this.#stream.destroy();
  }

  /** Whether an idle connection lets the process end. */
  unref(): void {
    if ("unref" in this.#stream && typeof this.#stream.unref === "function") this.#stream.unref();
  }

  /** An offset in the slab with room for so many bytes, which are taken. */
  #reserve(size: number): number {
    if (this.#slabEnd + size > this.#slab.length) {
      this.#endChunk();
      this.#slab = new Uint8Array(Math.max(slabSize, size));
      this.#slabStart = 0;
      this.#slabEnd = 0;
    }
    const at = this.#slabEnd;
    this.#slabEnd += size;
    return at;
  }

  #endChunk(): void {
    if (this.#slabEnd === this.#slabStart) return;
    this.#chunks.push(this.#slab.subarray(this.#slabStart, this.#slabEnd));
    this.#slabStart = this.#slabEnd;
  }

  readonly #flushAtTick = (): void => {
    this.#flushScheduled = false;
    this.#flush();
  };

  readonly #flush = (): void => {
    if (this.#closed) return;
    this.#endChunk();
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    this.#chunks = [];
    this.#queued = 0;
    const stream = this.#stream;
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) stream.write(only);
    else {
      stream.cork();
      for (const chunk of chunks) stream.write(chunk);
      stream.uncork();
    }
    if (!this.#blocked && stream.writableLength >= highWaterBytes) {
      this.#blocked = true;
      if (!this.#readsWhenBlocked) stream.pause();
    }
  };

  #unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#resume();
    this.#wake();
  }

  #resume(): void {
    const held = this.#holds > 0 || (this.#blocked && !this.#readsWhenBlocked);
    if (!held && !this.#closed) this.#stream.resume();
  }

  #wake(): void {
    const waiting = this.#writable;
    this.#writable = [];
    for (const wake of waiting) wake();
  }

  #over(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks = [];
    this.#wake();
    this.#listener.closed(error);
    if (!this.#stream.destroyed && !this.#stream.writableEnded) this.#stream.destroy();
  }
}
