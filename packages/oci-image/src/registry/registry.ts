import { defaultHttp } from "#http";
import { type Digest, Digester, digestOf, isDigest, isDigestReference } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { ImageError } from "../error.ts";
import { type Image, type ImageIndex, resolve } from "../image.ts";
import { bareMediaType, isDocumentType, MediaType } from "../media-type.ts";
import { asIndex, MAX_DOCUMENT_BYTES, parseJson, readBytes } from "../read-document.ts";
import { parseReference } from "../reference.ts";
import {
  type Bytes,
  type CallOptions,
  type Content,
  type ReadOptions,
  type ReferrersOptions,
  type Source,
  streamOf,
  type Target,
} from "../store.ts";
import type { Credentials } from "./auth.ts";
import { checkReference, contentPath, download } from "./download.ts";
import { Endpoints } from "./endpoints.ts";
import { isNotFound, RegistryError } from "./error.ts";
import type { Http, HttpAnswer } from "./http.ts";
import { addReferrer, fallbackTag, subjectOf } from "./referrers.ts";
import type { RetryOptions } from "./retry.ts";
import { ACCEPT_DOCUMENTS, type Ask, discard, type Session } from "./session.ts";
import { type UploadOptions, uploadBlob, uploadStream } from "./upload.ts";

export interface RegistryOptions {
  /** Looks credentials up when the registry asks for some; anonymous without. */
  readonly auth?: Credentials | undefined;
  /** Sends requests; the platform's way by default. */
  readonly http?: Http | undefined;
  /** Speaks http instead of https, with credentials in the clear. */
  readonly plainHttp?: boolean | undefined;
  /** Hosts asked before the registry itself when reading, in order; `http://` in front for plain ones. */
  readonly mirrors?: readonly string[] | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Bytes of one upload request; some registries and proxies refuse large ones. */
  readonly chunkBytes?: number | undefined;
}

/** One repository of a registry, by distribution-spec 1.1. */
export class Registry implements Target {
  readonly registry: string;
  readonly repository: string;
  readonly #endpoints: Endpoints;
  readonly #chunkBytes: number;
  /** Documents written last, so that giving them a tag need not read them back. */
  readonly #written = new Map<string, Uint8Array>();

  /** `repository` is a name without tag: `registry.example/team/app`. Throws `REFERENCE_INVALID`. */
  constructor(repository: string, options: RegistryOptions = {}) {
    const parsed = parseReference(repository);
    if (parsed.tag !== undefined || parsed.digest !== undefined) {
      throw new ImageError(
        "REFERENCE_INVALID",
        `open repository ${repository}: a tag or digest is given with each call`,
      );
    }
    this.registry = parsed.registry;
    this.repository = parsed.repository;
    this.#chunkBytes = options.chunkBytes ?? Number.POSITIVE_INFINITY;
    this.#endpoints = new Endpoints({
      registry: this.registry,
      repository: this.repository,
      http: options.http ?? defaultHttp(),
      auth: options.auth,
      plainHttp: options.plainHttp ?? false,
      mirrors: options.mirrors ?? [],
      retry: options.retry,
    });
  }

  get location(): string {
    return `${this.registry}/${this.repository}`;
  }

  /** An image or index by tag or digest. */
  async resolve(reference: string, options?: CallOptions): Promise<Image | ImageIndex> {
    return resolve(this, reference, options);
  }

  async find(reference: string, { signal }: CallOptions = {}): Promise<Descriptor> {
    const path = `/v2/${this.repository}/manifests/${checkReference(reference)}`;
    return this.#endpoints.reading(signal, async (session) => {
      const request: Ask = {
        method: "HEAD",
        path,
        actions: ["pull"],
        headers: { accept: ACCEPT_DOCUMENTS },
        signal,
        missing: "MANIFEST_UNKNOWN",
      };
      const answer = await session.send(request);
      await discard(answer);
      return descriptorOf(answer, reference) ?? this.#findByReading(session, request, reference);
    });
  }

  /** Some registries answer HEAD without a digest or a size: then the document itself tells. */
  async #findByReading(session: Session, request: Ask, reference: string): Promise<Descriptor> {
    const answer = await session.send({ ...request, method: "GET" });
    const bytes = await this.#endpoints.whole(answer, MAX_DOCUMENT_BYTES, request);
    const digest = digestOf(bytes);
    const stated = answer.headers.get("docker-content-digest");
    if (stated?.startsWith("sha256:") && stated !== digest) {
      throw new ImageError(
        "DIGEST_MISMATCH",
        `find ${reference} in ${this.location}: announced as ${stated}, but its bytes have ${digest}`,
      );
    }
    const value = parseJson(bytes, `${reference} of ${this.location}`) as {
      mediaType?: unknown;
    } | null;
    const own = typeof value?.mediaType === "string" ? value.mediaType : undefined;
    const mediaType = bareMediaType(answer.headers.get("content-type") ?? "");
    return {
      mediaType: isDocumentType(mediaType) ? mediaType : (own ?? mediaType),
      digest: isDigestReference(reference) ? reference : digest,
      size: bytes.length,
    };
  }

  async *read(
    descriptor: Descriptor,
    { offset = 0, signal }: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* download(this.#endpoints, descriptor, offset, signal);
  }

  async *tags({ signal }: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    const path = `/v2/${this.repository}/tags/list?n=1000`;
    const pages = this.#endpoints.pages(path, { signal, missing: "NAME_UNKNOWN" });
    for await (const { value } of pages) {
      const { tags } = (value ?? {}) as { tags?: unknown };
      // A repository without tags answers null.
      for (const tag of Array.isArray(tags) ? tags : []) if (typeof tag === "string") yield tag;
    }
  }

  async *referrers(
    digest: Digest,
    { artifactType, signal }: ReferrersOptions = {},
  ): AsyncGenerator<Descriptor, void, undefined> {
    const query =
      artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
    const path = `/v2/${this.repository}/referrers/${checkReference(digest)}${query}`;
    const wanted = (found: Descriptor): boolean =>
      artifactType === undefined || found.artifactType === artifactType;
    try {
      const pages = this.#endpoints.pages(path, {
        headers: { accept: MediaType.index },
        signal,
        missing: "MANIFEST_UNKNOWN",
      });
      for await (const { value, headers } of pages) {
        const index = asIndex(value, `referrers of ${digest}`);
        const filtered = headers.get("oci-filters-applied")?.includes("artifactType") === true;
        for (const found of index.manifests) if (filtered || wanted(found)) yield found;
      }
    } catch (error) {
      // A registry without the API answers 404, and keeps the list under a tag, if anybody wrote it.
      if (!(error instanceof RegistryError && error.status === 404)) throw error;
      const list = await this.#fallbackReferrers(digest, signal);
      for (const found of list) if (wanted(found)) yield found;
    }
  }

  async has(descriptor: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
    try {
      const answer = await this.#endpoints.send({
        method: "HEAD",
        path: contentPath(this.repository, descriptor),
        actions: ["pull", "push"],
        headers: isDocumentType(descriptor.mediaType) ? { accept: ACCEPT_DOCUMENTS } : {},
        signal,
        missing: "BLOB_UNKNOWN",
      });
      await discard(answer);
      return true;
    } catch (error) {
      if (error instanceof RegistryError && error.status === 404) return false;
      throw error;
    }
  }

  async write(
    descriptor: Descriptor,
    content: Content,
    { signal }: CallOptions = {},
  ): Promise<void> {
    if (isDocumentType(descriptor.mediaType)) {
      const bytes = await readBytes(content(0), descriptor);
      await this.#putDocument(descriptor.mediaType, bytes, descriptor.digest, signal);
      this.#remember(descriptor.digest, bytes);
      return;
    }
    if (await this.has(descriptor, { signal })) return;
    await uploadBlob(descriptor, content, this.#uploadOptions(signal));
  }

  async add(mediaType: string, content: Bytes, { signal }: CallOptions = {}): Promise<Descriptor> {
    if (content instanceof Uint8Array || typeof content === "string") {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      await this.write(
        descriptor,
        async function* (offset) {
          yield bytes.subarray(offset);
        },
        { signal },
      );
      return descriptor;
    }
    const digester = new Digester();
    let digest: Digest | undefined;
    async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of streamOf(content)) {
        digester.update(chunk);
        yield chunk;
      }
    }
    await uploadStream(counted(), () => (digest = digester.digest()), this.#uploadOptions(signal));
    return { mediaType, digest: digest ?? digester.digest(), size: digester.size };
  }

  async tag(
    descriptor: Descriptor,
    reference: string,
    { signal }: CallOptions = {},
  ): Promise<void> {
    // Under its digest a document stands already; only a tag is news.
    if (reference === "" || isDigestReference(reference)) return;
    const bytes =
      this.#written.get(descriptor.digest) ??
      (await readBytes(this.read(descriptor, { signal }), descriptor));
    await this.#putDocument(descriptor.mediaType, bytes, checkReference(reference), signal);
  }

  /** Takes a blob over from another repository of the same registry. */
  async mount(
    descriptor: Descriptor,
    from: Source,
    { signal }: CallOptions = {},
  ): Promise<boolean> {
    if (
      !(from instanceof Registry) ||
      from.registry !== this.registry ||
      isDocumentType(descriptor.mediaType)
    )
      return false;
    if (from.repository === this.repository) return this.has(descriptor, { signal });
    const query = new URLSearchParams({
      mount: checkReference(descriptor.digest),
      from: from.repository,
    });
    const answer = await this.#endpoints.send({
      method: "POST",
      path: `/v2/${this.repository}/blobs/uploads/?${query}`,
      actions: ["pull", "push"],
      extraScopes: [`repository:${from.repository}:pull`],
      headers: { "content-length": "0" },
      signal,
      missing: "NAME_UNKNOWN",
    });
    await discard(answer);
    // 202 instead of 201: not to be had there, and an upload was begun in its place, which is let go.
    if (answer.status === 202) await this.#cancelUpload(answer, signal);
    return answer.status === 201;
  }

  async #cancelUpload(answer: HttpAnswer, signal: AbortSignal | undefined): Promise<void> {
    const location = answer.headers.get("location");
    if (location === null || !URL.canParse(location, this.#endpoints.session.base)) return;
    const path = new URL(location, this.#endpoints.session.base);
    try {
      await discard(
        await this.#endpoints.session.send({
          method: "DELETE",
          path,
          actions: ["pull", "push"],
          signal,
        }),
      );
    } catch (error) {
      // Registries may have no such request and forget the upload by themselves.
      if (!(error instanceof RegistryError)) throw error;
    }
  }

  /** Removes a tag, a document or a blob. Throws `MANIFEST_UNKNOWN` or `BLOB_UNKNOWN`. */
  async delete(target: string | Descriptor, { signal }: CallOptions = {}): Promise<void> {
    const blob = typeof target !== "string" && !isDocumentType(target.mediaType);
    const reference = typeof target === "string" ? target : target.digest;
    if (!blob && isDigestReference(reference)) await this.#forgetReferrer(reference, signal);
    const answer = await this.#endpoints.send({
      method: "DELETE",
      path: `/v2/${this.repository}/${blob ? "blobs" : "manifests"}/${checkReference(reference)}`,
      actions: ["pull", "push", "delete"],
      signal,
      missing: blob ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN",
    });
    await discard(answer);
    this.#written.delete(reference);
  }

  /** Whether the registry is there and takes our credentials. Throws `RegistryError`. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    await discard(
      await this.#endpoints.session.send({ method: "GET", path: "/v2/", actions: [], signal }),
    );
  }

  async #putDocument(
    mediaType: string,
    bytes: Uint8Array,
    reference: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const answer = await this.#endpoints.send({
      method: "PUT",
      path: `/v2/${this.repository}/manifests/${reference}`,
      actions: ["pull", "push"],
      headers: { "content-type": mediaType },
      body: () => ({ bytes, length: bytes.length }),
      signal,
      missing: "NAME_UNKNOWN",
    });
    await discard(answer);
    // Without this header the registry did not note whose referrer it is, so that we do.
    if (answer.headers.get("oci-subject") !== null) return;
    const referrer = addReferrer(mediaType, bytes);
    if (referrer === undefined) return;
    await this.#changeFallback(
      referrer.subject,
      (list) => [
        ...list.filter(({ digest }) => digest !== referrer.descriptor.digest),
        referrer.descriptor,
      ],
      signal,
    );
  }

  async #forgetReferrer(digest: Digest, signal: AbortSignal | undefined): Promise<void> {
    let bytes: Uint8Array;
    let found: Descriptor;
    try {
      found = await this.find(digest, { signal });
      bytes = await readBytes(this.read(found, { signal }), found);
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    const subject = subjectOf(bytes);
    if (subject === undefined || (await this.#hasReferrersApi(subject, signal))) return;
    await this.#changeFallback(
      subject,
      (list) => list.filter((entry) => entry.digest !== digest),
      signal,
    );
  }

  async #hasReferrersApi(digest: Digest, signal: AbortSignal | undefined): Promise<boolean> {
    const path = `/v2/${this.repository}/referrers/${checkReference(digest)}`;
    const answer = await this.#endpoints.session.send({
      method: "GET",
      path,
      actions: ["pull"],
      signal,
      accept: [200, 404],
    });
    await discard(answer);
    return answer.status === 200;
  }

  /** The list a registry without the referrers API keeps under a tag. */
  async #fallbackReferrers(
    digest: Digest,
    signal: AbortSignal | undefined,
  ): Promise<readonly Descriptor[]> {
    try {
      const found = await this.find(fallbackTag(digest), { signal });
      const bytes = await readBytes(this.read(found, { signal }), found);
      return asIndex(parseJson(bytes, found.digest), `referrers of ${digest}`).manifests;
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  async #changeFallback(
    subject: Digest,
    change: (list: readonly Descriptor[]) => readonly Descriptor[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const manifests = change(await this.#fallbackReferrers(subject, signal));
    const index = { schemaVersion: 2, mediaType: MediaType.index, manifests };
    const bytes = new TextEncoder().encode(JSON.stringify(index));
    await this.#putDocument(MediaType.index, bytes, fallbackTag(subject), signal);
  }

  #uploadOptions(signal: AbortSignal | undefined): UploadOptions {
    const { session, options } = this.#endpoints;
    const { repository, retry } = options;
    return { session, repository, retry, chunkBytes: this.#chunkBytes, signal };
  }

  #remember(digest: string, bytes: Uint8Array): void {
    this.#written.set(digest, bytes);
    const [oldest] = this.#written.keys();
    if (this.#written.size > 16 && oldest !== undefined) this.#written.delete(oldest);
  }
}

function descriptorOf({ headers }: HttpAnswer, reference: string): Descriptor | undefined {
  const stated =
    headers.get("docker-content-digest") ?? (isDigestReference(reference) ? reference : "");
  const size = Number(headers.get("content-length") ?? Number.NaN);
  const mediaType = bareMediaType(headers.get("content-type") ?? "");
  if (!isDigest(stated) || !Number.isSafeInteger(size) || size <= 0 || !isDocumentType(mediaType))
    return undefined;
  if (isDigestReference(reference) && reference !== stated) {
    throw new ImageError(
      "DIGEST_MISMATCH",
      `find ${reference}: the registry has ${stated} in its place`,
    );
  }
  return { mediaType, digest: stated, size };
}
