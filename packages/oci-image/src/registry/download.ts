import { isDigestReference } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { ImageError } from "../error.ts";
import { isDocumentType, isForeignLayer } from "../media-type.ts";
import { isTag } from "../reference.ts";
import type { Endpoints } from "./endpoints.ts";
import { isNotFound, unexpected, unreachable } from "./error.ts";
import type { HttpAnswer } from "./http.ts";
import { withRetries } from "./retry.ts";
import { ACCEPT_DOCUMENTS, type Ask, Session } from "./session.ts";

/**
 * Bytes of a blob or document from `offset` on. A stream that breaks is opened again where it broke, as
 * long as each try brings some bytes.
 */
export async function* download(
  endpoints: Endpoints,
  descriptor: Descriptor,
  offset: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { retry } = endpoints.options;
  const path = contentPath(endpoints.options.repository, descriptor);
  let at = offset;
  let chunks: AsyncIterator<Uint8Array> | undefined;
  try {
    while (at < descriptor.size || chunks === undefined) {
      const next: IteratorResult<Uint8Array, unknown> = await withRetries(
        retry,
        signal,
        async () => {
          chunks ??= await open(endpoints, path, descriptor, at, signal);
          try {
            return await chunks.next();
          } catch (cause) {
            chunks = undefined;
            signal?.throwIfAborted();
            throw unreachable({ method: "GET", url: new URL(path, endpoints.session.base) }, cause);
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

/** Where a registry keeps bytes: documents and blobs stand apart. */
export function contentPath(repository: string, { mediaType, digest }: Descriptor): string {
  const kind = isDocumentType(mediaType) ? "manifests" : "blobs";
  return `/v2/${repository}/${kind}/${checkReference(digest)}`;
}

/** A tag or digest that is safe in a path. Throws `REFERENCE_INVALID`. */
export function checkReference(reference: string): string {
  if (isDigestReference(reference) || isTag(reference)) return reference;
  throw new ImageError(
    "REFERENCE_INVALID",
    `read reference ${JSON.stringify(reference)}: neither a tag nor a digest`,
  );
}

async function open(
  endpoints: Endpoints,
  path: string,
  descriptor: Descriptor,
  at: number,
  signal: AbortSignal | undefined,
): Promise<AsyncIterator<Uint8Array>> {
  const document = isDocumentType(descriptor.mediaType);
  const ask: Ask = {
    method: "GET",
    path,
    actions: ["pull"],
    headers: { ...(document ? { accept: ACCEPT_DOCUMENTS } : {}), ...rangeFrom(at) },
    signal,
    missing: document ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN",
  };
  try {
    return await endpoints.first(async (session) => fromOffset(await session.send(ask), at));
  } catch (error) {
    const foreign = isForeignLayer(descriptor.mediaType) && isNotFound(error);
    const found = foreign ? await openForeign(endpoints, descriptor, at, signal) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/** The vendor's own server, which is nobody's registry: it never gets credentials (CVE-2020-15157). */
async function openForeign(
  { options }: Endpoints,
  { urls = [] }: Descriptor,
  at: number,
  signal: AbortSignal | undefined,
): Promise<AsyncIterator<Uint8Array> | undefined> {
  const { http, plainHttp, repository } = options;
  const url = urls
    .filter((text) => URL.canParse(text))
    .map((text) => new URL(text))
    .find(({ protocol }) => protocol === "https:" || (protocol === "http:" && plainHttp));
  if (url === undefined) return undefined;
  const nobody = { http, credentials: undefined, plainHttp: false };
  const answer = await new Session(url, url.host, repository, nobody).send({
    method: "GET",
    path: url,
    actions: ["pull"],
    headers: rangeFrom(at),
    signal,
    missing: "BLOB_UNKNOWN",
  });
  return fromOffset(answer, at);
}

function rangeFrom(at: number): Record<string, string> {
  return at > 0 ? { range: `bytes=${at}-` } : {};
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
