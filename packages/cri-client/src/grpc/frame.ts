import { RpcError } from "@ocikit/rpc";

/** Bytes ahead of every message: one of flags, four of length. */
const prefixLength = 5;

/** The most a message may hold where nothing else is said: what the kubelet allows, and runtimes send. */
export const defaultMaxMessageBytes: number = 16 * 1024 * 1024;

/** One message as it came: maybe still compressed. */
export interface Frame {
  readonly compressed: boolean;
  readonly data: Uint8Array;
}

/** A message with its prefix, in one piece so that it is one write. */
export function encodeFrame(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(prefixLength + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixLength);
  return frame;
}

/**
 * Cuts the bytes of a stream into messages. A length beyond the limit is refused when it is read, so a peer can't make
 * this side hold more than the limit and one chunk.
 */
export class FrameDecoder {
  readonly #maxMessageBytes: number;
  #chunks: Uint8Array[] = [];
  #held = 0;
  /** The length of the message that is being waited for, once its prefix is whole. */
  #wanted: number | undefined;
  #compressed = false;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Takes the next bytes and returns the messages they complete. Throws an RpcError for what is no message. */
  push(chunk: Uint8Array): readonly Frame[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.#wanted === undefined) {
        if (this.#held < prefixLength) return frames;
        this.#readPrefix(this.#take(prefixLength));
      }
      const wanted = this.#wanted ?? 0;
      if (this.#held < wanted) return frames;
      frames.push({ compressed: this.#compressed, data: this.#take(wanted) });
      this.#wanted = undefined;
    }
  }

  /** Throws when the stream ended inside a message. */
  end(): void {
    if (this.#held > 0 || this.#wanted !== undefined) {
      throw new RpcError("INTERNAL", "the stream ended inside a message");
    }
  }

  #readPrefix(prefix: Uint8Array): void {
    const [flags = 0] = prefix;
    const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(1);
    if (flags > 1) throw new RpcError("INTERNAL", `flags ${flags} ahead of a message`);
    if (length > this.#maxMessageBytes) {
      throw new RpcError(
        "RESOURCE_EXHAUSTED",
        `a message of ${length} bytes, more than the ${this.#maxMessageBytes} allowed`,
      );
    }
    this.#compressed = flags === 1;
    this.#wanted = length;
  }

  #take(length: number): Uint8Array {
    this.#held -= length;
    const [first] = this.#chunks;
    // Nearly always everything wanted is in the first chunk: a view of it costs no copy.
    if (first !== undefined && first.length >= length) {
      if (first.length === length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = whole.length === length ? [] : [whole.subarray(length)];
    return whole.subarray(0, length);
  }
}
