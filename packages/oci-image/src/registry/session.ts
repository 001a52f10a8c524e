import { ImageError, type RegistryErrorCode } from "../error.ts";
import { MediaType } from "../media-type.ts";
import { readUpTo } from "../read-document.ts";
import { type Action, Authorizer, type AuthorizerOptions } from "./auth.ts";
import { answerError, MAX_ERROR_BYTES, unexpected, unreachable } from "./error.ts";
import type { HttpAnswer, HttpBody, HttpRequest } from "./http.ts";

/** A request to a registry before anybody thought of credentials. */
export interface Ask {
  readonly method: string;
  /** Below /v2/, or a whole address the registry gave. */
  readonly path: string | URL;
  readonly actions: readonly Action[];
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Made anew for each try, since a stream can be sent but once. */
  readonly body?: (() => HttpBody) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Scopes of other repositories, for mounting from them. */
  readonly extraScopes?: readonly string[] | undefined;
  /** What a 404 without a code means. */
  readonly missing?: RegistryErrorCode | undefined;
  /** Statuses that are answers; others become errors. 2xx by default. */
  readonly accept?: readonly number[] | undefined;
}

/** Documents a client can read; without this header, registries answer in docker's oldest form. */
export const ACCEPT_DOCUMENTS: string = [
  MediaType.index,
  MediaType.manifest,
  MediaType.dockerIndex,
  MediaType.dockerManifest,
].join(", ");

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Requests to one host about one repository: with credentials where asked, through redirects. */
export class Session {
  readonly base: URL;
  readonly #options: AuthorizerOptions;
  readonly #authorizer: Authorizer;

  constructor(base: URL, credentialHost: string, repository: string, options: AuthorizerOptions) {
    this.base = base;
    this.#options = options;
    this.#authorizer = new Authorizer(credentialHost, repository, options);
  }

  /** Throws `RegistryError` for anything but an accepted answer. */
  async send(ask: Ask): Promise<HttpAnswer> {
    const { answer, request } = await this.#authorized(ask);
    const { status } = answer;
    if (ask.accept?.includes(status) ?? (status >= 200 && status < 300)) return answer;
    const text = new TextDecoder().decode(await readError(answer));
    throw answerError(request, { ...answer, text }, ask.missing ?? "UNEXPECTED_RESPONSE");
  }

  /** Sends, and once more with credentials where the registry wants some. */
  async #authorized(ask: Ask): Promise<{ answer: HttpAnswer; request: HttpRequest }> {
    const url = ask.path instanceof URL ? ask.path : new URL(ask.path, this.base);
    const scopes = ask.extraScopes ?? [];
    // An address the registry gave may lead to a storage server, which gets no credentials.
    const own = url.origin === this.base.origin;
    const known = own ? await this.#authorizer.header(ask.actions, scopes) : undefined;
    const first = await this.#redirected(ask, url, known);
    if (!own || first.answer.status !== 401 || first.request.url.origin !== this.base.origin)
      return first;
    // Read to its end first: its connection must not stay open whatever comes of the challenge.
    const text = await readError(first.answer);
    const { request } = first;
    const answer: HttpAnswer = { ...first.answer, body: once(text) };
    const header = await this.#authorizer.answer(answer, request, ask.actions, scopes);
    if (header === undefined || header === known) return { answer, request };
    return this.#redirected(ask, url, header);
  }

  async #redirected(
    ask: Ask,
    start: URL,
    authorization: string | undefined,
  ): Promise<{ answer: HttpAnswer; request: HttpRequest }> {
    let url = start;
    for (let hop = 0; ; hop++) {
      // Credentials are for the registry; where it sends us on to, its own signature is in the address.
      const mine = authorization !== undefined && url.origin === this.base.origin;
      const request: HttpRequest = {
        method: ask.method,
        url,
        headers: { "user-agent": "ocikit", ...ask.headers, ...(mine ? { authorization } : {}) },
        body: ask.body?.(),
        signal: ask.signal,
      };
      const answer = await this.#options.http(request).catch((cause) => {
        ask.signal?.throwIfAborted();
        // What was to be sent was wrong: that is no fault of the network.
        throw cause instanceof ImageError ? cause : unreachable(request, cause);
      });
      const location = answer.headers.get("location");
      if (!REDIRECTS.has(answer.status) || location === null) return { answer, request };
      await discard(answer);
      if (hop >= MAX_REDIRECTS)
        throw unexpected(request, answer.status, `more than ${MAX_REDIRECTS} redirects`);
      if (!URL.canParse(location, url))
        throw unexpected(request, answer.status, "a redirect to no address");
      const next = new URL(location, url);
      if (next.protocol !== "https:" && !(next.protocol === "http:" && url.protocol === "http:")) {
        throw unexpected(
          request,
          answer.status,
          `a redirect from ${url.protocol} to ${next.protocol}`,
        );
      }
      url = next;
    }
  }
}

/** Reads an answer nobody needs, so that its connection can be used again; not more than an error's worth. */
export async function discard(answer: HttpAnswer): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of answer.body) {
      size += chunk.length;
      if (size > MAX_ERROR_BYTES) return;
    }
  } catch {
    // The answer was complete as far as anybody wanted it; a connection that breaks now breaks nothing.
  }
}

async function readError(answer: HttpAnswer): Promise<Uint8Array> {
  try {
    return await readUpTo(answer.body, MAX_ERROR_BYTES, "error answer");
  } catch {
    // Too long or broken off: the status alone is told.
    return new Uint8Array();
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
