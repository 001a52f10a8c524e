import { headerLength, maxDataLength } from "./frame.ts";

/** Hears of frames as they are complete. */
export interface FrameListener {
  /** `data` holds from `start` to `end` what came behind the header. Its memory is never written again. */
  frame(
    streamId: number,
    type: number,
    flags: number,
    data: Uint8Array,
    start: number,
    end: number,
  ): void;
  /** A header claims more than a message may have. Its data will be passed over, unread and unstored. */
  oversized(streamId: number, type: number, length: number): void;
}

const noBytes = new Uint8Array(0);

/**
 * Cuts a stream of bytes into frames. A size is judged by the header alone; what is kept of an unfinished frame is never
 * more than what has arrived of it.
 */
export class FrameReader {
  readonly #listener: FrameListener;
  readonly #limit: number;
  // What came of a frame that is not complete, and how much of it that is.
  #parts: Uint8Array[] = [];
  #held = 0;
  // What the unfinished frame needs to go on: a header, or all its bytes.
  #needed = headerLength;
  #toSkip = 0;

  constructor(listener: FrameListener, limit: number = maxDataLength) {
    this.#listener = listener;
    this.#limit = limit;
  }

  /** Bytes held of a frame that is not complete, or still to be passed over of one that is too long. */
  get unfinished(): number {
    return this.#held + this.#toSkip;
  }

  /** Takes the next bytes of the stream, which must not change afterwards. */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.#toSkip > 0) {
      at = Math.min(this.#toSkip, chunk.length);
      this.#toSkip -= at;
    }
    if (this.#held > 0) {
      if (this.#held + (chunk.length - at) < this.#needed) {
        this.#hold(chunk, at);
        return;
      }
      at = this.#finish(chunk, at);
      if (at < 0) return;
    }
    this.#read(chunk, at);
  }

  /** Reads whole frames from an offset on, and holds what is left over. */
  #read(chunk: Uint8Array, from: number): void {
    let at = from;
    const end = chunk.length;
    while (end - at >= headerLength) {
      const length = this.#lengthAt(chunk, at);
      if (length > this.#limit) {
        this.#reject(chunk, at, length);
        at += headerLength;
        const skipped = Math.min(length, end - at);
        this.#toSkip = length - skipped;
        at += skipped;
        continue;
      }
      const next = at + headerLength + length;
      if (next > end) {
        this.#needed = headerLength + length;
        this.#hold(chunk, at);
        return;
      }
      this.#emit(chunk, at, next);
      at = next;
    }
    this.#needed = headerLength;
    if (at < end) this.#hold(chunk, at);
  }

  /** Completes the frame that is held. Returns where the next one begins, or -1 when the chunk is used up. */
  #finish(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.#needed === headerLength) {
      const missing = headerLength - this.#held;
      this.#hold(chunk.subarray(0, at + missing), at);
      at += missing;
      const header = this.#takeHeld();
      const length = this.#lengthAt(header, 0);
      if (length > this.#limit) {
        this.#reject(header, 0, length);
        const skipped = Math.min(length, chunk.length - at);
        this.#toSkip = length - skipped;
        return at + skipped;
      }
      this.#parts.push(header);
      this.#held = headerLength;
      this.#needed = headerLength + length;
      if (chunk.length - at < length) {
        this.#hold(chunk, at);
        return -1;
      }
    }
    const missing = this.#needed - this.#held;
    if (missing > 0) this.#hold(chunk.subarray(0, at + missing), at);
    const frame = this.#takeHeld();
    this.#needed = headerLength;
    this.#emit(frame, 0, frame.length);
    return at + missing;
  }

  #hold(chunk: Uint8Array, from: number): void {
    if (from >= chunk.length) return;
    this.#parts.push(from === 0 ? chunk : chunk.subarray(from));
    this.#held += chunk.length - from;
  }

  #takeHeld(): Uint8Array {
    const [only] = this.#parts;
    let whole = only ?? noBytes;
    if (this.#parts.length > 1) {
      whole = new Uint8Array(this.#held);
      let at = 0;
      for (const part of this.#parts) {
        whole.set(part, at);
        at += part.length;
      }
    }
    this.#parts = [];
    this.#held = 0;
    return whole;
  }

  // Reading bytes one by one costs less than making a header object, and this runs for every frame.
  #lengthAt(bytes: Uint8Array, at: number): number {
    return (
      ((bytes[at] as number) * 0x1000000 +
        (((bytes[at + 1] as number) << 16) |
          ((bytes[at + 2] as number) << 8) |
          (bytes[at + 3] as number))) >>>
      0
    );
  }

  #emit(bytes: Uint8Array, at: number, end: number): void {
    const streamId = this.#lengthAt(bytes, at + 4);
    const type = bytes[at + 8] as number;
    this.#listener.frame(streamId, type, bytes[at + 9] as number, bytes, at + headerLength, end);
  }

  #reject(bytes: Uint8Array, at: number, length: number): void {
    this.#listener.oversized(this.#lengthAt(bytes, at + 4), bytes[at + 8] as number, length);
  }
}
