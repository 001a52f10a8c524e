import { readUpTo } from "../read-document.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { answerError, RegistryError, unexpected, unreachable } from "./error.ts";
import type { Http, HttpAnswer, HttpRequest } from "./http.ts";

/** What convinces a registry. */
export type Credential =
  | { readonly username: string; readonly password: string }
  /** An identity token, which a token server exchanges for others. */
  | { readonly identityToken: string }
  /** A token the registry itself takes. */
  | { readonly token: string };

/** Looks credentials up: for a host with its port, and a repository on it. */
export type Credentials = (host: string, repository: string) => Promise<Credential | undefined>;

/** What a request wants to do with a repository, in the words of token servers. */
export type Action = "pull" | "push" | "delete";

/** Tokens are used until this long before they end, for clocks differ and requests take time. */
const MARGIN_MS = 10_000;

/** What token servers that give no time mean (docker's token specification). */
const DEFAULT_LIFETIME_S = 60;

const MAX_TOKEN_BYTES = 256 * 1024;

interface Authorization {
  readonly header: string;
  readonly until: number;
}

export interface AuthorizerOptions {
  readonly http: Http;
  readonly credentials: Credentials | undefined;
  /** Whether tokens may be asked for over plain http. */
  readonly plainHttp: boolean;
}

/**
 * Answers the challenges of one registry host for one repository. A header it makes goes to that host
 * only; the caller sees to that when it is redirected.
 */
export class Authorizer {
  readonly #host: string;
  readonly #repository: string;
  readonly #options: AuthorizerOptions;
  readonly #known = new Map<string, Promise<Authorization | undefined>>();
  #looked: Promise<Credential | undefined> | undefined;

  constructor(host: string, repository: string, options: AuthorizerOptions) {
    this.#host = host;
    this.#repository = repository;
    this.#options = options;
  }

  /** The header that convinced last time, so that most requests need only one round. */
  async header(
    actions: readonly Action[],
    extraScopes: readonly string[],
  ): Promise<string | undefined> {
    const key = [actions.join(), ...extraScopes].join(" ");
    const known = await this.#known.get(key)?.catch(() => undefined);
    if (known === undefined) return undefined;
    if (known.until > Date.now()) return known.header;
    this.#known.delete(key);
    return undefined;
  }

  /** A header for a challenge, or undefined where there is nothing (more) to offer. */
  async answer(
    challenged: HttpAnswer,
    request: HttpRequest,
    actions: readonly Action[],
    extraScopes: readonly string[],
  ): Promise<string | undefined> {
    const challenges = parseChallenges(challenged.headers.get("www-authenticate") ?? "");
    const key = [actions.join(), ...extraScopes].join(" ");
    // Several requests that are challenged at once share one token.
    const known = this.#known.get(key);
    if (known !== undefined) {
      const shared = (await known.catch(() => undefined))?.header;
      if (shared !== undefined && shared !== request.headers.authorization) return shared;
    }
    // Only the first to find it of no use asks again; the others wait for what it gets.
    let pending = this.#known.get(key);
    if (pending === undefined || pending === known) {
      const asked = this.#fresh(challenges, request, actions, extraScopes);
      asked.catch(() => this.#known.delete(key));
      this.#known.set(key, asked);
      pending = asked;
    }
    return (await pending)?.header;
  }

  async #fresh(
    challenges: readonly Challenge[],
    request: HttpRequest,
    actions: readonly Action[],
    extraScopes: readonly string[],
  ): Promise<Authorization | undefined> {
    this.#looked ??= this.#options.credentials?.(this.#host, this.#repository);
    const credential = await this.#looked;
    if (credential !== undefined && "token" in credential) {
      return lasting(`Bearer ${credential.token}`);
    }
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) return this.#token(bearer, request, actions, extraScopes, credential);
    const basic = challenges.some(({ scheme }) => scheme === "basic");
    if (basic && credential !== undefined && "username" in credential)
      return lasting(basicHeader(credential));
    return undefined;
  }

  async #token(
    { parameters }: Challenge,
    { signal, ...request }: HttpRequest,
    actions: readonly Action[],
    extraScopes: readonly string[],
    credential: Exclude<Credential, { token: string }> | undefined,
  ): Promise<Authorization> {
    const realm = parameters.get("realm");
    if (realm === undefined || !URL.canParse(realm))
      throw unexpected(request, 401, "a bearer challenge without a realm");
    const url = new URL(realm);
    const plain =
      url.protocol === "http:" && (this.#options.plainHttp || request.url.protocol === "http:");
    if (url.protocol !== "https:" && !plain) {
      throw unexpected(
        request,
        401,
        `its token server ${url.origin} would get credentials unencrypted`,
      );
    }
    const scopes = [
      ...new Set([
        ...(parameters.get("scope")?.split(" ") ?? []),
        ...(actions.length > 0 ? [`repository:${this.#repository}:${actions.join()}`] : []),
        ...extraScopes,
      ]),
    ];
    const service = parameters.get("service");
    const ask =
      credential !== undefined && "identityToken" in credential
        ? exchange(url, credential.identityToken, service, scopes)
        : get(url, credential, service, scopes);
    const answer = await this.#options.http({ ...ask, signal }).catch((cause) => {
      signal?.throwIfAborted();
      throw unreachable(ask, cause);
    });
    const text = new TextDecoder().decode(
      await readUpTo(answer.body, MAX_TOKEN_BYTES, `token of ${url.origin}`),
    );
    if (answer.status !== 200) throw answerError(ask, { ...answer, text }, "UNAUTHORIZED");
    return readToken(text, ask);
  }
}

type TokenRequest = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

function get(
  realm: URL,
  credential: { readonly username: string; readonly password: string } | undefined,
  service: string | undefined,
  scopes: readonly string[],
): TokenRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (credential !== undefined) url.searchParams.set("account", credential.username);
  const headers = credential === undefined ? {} : { authorization: basicHeader(credential) };
  return { method: "GET", url, headers: { accept: "application/json", ...headers } };
}

function exchange(
  url: URL,
  identityToken: string,
  service: string | undefined,
  scopes: readonly string[],
): TokenRequest {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: identityToken,
    client_id: "ocikit",
    service: service ?? "",
    scope: scopes.join(" "),
  });
  const bytes = new TextEncoder().encode(form.toString());
  return {
    method: "POST",
    url,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: { bytes, length: bytes.length },
  };
}

function readToken(text: string, request: TokenRequest): Authorization {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RegistryError(
      "UNEXPECTED_RESPONSE",
      `read token of ${request.url.origin}: not JSON`,
      { request, retryable: false, cause },
    );
  }
  const { token, access_token, expires_in, issued_at } = (value ?? {}) as Record<string, unknown>;
  const given = [token, access_token].find(
    (text): text is string => typeof text === "string" && text !== "",
  );
  // What stands in a header must not be able to end it and begin another.
  if (given === undefined || !/^[\x21-\x7e]+$/.test(given)) {
    throw unexpected(request, 200, "no token in the token server's answer");
  }
  const lifetime =
    typeof expires_in === "number" && expires_in > 0 ? expires_in : DEFAULT_LIFETIME_S;
  const issued = typeof issued_at === "string" ? Date.parse(issued_at) : Number.NaN;
  // A server's clock may be ahead; a token cannot have been given later than now.
  const from = Number.isNaN(issued) ? Date.now() : Math.min(issued, Date.now());
  return { header: `Bearer ${given}`, until: from + lifetime * 1000 - MARGIN_MS };
}

function lasting(header: string): Authorization {
  return { header, until: Number.POSITIVE_INFINITY };
}

export function basicHeader({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
