import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";
import { dictionary } from "./dictionary.ts";
import { SpdyError } from "./error.ts";

/** Headers of a stream, by lower-case name. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** What one block of headers may hold unpacked; those of the kubelet are a few hundred bytes. */
const maxBlockBytes = 64 * 1024;

/**
 * Writes blocks of headers. All blocks of one direction share one compression, so they must be written in the order
 * their frames are sent in: `write` takes its turn when it is called.
 */
export class HeaderWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary });
  readonly #chunks: Uint8Array[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#deflate.on("data", (chunk: Uint8Array) => this.#chunks.push(chunk));
  }

  write(headers: SpdyHeaders): Promise<Uint8Array> {
    const block = this.#turn.then(() => this.#compress(encodeHeaders(headers)));
    this.#turn = block.catch(() => {});
    return block;
  }

  close(): void {
    this.#deflate.destroy();
  }

  #compress(plain: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#deflate.destroyed) {
        reject(new SpdyError("the connection is closed"));
        return;
      }
      this.#deflate.once("close", () => reject(new SpdyError("the connection is closed")));
      this.#deflate.write(plain);
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
        this.#deflate.removeAllListeners("close");
        resolve(Buffer.concat(this.#chunks.splice(0)));
      });
    });
  }
}

/** Reads blocks of headers, which must come in the order their frames came in, one after the other. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary });
  readonly #chunks: Uint8Array[] = [];
  #held = 0;
  #fail: (error: Error) => void = () => {};

  constructor() {
    this.#inflate.on("data", (chunk: Uint8Array) => {
      this.#held += chunk.length;
      // A block of a few bytes can unpack to gigabytes: stop at the first piece too much.
      if (this.#held > maxBlockBytes) {
        this.#inflate.destroy(new SpdyError(`headers of more than ${maxBlockBytes} bytes`));
      } else this.#chunks.push(chunk);
    });
    this.#inflate.on("error", (error) => this.#fail(error));
    this.#inflate.on("close", () => this.#fail(new SpdyError("the connection is closed")));
  }

  /** Throws a SpdyError for what is no block of headers; the connection can't go on then. */
  read(block: Uint8Array): Promise<SpdyHeaders> {
    return new Promise((resolve, reject) => {
      this.#fail = (error) =>
        reject(error instanceof SpdyError ? error : new SpdyError(error.message, { cause: error }));
      if (this.#inflate.destroyed) {
        this.#fail(new SpdyError("the connection is closed"));
        return;
      }
      this.#inflate.write(block, (error) => {
        if (error) this.#fail(error);
        // Destroyed on the way: its own error tells why, after this.
        if (error || this.#inflate.destroyed) return;
        this.#held = 0;
        try {
          resolve(decodeHeaders(Buffer.concat(this.#chunks.splice(0))));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  close(): void {
    this.#inflate.destroy();
  }
}

function encodeHeaders(headers: SpdyHeaders): Uint8Array {
  const entries = Object.entries(headers);
  const parts: Uint8Array[] = [uint32(entries.length)];
  for (const [name, value] of entries) {
    for (const text of [name.toLowerCase(), value]) {
      const bytes = Buffer.from(text);
      parts.push(uint32(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

function decodeHeaders(bytes: Uint8Array): SpdyHeaders {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const number = (): number => {
    if (at + 4 > bytes.length) throw new SpdyError("headers end before their end");
    at += 4;
    return view.getUint32(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (length > bytes.length - at) throw new SpdyError("a header longer than its block");
    at += length;
    return Buffer.from(bytes.buffer, bytes.byteOffset + at - length, length).toString();
  };
  // Without a prototype: a peer may name a header as it likes.
  const headers: Record<string, string> = Object.create(null);
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    // Several values stand behind one another with a NUL between; nothing here has more than one.
    headers[name] = text().split("\0")[0] ?? "";
  }
  if (at !== bytes.length) throw new SpdyError("bytes behind the headers of a block");
  return headers;
}

function uint32(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}
