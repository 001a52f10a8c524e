import { type Digest, Digester, isDigest, isDigestReference, Verifier } from "./digest.ts";
import type { Descriptor } from "./document.ts";
import { ImageError } from "./error.ts";
import { type Image, type ImageIndex, openDocument, resolve } from "./image.ts";
import { isDocumentType } from "./media-type.ts";
import { asReferrer } from "./referrer.ts";
import {
  type Bytes,
  type CallOptions,
  type Content,
  type ReadOptions,
  type ReferrersOptions,
  streamOf,
  type Target,
} from "./store.ts";
import { concat } from "./tar/pax.ts";

/** A store in memory, for tests, examples and small images under construction. */
export class MemoryStore implements Target {
  readonly location: string;
  readonly #blobs = new Map<string, { readonly bytes: Uint8Array; readonly mediaType: string }>();
  readonly #tags = new Map<string, Descriptor>();

  constructor(name = "memory") {
    this.location = name;
  }

  async resolve(reference: string, options?: CallOptions): Promise<Image | ImageIndex> {
    return resolve(this, reference, options);
  }

  async find(reference: string): Promise<Descriptor> {
    const tagged = this.#tags.get(reference);
    if (tagged !== undefined) return tagged;
    const blob = isDigestReference(reference) ? this.#blobs.get(reference) : undefined;
    if (blob === undefined || !isDigestReference(reference)) {
      throw new ImageError(
        "NOT_FOUND",
        `find ${JSON.stringify(reference)} in ${this.location}: it has ${[...this.#tags.keys()].join(", ") || "no tags"}`,
      );
    }
    return { mediaType: blob.mediaType, digest: reference, size: blob.bytes.length };
  }

  async *read(
    { digest }: Descriptor,
    { offset = 0 }: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const blob = this.#blobs.get(digest);
    if (blob === undefined)
      throw new ImageError("NOT_FOUND", `read ${digest} of ${this.location}: no such blob`);
    yield blob.bytes.subarray(offset);
  }

  async *tags(): AsyncGenerator<string, void, undefined> {
    yield* this.#tags.keys();
  }

  async *referrers(
    digest: Digest,
    { artifactType }: ReferrersOptions = {},
  ): AsyncGenerator<Descriptor, void, undefined> {
    for (const [own, { bytes, mediaType }] of this.#blobs) {
      if (!isDocumentType(mediaType) || !isDigest(own)) continue;
      const opened = await openDocument(this, { mediaType, digest: own, size: bytes.length });
      const referrer = asReferrer(opened, digest);
      if (referrer === undefined) continue;
      if (artifactType === undefined || referrer.artifactType === artifactType) yield referrer;
    }
  }

  async has({ digest }: Descriptor): Promise<boolean> {
    return this.#blobs.has(digest);
  }

  async write(
    descriptor: Descriptor,
    content: Content,
    { signal }: CallOptions = {},
  ): Promise<void> {
    if (this.#blobs.has(descriptor.digest)) return;
    const verifier = new Verifier(descriptor);
    const parts: Uint8Array[] = [];
    for await (const chunk of content(0)) {
      signal?.throwIfAborted();
      verifier.update(chunk);
      parts.push(chunk.slice());
    }
    verifier.finish();
    this.#blobs.set(descriptor.digest, { bytes: concat(parts), mediaType: descriptor.mediaType });
  }

  async add(mediaType: string, content: Bytes): Promise<Descriptor> {
    const digester = new Digester();
    const parts: Uint8Array[] = [];
    for await (const chunk of streamOf(content)) {
      digester.update(chunk);
      parts.push(chunk.slice());
    }
    const digest = digester.digest();
    this.#blobs.set(digest, { bytes: concat(parts), mediaType });
    return { mediaType, digest, size: digester.size };
  }

  async tag(descriptor: Descriptor, reference: string): Promise<void> {
    this.#tags.set(reference, descriptor);
  }
}
