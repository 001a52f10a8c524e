import { defaultHttp } from "#http";
import { type Digest, Digester, digestOf, isDigest } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { ImageError } from "../error.ts";
import { type Image, type ImageIndex, resolve } from "../image.ts";
import { bareMediaType, isDocumentType, isForeignLayer, MediaType } from "../media-type.ts";
import { asIndex, MAX_DOCUMENT_BYTES, parseJson, readBytes, readUpTo } from "../read-document.ts";
import { isTag, parseReference } from "../reference.ts";
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
import { isNotFound, RegistryError, unexpected, unreachable } from "./error.ts";
import type { Http, HttpAnswer } from "./http.ts";
import { addReferrer, fallbackTag, subjectOf } from "./referrers.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { type Ask, discard, Session } from "./session.ts";
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

const ACCEPT = [
  MediaType.index,
  MediaType.manifest,
  MediaType.dockerIndex,
  MediaType.dockerManifest,
].join(", ");

/** Docker Hub's name is not where its registry answers. */
const ENDPOINTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/** Pages of a list of tags; a list that goes on beyond this has a ring in it. */
const MAX_PAGES = 100_000;
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** One repository of a registry, by distribution-spec 1.1. */
export class Registry implements Target {
  readonly registry: string;
  readonly repository: string;
  readonly #options: RegistryOptions;
  readonly #http: Http;
  readonly #session: Session;
  readonly #mirrors: readonly Session[];
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
    this.#options = options;
    this.#http = options.http ?? defaultHttp();
    const endpoint = ENDPOINTS[parsed.registry] ?? parsed.registry;
    this.#session = this.#sessionAt(
      `${options.plainHttp === true ? "http" : "https"}://${endpoint}`,
      parsed.registry,
    );
    this.#mirrors = (options.mirrors ?? []).map((mirror) => {
      const url = mirror.includes("://") ? mirror : `https://${mirror}`;
      return this.#sessionAt(url, new URL(url).host);
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
    return this.#reading(signal, async (session) => {
      const request: Ask = {
        method: "HEAD",
        path,
        actions: ["pull"],
        headers: { accept: ACCEPT },
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
    const bytes = await this.#whole(answer, MAX_DOCUMENT_BYTES, request);
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
      digest: isDigest(reference) ? reference : digest,
      size: bytes.length,
    };
  }

  async *read(
    descriptor: Descriptor,
    { offset = 0, signal }: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const kind = isDocumentType(descriptor.mediaType) ? "manifests" : "blobs";
    const path = `/v2/${this.repository}/${kind}/${checkReference(descriptor.digest)}`;
    let at = offset;
    let chunks: AsyncIterator<Uint8Array> | undefined;
    try {
      // A stream that breaks is opened again where it broke, as long as each try brings some bytes.
      while (at < descriptor.size || chunks === undefined) {
        const next: IteratorResult<Uint8Array, unknown> = await withRetries(
          this.#options.retry,
          signal,
          async () => {
            chunks ??= await this.#open(path, kind, descriptor, at, signal);
            try {
              return await chunks.next();
            } catch (cause) {
              chunks = undefined;
              signal?.throwIfAborted();
              throw unreachable({ method: "GET", url: new URL(path, this.#session.base) }, cause);
            }
          },
        );
        if (next.done) return;
        at += next.value.length;
        yield next.value;
      }
    } finally {
      await chunks?.return?.();
    }
  }

  async #open(
    path: string,
    kind: "manifests" | "blobs",
    descriptor: Descriptor,
    at: number,
    signal: AbortSignal | undefined,
  ): Promise<AsyncIterator<Uint8Array>> {
    const ask: Ask = {
      method: "GET",
      path,
      actions: ["pull"],
      headers: {
        ...(kind === "manifests" ? { accept: ACCEPT } : {}),
        ...(at > 0 ? { range: `bytes=${at}-` } : {}),
      },
      signal,
      missing: kind === "manifests" ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN",
    };
    try {
      return await this.#first(async (session) => fromOffset(await session.send(ask), at));
    } catch (error) {
      const { urls = [] } = descriptor;
      if (!isNotFound(error) || !isForeignLayer(descriptor.mediaType) || urls.length === 0)
        throw error;
      return this.#openForeign(urls, at, signal, error);
    }
  }

  /** The vendor's own server, which is nobody's registry: it never gets credentials (CVE-2020-15157). */
  async #openForeign(
    urls: readonly string[],
    at: number,
    signal: AbortSignal | undefined,
    cause: unknown,
  ): Promise<AsyncIterator<Uint8Array>> {
    for (const text of urls) {
      if (!URL.canParse(text)) continue;
      const url = new URL(text);
      if (
        url.protocol !== "https:" &&
        !(url.protocol === "http:" && this.#options.plainHttp === true)
      )
        continue;
      const session = new Session(url, url.host, this.repository, {
        http: this.#http,
        credentials: undefined,
        plainHttp: false,
      });
      const headers = at > 0 ? { range: `bytes=${at}-` } : {};
      const answer = await session.send({
        method: "GET",
        path: url,
        actions: ["pull"],
        headers,
        signal,
        missing: "BLOB_UNKNOWN",
      });
      return fromOffset(answer, at);
    }
    throw cause;
  }

  async *tags({ signal }: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    const pages = this.#pages(
      `/v2/${this.repository}/tags/list?n=1000`,
      {},
      signal,
      "NAME_UNKNOWN",
    );
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
      const pages = this.#pages(path, { accept: MediaType.index }, signal, "MANIFEST_UNKNOWN");
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
    const document = isDocumentType(descriptor.mediaType);
    const path = `/v2/${this.repository}/${document ? "manifests" : "blobs"}/${checkReference(descriptor.digest)}`;
    try {
      await withRetries(this.#options.retry, signal, async () => {
        const headers = document ? { accept: ACCEPT } : {};
        await discard(
          await this.#session.send({
            method: "HEAD",
            path,
            actions: ["pull", "push"],
            headers,
            signal,
            missing: "BLOB_UNKNOWN",
          }),
        );
      });
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
    if (reference === "" || isDigest(reference)) return;
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
    return withRetries(this.#options.retry, signal, async () => {
      const answer = await this.#session.send({
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
    });
  }

  async #cancelUpload(answer: HttpAnswer, signal: AbortSignal | undefined): Promise<void> {
    const location = answer.headers.get("location");
    if (location === null || !URL.canParse(location, this.#session.base)) return;
    const path = new URL(location, this.#session.base);
    try {
      await discard(
        await this.#session.send({ method: "DELETE", path, actions: ["pull", "push"], signal }),
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
    if (!blob && isDigest(reference)) await this.#forgetReferrer(reference, signal);
    const path = `/v2/${this.repository}/${blob ? "blobs" : "manifests"}/${checkReference(reference)}`;
    await withRetries(this.#options.retry, signal, async () =>
      discard(
        await this.#session.send({
          method: "DELETE",
          path,
          actions: ["pull", "push", "delete"],
          signal,
          missing: blob ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN",
        }),
      ),
    );
    this.#written.delete(reference);
  }

  /** Whether the registry is there and takes our credentials. Throws `RegistryError`. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    await discard(await this.#session.send({ method: "GET", path: "/v2/", actions: [], signal }));
  }

  async #putDocument(
    mediaType: string,
    bytes: Uint8Array,
    reference: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const answer = await withRetries(this.#options.retry, signal, () =>
      this.#session.send({
        method: "PUT",
        path: `/v2/${this.repository}/manifests/${reference}`,
        actions: ["pull", "push"],
        headers: { "content-type": mediaType },
        body: () => ({ bytes, length: bytes.length }),
        signal,
        missing: "NAME_UNKNOWN",
      }),
    );
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
    const answer = await this.#session.send({
      method: "GET",
      path,
      actions: ["pull"],
      signal,
      accept: [200, 404],
    });
    await discard(answer);
    return answer.status === 200;
  }

  async #fallbackReferrers(
    digest: Digest,
    signal: AbortSignal | undefined,
  ): Promise<readonly Descriptor[]> {
    try {
      const found = await this.find(fallbackTag(digest), { signal });
      return asIndex(
        parseJson(await readBytes(this.read(found, { signal }), found), found.digest),
        `referrers of ${digest}`,
      ).manifests;
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
    const bytes = new TextEncoder().encode(
      JSON.stringify({ schemaVersion: 2, mediaType: MediaType.index, manifests }),
    );
    await this.#putDocument(MediaType.index, bytes, fallbackTag(subject), signal);
  }

  async *#pages(
    first: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    missing: "NAME_UNKNOWN" | "MANIFEST_UNKNOWN",
  ): AsyncGenerator<{ value: unknown; headers: Headers }, void, undefined> {
    let path: string | URL | undefined = first;
    for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
      const ask: Ask = { method: "GET", path, actions: ["pull"], headers, signal, missing };
      const { answer, bytes, base } = await this.#reading(signal, async (session) => {
        const answer = await session.send(ask);
        return {
          answer,
          bytes: await this.#whole(answer, MAX_LIST_BYTES, ask),
          base: session.base,
        };
      });
      yield { value: parseJson(bytes, `${first} of ${this.registry}`), headers: answer.headers };
      path = nextPage(answer.headers.get("link"), new URL(path, base));
    }
  }

  /** Reads an answer to its end; one that breaks off counts as none. */
  async #whole(answer: HttpAnswer, limit: number, ask: Ask): Promise<Uint8Array> {
    try {
      return await readUpTo(answer.body, limit, `answer of ${this.registry}`);
    } catch (cause) {
      if (cause instanceof ImageError) throw cause;
      ask.signal?.throwIfAborted();
      throw unreachable({ method: ask.method, url: new URL(ask.path, this.#session.base) }, cause);
    }
  }

  async #reading<T>(
    signal: AbortSignal | undefined,
    act: (session: Session) => Promise<T>,
  ): Promise<T> {
    return withRetries(this.#options.retry, signal, () => this.#first(act));
  }

  /** Mirrors in order, then the registry, whose error is the one that counts. */
  async #first<T>(act: (session: Session) => Promise<T>): Promise<T> {
    for (const mirror of this.#mirrors) {
      try {
        return await act(mirror);
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
      }
    }
    return act(this.#session);
  }

  #sessionAt(url: string, credentialHost: string): Session {
    const { auth, plainHttp = false } = this.#options;
    return new Session(new URL(url), credentialHost, this.repository, {
      http: this.#http,
      credentials: auth,
      plainHttp,
    });
  }

  #uploadOptions(signal: AbortSignal | undefined): UploadOptions {
    const { retry, chunkBytes = Number.POSITIVE_INFINITY } = this.#options;
    return { session: this.#session, repository: this.repository, retry, chunkBytes, signal };
  }

  #remember(digest: string, bytes: Uint8Array): void {
    this.#written.set(digest, bytes);
    const [oldest] = this.#written.keys();
    if (this.#written.size > 16 && oldest !== undefined) this.#written.delete(oldest);
  }
}

/** A tag or digest that is safe in a path. Throws `REFERENCE_INVALID`. */
function checkReference(reference: string): string {
  if (isDigest(reference) || isTag(reference)) return reference;
  throw new ImageError(
    "REFERENCE_INVALID",
    `read reference ${JSON.stringify(reference)}: neither a tag nor a digest`,
  );
}

function descriptorOf({ headers }: HttpAnswer, reference: string): Descriptor | undefined {
  const stated = headers.get("docker-content-digest") ?? (isDigest(reference) ? reference : "");
  const size = Number(headers.get("content-length") ?? Number.NaN);
  const mediaType = bareMediaType(headers.get("content-type") ?? "");
  if (!isDigest(stated) || !Number.isSafeInteger(size) || size <= 0 || !isDocumentType(mediaType))
    return undefined;
  if (isDigest(reference) && reference !== stated) {
    throw new ImageError(
      "DIGEST_MISMATCH",
      `find ${reference}: the registry has ${stated} in its place`,
    );
  }
  return { mediaType, digest: stated, size };
}

/** The bytes from `at` on, also where the registry sends the ones before them again. */
async function fromOffset(answer: HttpAnswer, at: number): Promise<AsyncIterator<Uint8Array>> {
  if (at === 0 || answer.status === 206) {
    if (answer.status === 206) checkRange(answer, at);
    return answer.body[Symbol.asyncIterator]();
  }
  return skipped(answer.body, at);
}

function checkRange(answer: HttpAnswer, at: number): void {
  const start = /^bytes (\d+)-/.exec(answer.headers.get("content-range") ?? "")?.[1];
  if (start !== undefined && Number(start) !== at) {
    throw unexpected(
      { method: "GET", url: new URL("about:blank") },
      answer.status,
      `bytes from ${start} where ${at} was asked for`,
    );
  }
}

async function* skipped(
  source: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const chunk of source) {
    if (chunk.length <= left) left -= chunk.length;
    else {
      yield chunk.subarray(left);
      left = 0;
    }
  }
}

/** RFC 8288: the next page, on the same host, or nobody could tell where credentials go. */
function nextPage(link: string | null, from: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? "")?.[1];
  if (target === undefined || !URL.canParse(target, from)) return undefined;
  const next = new URL(target, from);
  return next.origin === from.origin && next.href !== from.href ? next : undefined;
}
