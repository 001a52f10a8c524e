import type { RegistryErrorCode } from "../error.ts";
import { ImageError } from "../error.ts";
import { parseJson, readUpTo } from "../read-document.ts";
import type { Credentials } from "./auth.ts";
import { RegistryError, unreachable } from "./error.ts";
import type { Http, HttpAnswer } from "./http.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { type Ask, Session } from "./session.ts";

/** Docker Hub's name is not where its registry answers. */
const ADDRESSES: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/** Pages of a list; one that goes on beyond this has a ring in it. */
const MAX_PAGES = 100_000;
const MAX_LIST_BYTES = 16 * 1024 * 1024;

export interface EndpointsOptions {
  readonly registry: string;
  readonly repository: string;
  readonly http: Http;
  readonly auth: Credentials | undefined;
  readonly plainHttp: boolean;
  readonly mirrors: readonly string[];
  readonly retry: RetryOptions | undefined;
}

/** Where a repository can be asked: its registry, and mirrors that are asked before it when reading. */
export class Endpoints {
  /** The registry itself. */
  readonly session: Session;
  readonly options: EndpointsOptions;
  readonly #mirrors: readonly Session[];

  constructor(options: EndpointsOptions) {
    this.options = options;
    const { registry, plainHttp, mirrors } = options;
    const address = ADDRESSES[registry] ?? registry;
    this.session = this.#sessionAt(`${plainHttp ? "http" : "https"}://${address}`, registry);
    this.#mirrors = mirrors.map((mirror) => {
      const url = mirror.includes("://") ? mirror : `https://${mirror}`;
      return this.#sessionAt(url, new URL(url).host);
    });
  }

  /** Mirrors in order, then the registry, whose error is the one that counts. */
  async first<T>(act: (session: Session) => Promise<T>): Promise<T> {
    for (const mirror of this.#mirrors) {
      try {
        return await act(mirror);
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
      }
    }
    return act(this.session);
  }

  /** The same, again while that may help. */
  async reading<T>(
    signal: AbortSignal | undefined,
    act: (session: Session) => Promise<T>,
  ): Promise<T> {
    return withRetries(this.options.retry, signal, () => this.first(act));
  }

  /** A request to the registry, again while that may help. */
  async send(ask: Ask): Promise<HttpAnswer> {
    return withRetries(this.options.retry, ask.signal, () => this.session.send(ask));
  }

  /** Reads an answer to its end; one that breaks off counts as none. */
  async whole(answer: HttpAnswer, limit: number, ask: Ask): Promise<Uint8Array> {
    try {
      return await readUpTo(answer.body, limit, `answer of ${this.options.registry}`);
    } catch (cause) {
      if (cause instanceof ImageError) throw cause;
      ask.signal?.throwIfAborted();
      throw unreachable({ method: ask.method, url: new URL(ask.path, this.session.base) }, cause);
    }
  }

  /** A list in pages, each as JSON with its headers. */
  async *pages(
    first: string,
    ask: Pick<Ask, "headers" | "signal"> & { readonly missing: RegistryErrorCode },
  ): AsyncGenerator<{ value: unknown; headers: Headers }, void, undefined> {
    let path: string | URL | undefined = first;
    for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
      const request: Ask = { method: "GET", path, actions: ["pull"], ...ask };
      const { answer, bytes, base } = await this.reading(ask.signal, async (session) => {
        const answer = await session.send(request);
        return {
          answer,
          bytes: await this.whole(answer, MAX_LIST_BYTES, request),
          base: session.base,
        };
      });
      const value = parseJson(bytes, `${first} of ${this.options.registry}`);
      yield { value, headers: answer.headers };
      path = nextPage(answer.headers.get("link"), new URL(path, base));
    }
  }

  #sessionAt(url: string, credentialHost: string): Session {
    const { auth, plainHttp, http, repository } = this.options;
    const options = { http, credentials: auth, plainHttp };
    return new Session(new URL(url), credentialHost, repository, options);
  }
}

/** RFC 8288: the next page, on the same host, or nobody could tell where credentials go. */
function nextPage(link: string | null, from: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? "")?.[1];
  if (target === undefined || !URL.canParse(target, from)) return undefined;
  const next = new URL(target, from);
  return next.origin === from.origin && next.href !== from.href ? next : undefined;
}
