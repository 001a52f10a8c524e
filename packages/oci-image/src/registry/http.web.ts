import type { Http } from "./http.ts";

/** Requests by fetch. Browsers follow redirects themselves and keep credentials from strangers. */
export function defaultHttp(fetchFunction: typeof fetch = fetch): Http {
  return async ({ method, url, headers, body, signal }) => {
    const bytes = body === undefined ? undefined : await whole(body.bytes);
    const response = await fetchFunction(url, {
      method,
      headers,
      redirect: "follow",
      ...(bytes === undefined ? {} : { body: bytes as Uint8Array<ArrayBuffer> }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, headers: response.headers, body: chunks(response.body) };
  };
}

/** Browsers cannot send a stream over HTTP/1. */
async function whole(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of bytes) parts.push(part.slice());
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function* chunks(
  stream: ReadableStream<Uint8Array> | null,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream?.getReader();
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
