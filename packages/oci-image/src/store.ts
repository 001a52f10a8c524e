import type { Digest } from "./digest.ts";
import type { Descriptor } from "./document.ts";

/** Options of every call that waits. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Where images can be read from: a registry's repository, a layout, an archive, memory. */
export interface Source {
  /** Where it is, for messages. */
  readonly location: string;

  /** What a tag or digest names. Throws `NOT_FOUND`. */
  find(reference: string, options?: CallOptions): Promise<Descriptor>;

  /**
   * Bytes of a blob or document, from `offset` on. They are not verified: whoever reads holds them
   * to the descriptor. Throws `NOT_FOUND`.
   */
  read(descriptor: Descriptor, options?: ReadOptions): AsyncIterable<Uint8Array>;

  /** Tags, in no order that means anything. */
  tags(options?: CallOptions): AsyncIterable<string>;

  /** Manifests whose `subject` is `digest`, where they are kept track of. */
  referrers(digest: Digest, options?: ReferrersOptions): AsyncIterable<Descriptor>;
}

export interface ReadOptions extends CallOptions {
  readonly offset?: number | undefined;
}

export interface ReferrersOptions extends CallOptions {
  /** Only those of this type. */
  readonly artifactType?: string | undefined;
}

/** Where images can also be written to. */
export interface Target extends Source {
  /** Whether bytes are there already. */
  has(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;

  /**
   * Writes a blob or document, verified against its descriptor while it passes. Nothing of it is to
   * be seen before it is whole; what was written of it and how it may go on is the target's affair.
   * Writing what is there already does nothing.
   *
   * Throws `DIGEST_MISMATCH` or `SIZE_MISMATCH`.
   */
  write(descriptor: Descriptor, content: Content, options?: CallOptions): Promise<void>;

  /**
   * Writes a blob whose digest is known only when all of it has passed. `mediaType` is just said in
   * the descriptor that comes back.
   */
  add(mediaType: string, content: Bytes, options?: CallOptions): Promise<Descriptor>;

  /** Gives a document that is there a name, taking it from whatever had it. */
  tag(descriptor: Descriptor, reference: string, options?: CallOptions): Promise<void>;

  /** Takes bytes over from a place it can reach without them passing here; false where it cannot. */
  mount?(descriptor: Descriptor, from: Source, options?: CallOptions): Promise<boolean>;
}

/** Bytes to write, from any offset: a target that has the first half already asks for the second. */
export type Content = (offset: number) => AsyncIterable<Uint8Array>;

/** Bytes as a stream or in memory; text stands for its UTF-8. */
export type Bytes = AsyncIterable<Uint8Array> | Uint8Array | string;

/** Bytes as a stream. */
export async function* streamOf(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof bytes === "string") yield new TextEncoder().encode(bytes);
  else if (bytes instanceof Uint8Array) yield bytes;
  else yield* bytes;
}

/** Content that is in memory. */
export function contentOf(bytes: Uint8Array): Content {
  return async function* (offset) {
    yield offset === 0 ? bytes : bytes.subarray(offset);
  };
}
