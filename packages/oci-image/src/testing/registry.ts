import { type Digest, digestOf, isDigest } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { MediaType } from "../media-type.ts";
import type { Http, HttpAnswer, HttpBody, HttpRequest } from "../registry/http.ts";
import { addReferrer } from "../registry/referrers.ts";
import { concat } from "../tar/pax.ts";

export interface MemoryRegistryOptions {
  /** Whether it lists referrers itself; true by default. */
  readonly referrersApi?: boolean | undefined;
  /** User and password it wants, and how they are to be shown. */
  readonly auth?:
    | { readonly scheme: "basic" | "bearer"; readonly username: string; readonly password: string }
    | undefined;
  /** Tags of a page; all in one by default. */
  readonly pageSize?: number | undefined;
  /** Answers in its place, for faults: undefined lets the request through. */
  readonly intercept?:
    | ((request: HttpRequest) => HttpAnswer | undefined | Promise<HttpAnswer | undefined>)
    | undefined;
}

interface Repository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, { readonly bytes: Uint8Array; readonly mediaType: string }>;
  readonly tags: Map<string, string>;
  readonly uploads: Map<string, Uint8Array>;
  readonly referrers: Map<string, Descriptor[]>;
}

/**
 * A registry in memory, for tests without a network: distribution-spec 1.1 as an `Http`, to be given
 * to `Registry`. Every host is this registry; a token server stands at `/token` of any.
 */
export class MemoryRegistry {
  /** Requests in the order they came. */
  readonly requests: HttpRequest[] = [];
  readonly #repositories = new Map<string, Repository>();
  readonly #options: MemoryRegistryOptions;
  #count = 0;

  constructor(options: MemoryRegistryOptions = {}) {
    this.#options = options;
  }

  /** The way to it. */
  readonly http: Http = async (request) => {
    this.requests.push(request);
    request.signal?.throwIfAborted();
    const instead = await this.#options.intercept?.(request);
    if (instead !== undefined) return instead;
    if (request.url.pathname === "/token") return this.#token(request);
    return this.#refusal(request) ?? this.#route(request);
  };

  #token({ headers }: HttpRequest): HttpAnswer {
    const { auth } = this.#options;
    const expected = auth && `Basic ${btoa(`${auth.username}:${auth.password}`)}`;
    if (expected !== headers.authorization) return failure(401, "UNAUTHORIZED");
    return json(200, { token: `token-${++this.#count}`, expires_in: 300 });
  }

  #refusal({ url, headers }: HttpRequest): HttpAnswer | undefined {
    const { auth } = this.#options;
    if (auth === undefined) return undefined;
    const given = headers.authorization ?? "";
    if (auth.scheme === "basic") {
      if (given === `Basic ${btoa(`${auth.username}:${auth.password}`)}`) return undefined;
      return failure(401, "UNAUTHORIZED", { "www-authenticate": 'Basic realm="memory"' });
    }
    if (/^Bearer token-\d+$/.test(given)) return undefined;
    const challenge = `Bearer realm="${url.origin}/token",service="memory"`;
    return failure(401, "UNAUTHORIZED", { "www-authenticate": challenge });
  }

  async #route(request: HttpRequest): Promise<HttpAnswer> {
    const { pathname } = request.url;
    if (pathname === "/v2/") return answer(200);
    const match = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/([^/]*)$/.exec(
      pathname,
    );
    if (match === null) return failure(404, "NAME_UNKNOWN");
    const [, name = "", kind, last = ""] = match;
    const repository = this.#repository(name);
    switch (kind) {
      case "tags":
        return this.#tags(request, name, repository);
      case "referrers":
        return this.#referrers(request, repository, last);
      case "manifests":
        return this.#manifest(request, repository, last);
      case "blobs":
        return blob(request, repository, last);
      default:
        return this.#upload(request, name, repository, last);
    }
  }

  #tags({ url }: HttpRequest, name: string, { tags }: Repository): HttpAnswer {
    const { pageSize = Number.POSITIVE_INFINITY } = this.#options;
    const after = url.searchParams.get("last") ?? "";
    const rest = [...tags.keys()].sort().filter((tag) => tag > after);
    const page = rest.slice(0, pageSize);
    const next = `</v2/${name}/tags/list?last=${page.at(-1)}>; rel="next"`;
    return json(200, { name, tags: page }, rest.length > page.length ? { link: next } : {});
  }

  #referrers({ url }: HttpRequest, { referrers }: Repository, digest: string): HttpAnswer {
    if (this.#options.referrersApi === false) return failure(404, "");
    const type = url.searchParams.get("artifactType");
    const manifests = (referrers.get(digest) ?? []).filter(
      ({ artifactType }) => type === null || artifactType === type,
    );
    return json(
      200,
      { schemaVersion: 2, mediaType: MediaType.index, manifests },
      type === null ? {} : { "oci-filters-applied": "artifactType" },
    );
  }

  async #manifest(
    request: HttpRequest,
    repository: Repository,
    reference: string,
  ): Promise<HttpAnswer> {
    const { manifests, tags } = repository;
    const digest = tags.get(reference) ?? reference;
    if (request.method === "PUT") return this.#putManifest(request, repository, reference);
    const found = manifests.get(digest);
    if (found === undefined) return failure(404, "MANIFEST_UNKNOWN");
    if (request.method === "DELETE") {
      if (tags.delete(reference)) return answer(202);
      manifests.delete(digest);
      for (const [tag, target] of tags) if (target === digest) tags.delete(tag);
      for (const list of repository.referrers.values()) {
        const at = list.findIndex((entry) => entry.digest === digest);
        if (at !== -1) list.splice(at, 1);
      }
      return answer(202);
    }
    const headers = {
      "content-type": found.mediaType,
      "docker-content-digest": digest,
      "content-length": String(found.bytes.length),
    };
    return answer(200, headers, request.method === "HEAD" ? undefined : found.bytes);
  }

  async #putManifest(
    { headers, body }: HttpRequest,
    repository: Repository,
    reference: string,
  ): Promise<HttpAnswer> {
    const bytes = await received(body);
    const digest = digestOf(bytes);
    if (isDigest(reference) && reference !== digest) return failure(400, "DIGEST_INVALID");
    const mediaType = headers["content-type"] ?? "";
    for (const needed of pointedAt(bytes)) {
      if (!repository.blobs.has(needed) && !repository.manifests.has(needed))
        return failure(404, "MANIFEST_BLOB_UNKNOWN");
    }
    repository.manifests.set(digest, { bytes, mediaType });
    if (!isDigest(reference)) repository.tags.set(reference, digest);
    const referrer =
      this.#options.referrersApi === false ? undefined : addReferrer(mediaType, bytes);
    if (referrer === undefined) return answer(201, { "docker-content-digest": digest });
    const list = repository.referrers.get(referrer.subject) ?? [];
    repository.referrers.set(referrer.subject, [
      ...list.filter((entry) => entry.digest !== digest),
      referrer.descriptor,
    ]);
    return answer(201, { "docker-content-digest": digest, "oci-subject": referrer.subject });
  }

  async #upload(
    { method, url, headers, body }: HttpRequest,
    name: string,
    { blobs, uploads }: Repository,
    id: string,
  ): Promise<HttpAnswer> {
    const place = (own: string, length: number): Record<string, string> => ({
      location: `/v2/${name}/blobs/uploads/${own}`,
      range: `0-${Math.max(0, length - 1)}`,
    });
    if (method === "POST") {
      const wanted = url.searchParams.get("mount");
      const from = url.searchParams.get("from");
      const there = wanted && from ? this.#repository(from).blobs.get(wanted) : undefined;
      if (wanted && there !== undefined) {
        blobs.set(wanted, there);
        return answer(201, { location: `/v2/${name}/blobs/${wanted}` });
      }
      const own = String(++this.#count);
      uploads.set(own, new Uint8Array());
      return answer(202, place(own, 0));
    }
    const before = uploads.get(id);
    if (before === undefined) return failure(404, "BLOB_UPLOAD_UNKNOWN");
    if (method === "DELETE") uploads.delete(id);
    if (method === "GET" || method === "DELETE") return answer(204, place(id, before.length));
    const start = /^(\d+)-/.exec(headers["content-range"] ?? "")?.[1];
    if (start !== undefined && Number(start) !== before.length)
      return failure(416, "BLOB_UPLOAD_INVALID", place(id, before.length));
    // What came of a body that broke off stays, as on a disk.
    const bytes = await received(body, (part) =>
      uploads.set(id, concat([uploads.get(id) ?? before, part])),
    );
    if (method === "PATCH") return answer(202, place(id, before.length + bytes.length));
    const whole = uploads.get(id) ?? before;
    const digest = url.searchParams.get("digest") ?? "";
    if (!isDigest(digest) || digestOf(whole) !== digest) return failure(400, "DIGEST_INVALID");
    uploads.delete(id);
    blobs.set(digest, whole);
    return answer(201, { location: `/v2/${name}/blobs/${digest}` });
  }

  #repository(name: string): Repository {
    let repository = this.#repositories.get(name);
    if (repository === undefined) {
      repository = {
        blobs: new Map(),
        manifests: new Map(),
        tags: new Map(),
        uploads: new Map(),
        referrers: new Map(),
      };
      this.#repositories.set(name, repository);
    }
    return repository;
  }
}

function blob({ method, headers }: HttpRequest, { blobs }: Repository, digest: string): HttpAnswer {
  const bytes = blobs.get(digest);
  if (bytes === undefined) return failure(404, "BLOB_UNKNOWN");
  if (method === "DELETE") {
    blobs.delete(digest);
    return answer(202);
  }
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const part = bytes.subarray(from);
  const range: Record<string, string> =
    from > 0 ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
  const length = { "content-length": String(part.length), "docker-content-digest": digest };
  return answer(
    from > 0 ? 206 : 200,
    { ...range, ...length },
    method === "HEAD" ? undefined : part,
  );
}

/** Digests a manifest needs to be there. */
function pointedAt(bytes: Uint8Array): Digest[] {
  const { config, layers = [] } = JSON.parse(new TextDecoder().decode(bytes)) as {
    config?: Descriptor;
    layers?: Descriptor[];
  };
  return [...(config ? [config] : []), ...layers].map(({ digest }) => digest);
}

async function received(
  body: HttpBody | undefined,
  onPart?: (part: Uint8Array) => void,
): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  const parts: Uint8Array[] = [];
  if (body.bytes instanceof Uint8Array) parts.push(body.bytes);
  else for await (const part of body.bytes) parts.push(part.slice());
  for (const part of parts) onPart?.(part);
  return concat(parts);
}

/** An answer with these bytes. */
export function answer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  bytes?: Uint8Array,
): HttpAnswer {
  return {
    status,
    headers: new Headers(headers),
    body: (async function* () {
      if (bytes !== undefined && bytes.length > 0) yield bytes;
    })(),
  };
}

function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return answer(
    status,
    { "content-type": "application/json", ...headers },
    new TextEncoder().encode(JSON.stringify(value)),
  );
}

/** A registry's error answer. */
export function failure(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return json(
    status,
    code === "" ? {} : { errors: [{ code, message: code.toLowerCase().replaceAll("_", " ") }] },
    headers,
  );
}
