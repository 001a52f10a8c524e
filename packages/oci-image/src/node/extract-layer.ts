import { type Digest, Verifier } from "../digest.ts";
import { ImageError } from "../error.ts";
import type { TarEntry } from "../tar/entry.ts";
import { type TarHandler, TarParser } from "../tar/parser.ts";
import { decompressed } from "./decompress.ts";

/** A layer's compressed bytes and what they must turn out to be. */
export interface LayerBytes {
  readonly digest: Digest;
  readonly size: number;
  /** Digest of the archive inside, as the image's config states it. */
  readonly diffId: Digest;
  /** Bytes of the blob, not yet verified. */
  read(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What an image may cost at most. */
export interface UnpackLimits {
  /** Bytes of all archives together. */
  readonly bytes: number;
  /** Entries of all archives together. */
  readonly entries: number;
  /** How many times larger than its blob an archive may be, once it is larger than 256 MiB. */
  readonly ratio: number;
}

/**
 * Far above real images (the largest models' have some 100 GB in thousands of files, and compress
 * by less than ten), far below what gzip (1032 times) and zstd can inflate.
 */
export const DEFAULT_LIMITS: UnpackLimits = { bytes: 2 ** 40, entries: 10_000_000, ratio: 200 };

const RATIO_FREE_BYTES = 256 * 1024 * 1024;

/** Counts against the limits, over all layers of an image. */
export class LimitCounter {
  readonly #limits: UnpackLimits;
  readonly #all: LimitCounter | undefined;
  #bytes = 0;
  #entries = 0;

  constructor(limits: Partial<UnpackLimits> = {}, all?: LimitCounter) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#all = all;
  }

  /** A counter for one attempt at a layer; what it counts counts here too, until it is taken back. */
  attempt(): LimitCounter {
    return new LimitCounter(this.#limits, this);
  }

  /** No longer counts what an attempt counted that is made once more. */
  takeBack(attempt: LimitCounter): void {
    this.#bytes -= attempt.#bytes;
    this.#entries -= attempt.#entries;
  }

  /** Throws `LIMIT_EXCEEDED`. */
  entry(): void {
    this.#all?.entry();
    if (++this.#entries > this.#limits.entries) {
      throw new ImageError("LIMIT_EXCEEDED", `unpack: more than ${this.#limits.entries} entries`);
    }
  }

  /** Takes note of `count` more bytes of an archive that has `inflated` of them out of `read`. */
  bytes(count: number, inflated: number, read: number): void {
    this.#all?.bytes(count, inflated, read);
    this.#bytes += count;
    if (this.#bytes > this.#limits.bytes) {
      throw new ImageError("LIMIT_EXCEEDED", `unpack: more than ${this.#limits.bytes} bytes`);
    }
    if (inflated > RATIO_FREE_BYTES && inflated > read * this.#limits.ratio) {
      throw new ImageError(
        "LIMIT_EXCEEDED",
        `unpack: an archive more than ${this.#limits.ratio} times larger than its blob`,
      );
    }
  }
}

/**
 * Reads a layer's blob into a tar handler: verified, decompressed, verified again, parsed, in one
 * pass that holds a few MiB at a time. The handler's work counts only when this resolves.
 *
 * Throws `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `COMPRESSION_INVALID`, `TAR_INVALID`, `LIMIT_EXCEEDED`.
 */
export async function extractLayer(
  layer: LayerBytes,
  handler: TarHandler,
  {
    counter,
    signal,
  }: { readonly counter: LimitCounter; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const blob = new Verifier(layer, "layer");
  const archive = new Verifier({ digest: layer.diffId }, "archive of layer");
  let read = 0;
  let complete = false;
  async function* source(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of layer.read(signal)) {
      signal?.throwIfAborted();
      blob.update(chunk);
      read += chunk.length;
      yield chunk;
    }
    blob.finish();
    complete = true;
  }
  const parser = new TarParser(counted(handler, counter));
  let inflated = 0;
  for await (const piece of decompressed(source())) {
    signal?.throwIfAborted();
    inflated += piece.length;
    counter.bytes(piece.length, inflated, read);
    archive.update(piece);
    parser.push(piece);
  }
  if (!complete)
    throw new ImageError("COMPRESSION_INVALID", "unpack: the blob goes on after its end");
  parser.finish();
  archive.finish();
}

function counted(handler: TarHandler, counter: LimitCounter): TarHandler {
  return {
    entry: (entry: TarEntry) => {
      counter.entry();
      handler.entry(entry);
    },
    data: (bytes, offset) => handler.data(bytes, offset),
    end: () => handler.end(),
  };
}
