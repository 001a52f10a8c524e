import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import type { Http, HttpAnswer, HttpRequest } from "./http.ts";

export interface NodeHttpOptions {
  /** Certificates of authorities in PEM, beside the ones Node trusts. */
  readonly ca?: readonly string[] | undefined;
  /** Certificate and key of this client, in PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Milliseconds without a byte in either direction after which a connection is given up. */
  readonly idleTimeoutMs?: number | undefined;
  /** Connections to one host at a time. */
  readonly maxConnections?: number | undefined;
}

const IDLE_TIMEOUT_MS = 60_000;

/**
 * Requests by Node's own client, since its fetch knows neither further authorities nor client
 * certificates, and cannot say how long a body is that it streams.
 */
export function nodeHttp(options: NodeHttpOptions = {}): Http {
  const { idleTimeoutMs = IDLE_TIMEOUT_MS, maxConnections = 16 } = options;
  const common = { keepAlive: true, maxSockets: maxConnections };
  const plain = new http.Agent(common);
  const secure = new https.Agent({
    ...common,
    ...(options.ca === undefined ? {} : { ca: [...systemAuthorities(), ...options.ca] }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
  });
  return (request) =>
    send(
      request,
      idleTimeoutMs,
      request.url.protocol === "https:" ? [https.request, secure] : [http.request, plain],
    );
}

/** The client a registry uses when it is given none. */
export function defaultHttp(): Http {
  shared ??= nodeHttp();
  return shared;
}

let shared: Http | undefined;

/** Giving an agent authorities replaces the ones Node comes with, so they are named again. */
function systemAuthorities(): readonly string[] {
  return tls.rootCertificates;
}

type Way = readonly [typeof http.request, http.Agent];

async function send(
  request: HttpRequest,
  idleTimeoutMs: number,
  [open, agent]: Way,
): Promise<HttpAnswer> {
  const { method, url, headers, body, signal } = request;
  signal?.throwIfAborted();
  const length =
    body?.length ?? (body?.bytes instanceof Uint8Array ? body.bytes.length : undefined);
  const outgoing = open(url, {
    method,
    agent,
    headers: { ...headers, ...(length === undefined ? {} : { "content-length": String(length) }) },
    ...(signal === undefined ? {} : { signal }),
  });
  outgoing.setTimeout(idleTimeoutMs, () =>
    outgoing.destroy(new Error(`nothing came for ${idleTimeoutMs} ms`)),
  );
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
  });
  // Who is refused early (401, 413) stops sending; that this breaks the upload is no news then.
  const sending = sendBody(outgoing, body?.bytes).catch((cause) =>
    outgoing.destroy(asError(cause)),
  );
  let incoming: http.IncomingMessage;
  try {
    incoming = await answered;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  if (outgoing.writableEnded) await sending;
  return {
    status: incoming.statusCode ?? 0,
    headers: headersOf(incoming),
    body: chunks(incoming, signal),
  };
}

async function sendBody(
  outgoing: http.ClientRequest,
  bytes: Uint8Array | AsyncIterable<Uint8Array> | undefined,
): Promise<void> {
  if (bytes !== undefined && !(bytes instanceof Uint8Array)) {
    for await (const chunk of bytes) {
      if (outgoing.destroyed || outgoing.writableEnded) return;
      if (!outgoing.write(chunk)) await flushed(outgoing);
    }
    outgoing.end();
  } else outgoing.end(bytes);
}

function flushed(outgoing: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}

async function* chunks(
  incoming: http.IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) yield chunk;
    // A connection that ends before the length it announced is an end to Node's iterator.
    if (!incoming.complete) throw new Error("the connection broke before the answer was whole");
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    incoming.destroy();
  }
}

function headersOf(incoming: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] ?? "", incoming.rawHeaders[i + 1] ?? "");
  }
  return headers;
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
