import { Verifier } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { ImageError } from "../error.ts";
import type { Content } from "../store.ts";
import { RegistryError, unexpected } from "./error.ts";
import type { HttpAnswer } from "./http.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { discard, type Session } from "./session.ts";

export interface UploadOptions {
  readonly session: Session;
  readonly repository: string;
  readonly retry: RetryOptions | undefined;
  /** Bytes a request may have; all that is left by default. */
  readonly chunkBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** An upload under way: where its next bytes go, and how many are there. */
interface Upload {
  readonly url: URL;
  readonly done: number;
}

/**
 * Uploads a blob whose digest is known (distribution-spec, pushing blobs). An upload whose connection
 * breaks goes on from where the registry says it is, or begins again where the registry cannot say.
 */
export async function uploadBlob(
  descriptor: Descriptor,
  content: Content,
  options: UploadOptions,
): Promise<void> {
  const { retry, signal } = options;
  let upload: Upload | undefined;
  await withRetries(retry, signal, async (progressed) => {
    try {
      const before = upload?.done ?? 0;
      upload = (upload && (await asked(upload, options))) ?? (await startUpload(options));
      if (upload.done > before) progressed();
      upload = await sendRest(upload, descriptor, content, options, (sent) => {
        upload = sent;
        progressed();
      });
      await finishUpload(upload, descriptor.digest, options);
    } catch (error) {
      // What the registry does not know (any more) is begun again.
      if (error instanceof RegistryError && [404, 416, 400].includes(error.status ?? 0)) {
        if (upload === undefined) throw error;
        upload = undefined;
        throw asRetryable(error);
      }
      throw error;
    }
  });
}

/** Uploads a blob whose digest comes out at the end; its bytes pass but once, so nothing is tried again. */
export async function uploadStream(
  content: AsyncIterable<Uint8Array>,
  digestOf: () => string,
  options: UploadOptions,
): Promise<void> {
  const upload = await startUpload(options);
  const answer = await options.session.send({
    method: "PATCH",
    path: upload.url,
    actions: ["pull", "push"],
    headers: { "content-type": "application/octet-stream" },
    body: () => ({ bytes: content, length: undefined }),
    signal: options.signal,
  });
  const next = await nextUpload(answer, upload.url, options);
  await finishUpload(next, digestOf(), options);
}

async function startUpload(options: UploadOptions): Promise<Upload> {
  const { session, repository, signal } = options;
  const answer = await session.send({
    method: "POST",
    path: `/v2/${repository}/blobs/uploads/`,
    actions: ["pull", "push"],
    headers: { "content-length": "0" },
    signal,
    missing: "NAME_UNKNOWN",
  });
  return { ...(await nextUpload(answer, session.base, options)), done: 0 };
}

/**
 * Asks how far an upload got whose connection broke; undefined where the registry has forgotten it, as
 * docker's own does when a request broke off in the middle.
 */
async function asked(upload: Upload, options: UploadOptions): Promise<Upload | undefined> {
  const answer = await options.session.send({
    method: "GET",
    path: upload.url,
    actions: ["pull", "push"],
    signal: options.signal,
    accept: [200, 202, 204, 400, 404, 416],
  });
  if (answer.status < 300) return nextUpload(answer, upload.url, options);
  await discard(answer);
  return undefined;
}

async function sendRest(
  start: Upload,
  descriptor: Descriptor,
  content: Content,
  options: UploadOptions,
  onSent: (upload: Upload) => void,
): Promise<Upload> {
  let upload = start;
  while (upload.done < descriptor.size) {
    const from = upload.done;
    const length = Math.min(options.chunkBytes, descriptor.size - from);
    const { url } = upload;
    const answer = await options.session.send({
      method: "PATCH",
      path: url,
      actions: ["pull", "push"],
      headers: {
        "content-type": "application/octet-stream",
        "content-range": `${from}-${from + length - 1}`,
      },
      body: () => ({ bytes: exactly(content(from), length, from, descriptor), length }),
      signal: options.signal,
      missing: "BLOB_UPLOAD_UNKNOWN",
    });
    upload = { ...(await nextUpload(answer, url, options)), done: from + length };
    onSent(upload);
  }
  return upload;
}

async function finishUpload(
  { url }: Upload,
  digest: string,
  options: UploadOptions,
): Promise<void> {
  const last = new URL(url);
  last.searchParams.set("digest", digest);
  const answer = await options.session.send({
    method: "PUT",
    path: last,
    actions: ["pull", "push"],
    headers: { "content-length": "0", "content-type": "application/octet-stream" },
    signal: options.signal,
    missing: "BLOB_UPLOAD_UNKNOWN",
  });
  await discard(answer);
}

async function nextUpload(
  answer: HttpAnswer,
  from: URL,
  { session }: UploadOptions,
): Promise<Upload> {
  await discard(answer);
  const location = answer.headers.get("location");
  const request = { method: "PATCH", url: from };
  if (location !== null && !URL.canParse(location, from)) {
    throw unexpected(request, answer.status, "an upload without an address");
  }
  const url = location === null ? from : new URL(location, from);
  // A proxy in front of the registry may not have told it that it is reached by https.
  if (url.host === session.base.host) url.protocol = session.base.protocol;
  const range = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.get("range") ?? "");
  // An empty upload is "0-0" in most registries, which would also be one of one byte: then that byte
  // is sent again, and its refusal (416) begins the upload anew.
  const last = Number(range?.[1] ?? 0);
  return { url, done: last === 0 ? 0 : last + 1 };
}

/** Just so many bytes of a source, which must have them; a whole blob is verified on its way out. */
async function* exactly(
  source: AsyncIterable<Uint8Array>,
  length: number,
  from: number,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array, void, undefined> {
  const verifier = from === 0 && length === descriptor.size ? new Verifier(descriptor) : undefined;
  let left = length;
  for await (const chunk of source) {
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
    verifier?.update(chunk);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0 && verifier === undefined) return;
  }
  verifier?.finish();
  if (left > 0) {
    throw new ImageError(
      "SIZE_MISMATCH",
      `upload ${descriptor.digest}: ${left} bytes fewer than its descriptor says`,
    );
  }
}

function asRetryable(error: RegistryError): RegistryError {
  const { request } = error;
  return new RegistryError(error.code, error.message, {
    request: { method: request.method, url: new URL(request.url) },
    status: error.status,
    diagnostics: error.diagnostics,
    retryable: true,
    cause: error,
  });
}
