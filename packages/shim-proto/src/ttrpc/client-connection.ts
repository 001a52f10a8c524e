import type { Duplex } from "node:stream";
import {
  type CallOptions,
  type Client,
  createClient,
  fromCodeNumber,
  limitCall,
  Metadata,
  type MetadataInit,
  type Method,
  RpcError,
  type ServiceDefinition,
  type Transport,
} from "@ocikit/rpc";
import { Connection } from "./connection.ts";
import {
  decodeResponse,
  encodeRequestTail,
  encodeRoute,
  payloadHeadLength,
  type StatusEnvelope,
  writeRequestPayloadHead,
} from "./envelope.ts";
import { frameFlag, frameType, maxDataLength } from "./frame.ts";
import { MessageQueue } from "./message-queue.ts";

export interface ClientConnectionOptions {
  /** Words sent with every call, behind them those of the call itself. */
  readonly metadata?: MetadataInit | undefined;
  /** What the other end is called in errors: its address. */
  readonly name?: string | undefined;
}

/** A call whose answer has not come. */
interface Pending {
  frame(type: number, flags: number, data: Uint8Array, start: number, end: number): void;
  fail(error: RpcError): void;
}

const noBytes = new Uint8Array(0);
const lastStreamId = 0xffffffff;

// A method's name in bytes, made once: every call of it begins with them.
const routes = new WeakMap<Method, Uint8Array>();

function routeOf(method: Method): Uint8Array {
  let route = routes.get(method);
  if (route === undefined) {
    route = encodeRoute(method.service, method.name);
    routes.set(method, route);
  }
  return route;
}

/**
 * The client's end of a ttrpc connection. Calls may overlap; each is a stream of its own.
 *
 * ttrpc can't cancel: a call given up here ends for the caller, and what the server still sends for it is passed over.
 * Once the connection is closed every call fails with UNAVAILABLE; a new connection is a new object.
 */
export class ClientConnection implements Transport, AsyncDisposable {
  readonly #connection: Connection;
  readonly #pending = new Map<number, Pending>();
  readonly #metadata: Metadata | undefined;
  readonly #ownTail: Uint8Array;
  readonly #name: string;
  #nextId = 1;
  #closedBy: Error | undefined;
  #whenClosed: PromiseWithResolvers | undefined;

  constructor(stream: Duplex, options: ClientConnectionOptions = {}) {
    this.#metadata = options.metadata === undefined ? undefined : new Metadata(options.metadata);
    this.#ownTail = encodeRequestTail(0n, this.#metadata);
    this.#name = options.name ?? "the server";
    this.#connection = new Connection(
      stream,
      {
        frame: (streamId, type, flags, data, start, end) => {
          // A stream that is not pending was given up here; its answer may still come.
          this.#pending.get(streamId)?.frame(type, flags, data, start, end);
        },
        oversized: (streamId, _type, length) => {
          const error = new RpcError("RESOURCE_EXHAUSTED", tooLong("answer", length));
          this.#pending.get(streamId)?.fail(error);
        },
        closed: (error) => this.#over(error),
      },
      { readsWhenBlocked: true },
    );
  }

  /** A client of one of the server's services. */
  client<Service extends ServiceDefinition>(service: Service): Client<Service> {
    return createClient(service, this);
  }

  /** Whether calls can still be made. */
  get closed(): boolean {
    return this.#connection.closed;
  }

  /** How many calls wait for an answer. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Resolves when the connection is closed, by whichever side, with what broke it if something did. */
  get whenClosed(): Promise<Error | undefined> {
    this.#whenClosed ??= withResolvers();
    if (this.closed) this.#whenClosed.resolve(this.#closedBy);
    return this.#whenClosed.promise;
  }

  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const payload = method.requestType.encode(request).finish();
      const tail = this.#tail(options);
      const send = (): void => {
        const streamId = this.#open(method, frameType.request, 0, payload, tail, false);
        const settle = (): void => {
          this.#pending.delete(streamId);
          release();
        };
        const fail = (error: unknown): void => {
          settle();
          reject(RpcError.from(error, method.path));
        };
        this.#pending.set(streamId, {
          fail,
          frame: (type, _flags, data, start, end) => {
            try {
              if (type !== frameType.response) throw unexpected(type);
              const { status, payload } = decodeResponse(data, start, end);
              if (status !== undefined) throw toError(status, method);
              const response = method.responseType.decode(payload);
              settle();
              resolve(response);
            } catch (error) {
              fail(asUnreadable(error));
            }
          },
        });
        const release = limitCall(options, method.path, fail);
      };
      const attempt = (): void => {
        try {
          this.#checkOpen(method);
          send();
        } catch (error) {
          reject(RpcError.from(error, method.path));
        }
      };
      if (options.signal?.aborted === true) limitCall(options, method.path, reject);
      else if (this.#connection.blocked) void this.#connection.writable().then(attempt);
      else attempt();
    });
  }

  async *stream<Request, Response>(
    method: Method<Request, Response>,
    requests: Iterable<Request> | AsyncIterable<Request>,
    options: CallOptions,
  ): AsyncGenerator<Response, void, undefined> {
    if (options.signal?.aborted === true) {
      await new Promise((_, reject) => limitCall(options, method.path, reject));
    }
    await this.#connection.writable();
    this.#checkOpen(method);

    const clientStreams = method.kind === "clientStreaming" || method.kind === "bidiStreaming";
    const first = clientStreams ? noBytes : await encodeOnly(requests, method);
    const flags = clientStreams ? frameFlag.remoteOpen : frameFlag.remoteClosed;
    const tail = this.#tail(options);
    const streamId = this.#open(method, frameType.request, flags, first, tail, !clientStreams);

    const queue = new MessageQueue({
      hold: () => this.#connection.hold(),
      stalled: () =>
        fail(new RpcError("RESOURCE_EXHAUSTED", "the stream was left full by its reader")),
    });
    const fail = (error: RpcError): void => {
      this.#pending.delete(streamId);
      queue.end(RpcError.from(error, method.path));
    };
    this.#pending.set(streamId, {
      fail,
      frame: (type, frameFlags, data, start, end) => {
        try {
          this.#streamFrame(method, queue, streamId, type, frameFlags, data, start, end);
        } catch (error) {
          fail(RpcError.from(asUnreadable(error), method.path));
        }
      },
    });
    const release = limitCall(options, method.path, fail);
    if (clientStreams) {
      void this.#sendAll(method, streamId, requests).catch((error: unknown) =>
        fail(RpcError.from(error, method.path)),
      );
    }
    try {
      for await (const data of queue.read()) yield method.responseType.decode(data);
    } catch (error) {
      throw RpcError.from(asUnreadable(error), method.path);
    } finally {
      release();
      this.#pending.delete(streamId);
      queue.discard();
    }
  }

  /** Closes the connection; calls that wait fail with UNAVAILABLE. Closing twice is harmless. */
  close(): void {
    this.#connection.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** Lets the process end although the connection is open. */
  unref(): void {
    this.#connection.unref();
  }

  /** What arrives on a stream: data until the end, or a response that ends it. */
  #streamFrame(
    method: Method,
    queue: MessageQueue,
    streamId: number,
    type: number,
    flags: number,
    data: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (type === frameType.response) {
      const { status, payload } = decodeResponse(data, start, end);
      if (status !== undefined) throw toError(status, method);
      // The one answer of a method that has one. Of a stream it is the last message, when there is a message in it.
      if (method.kind === "clientStreaming" || payload.length > 0) queue.push(payload);
      this.#pending.delete(streamId);
      queue.end();
      return;
    }
    if (type !== frameType.data) throw unexpected(type);
    if (method.kind === "clientStreaming") throw unexpected(type);
    if ((flags & frameFlag.noData) === 0) queue.push(data.slice(start, end));
    if ((flags & frameFlag.remoteClosed) !== 0) {
      this.#pending.delete(streamId);
      queue.end();
    }
  }

  async #sendAll<Request>(
    method: Method<Request>,
    streamId: number,
    requests: Iterable<Request> | AsyncIterable<Request>,
  ): Promise<void> {
    for await (const request of requests) {
      if (!this.#pending.has(streamId)) return;
      const data = method.requestType.encode(request).finish();
      checkLength(data.length, method);
      this.#connection.send(streamId, frameType.data, 0, 0, undefined, data);
      if (this.#connection.blocked) await this.#connection.writable();
    }
    if (!this.#pending.has(streamId)) return;
    // Apart from the last message: Go refuses data in the frame that closes.
    const flags = frameFlag.remoteClosed | frameFlag.noData;
    this.#connection.send(streamId, frameType.data, flags, 0, undefined, noBytes);
  }

  /** Sends the frame that opens a stream. Returns the stream's id. */
  #open(
    method: Method,
    type: number,
    flags: number,
    payload: Uint8Array,
    tail: Uint8Array,
    keepEmpty: boolean,
  ): number {
    const route = routeOf(method);
    // An empty message is an absent field, but Go takes a stream whose request is absent for one whose request will come.
    const present = payload.length > 0 || keepEmpty;
    const headLength = route.length + (present ? payloadHeadLength(payload.length) : 0);
    checkLength(headLength + payload.length + tail.length, method);
    const streamId = this.#nextId;
    if (streamId > lastStreamId) {
      throw new RpcError("UNAVAILABLE", "the connection has used up its stream ids", {
        method: method.path,
      });
    }
    this.#nextId += 2;
    this.#connection.send(
      streamId,
      type,
      flags,
      headLength,
      (into, at) => {
        into.set(route, at);
        if (present) writeRequestPayloadHead(into, at + route.length, payload.length);
      },
      payload,
      tail,
    );
    return streamId;
  }

  #tail({ timeoutMs, metadata }: CallOptions): Uint8Array {
    if (timeoutMs === undefined && metadata === undefined) return this.#ownTail;
    let words = this.#metadata;
    if (metadata !== undefined) {
      words = new Metadata(words);
      for (const [key, value] of new Metadata(metadata)) words.append(key, value);
    }
    return encodeRequestTail(toNanoseconds(timeoutMs), words);
  }

  #checkOpen(method: Method): void {
    if (!this.#connection.closed) return;
    throw this.#unavailable(method.path);
  }

  #unavailable(method?: string): RpcError {
    const cause = this.#closedBy;
    const why = cause === undefined ? "" : `: ${cause.message}`;
    return new RpcError("UNAVAILABLE", `connection to ${this.#name} is closed${why}`, {
      method,
      cause,
    });
  }

  #over(error: Error | undefined): void {
    this.#closedBy = error;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of waiting) call.fail(this.#unavailable());
    this.#whenClosed?.resolve(error);
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<Error | undefined>;
  readonly resolve: (error: Error | undefined) => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve: (error: Error | undefined) => void = () => {};
  const promise = new Promise<Error | undefined>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function toNanoseconds(timeoutMs: number | undefined): bigint {
  // An endless deadline is none; one that is over still has to say so.
  if (timeoutMs === undefined || timeoutMs >= Number.MAX_SAFE_INTEGER / 1e6) return 0n;
  return BigInt(Math.max(1, Math.round(timeoutMs * 1e6)));
}

function toError({ code, message, details }: StatusEnvelope, method: Method): RpcError {
  return new RpcError(fromCodeNumber(code), message, { method: method.path, details });
}

function unexpected(type: number): RpcError {
  return new RpcError("INTERNAL", `the server sent a frame of type ${type}`);
}

/** An answer that can't be read is the server's fault, not an unknown one. */
function asUnreadable(error: unknown): unknown {
  if (error instanceof RpcError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RpcError("INTERNAL", `the answer can't be read: ${message}`, { cause: error });
}

function checkLength(length: number, method: Method): void {
  if (length <= maxDataLength) return;
  throw new RpcError("RESOURCE_EXHAUSTED", tooLong("request", length), { method: method.path });
}

/** The sentence of both ends for a message over the limit. */
export function tooLong(what: string, length: number): string {
  return `the ${what} has ${length} bytes, ${maxDataLength} are allowed`;
}

async function encodeOnly<Request>(
  requests: Iterable<Request> | AsyncIterable<Request>,
  method: Method<Request>,
): Promise<Uint8Array> {
  for await (const request of requests) return method.requestType.encode(request).finish();
  return noBytes;
}
