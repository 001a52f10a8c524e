/** A request as the registry client makes it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of a request, or where they come from; the length where it is known. */
export interface HttpBody {
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>;
  readonly length: number | undefined;
}

/** An answer, whose body must be read or cancelled (by `return` of its iterator). */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends one request and does nothing else: it follows no redirect and knows no credentials. Rejects
 * where no answer comes.
 */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;
