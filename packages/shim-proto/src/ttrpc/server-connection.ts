import type { Duplex } from "node:stream";
import {
  type MethodHandler,
  type Router,
  RpcError,
  ServerCall,
  type StreamHandler,
  startDeadline,
  toCodeNumber,
  type UnaryHandler,
} from "@ocikit/rpc";
import { tooLong } from "./client-connection.ts";
import { Connection } from "./connection.ts";
import {
  decodeRequest,
  encodeFailure,
  payloadHeadLength,
  type RequestEnvelope,
  writeResponsePayloadHead,
} from "./envelope.ts";
import { frameFlag, frameType, maxDataLength } from "./frame.ts";
import { MessageQueue } from "./message-queue.ts";

export interface ServerConnectionOptions {
  /** Most calls of one connection that may run at once; further ones fail with RESOURCE_EXHAUSTED. */
  readonly maxConcurrentCalls?: number | undefined;
  /** Hears of an error that was no RpcError: the caller gets its sentence alone. */
  readonly onHandlerError?: ((error: unknown, method: string) => void) | undefined;
}

/** A call that runs. */
interface Running {
  readonly call: ServerCall;
  /** Messages of a client that streams. */
  readonly queue?: MessageQueue;
  /** Ends the call for the caller; what the handler still answers is passed over. */
  end(error: RpcError): void;
}

const noBytes = new Uint8Array(0);
const defaultMaxCalls = 1 << 17;
const nothing = (): void => {};

/** The server's end of a ttrpc connection: answers calls with the handlers of a router. */
export class ServerConnection {
  readonly #connection: Connection;
  readonly #router: Router;
  readonly #options: ServerConnectionOptions;
  readonly #running = new Map<number, Running>();
  readonly #maxCalls: number;
  readonly #onClosed: () => void;
  #lastId = 0;
  #draining = false;

  constructor(
    stream: Duplex,
    router: Router,
    onClosed: () => void,
    options: ServerConnectionOptions = {},
  ) {
    this.#router = router;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#maxCalls = options.maxConcurrentCalls ?? defaultMaxCalls;
    this.#connection = new Connection(stream, {
      frame: (streamId, type, flags, data, start, end) =>
        this.#frame(streamId, type, flags, data, start, end),
      oversized: (streamId, _type, length) => this.#oversized(streamId, length),
      closed: () => this.#over(),
    });
  }

  /** How many calls run. */
  get running(): number {
    return this.#running.size;
  }

  /** Refuses new calls, lets those that run finish, then closes. */
  drain(): void {
    this.#draining = true;
    this.#endWhenIdle();
  }

  /** Closes at once; calls that run are aborted. */
  destroy(): void {
    this.#connection.destroy();
  }

  unref(): void {
    this.#connection.unref();
  }

  #frame(
    streamId: number,
    type: number,
    flags: number,
    data: Uint8Array,
    start: number,
    end: number,
  ): void {
    // Servers open no streams in this version of the protocol, so an even id has no meaning.
    if (streamId % 2 !== 1) {
      this.#refuse(streamId, "StreamID must be odd for client initiated streams");
    } else if (type === frameType.request) this.#request(streamId, flags, data, start, end);
    else if (type === frameType.data) this.#data(streamId, flags, data, start, end);
    // Any other type may be one of a later version, and is passed over.
  }

  #request(streamId: number, flags: number, data: Uint8Array, start: number, end: number): void {
    if (streamId <= this.#lastId) {
      this.#refuse(streamId, "StreamID cannot be re-used and must increment");
      return;
    }
    this.#lastId = streamId;
    let request: RequestEnvelope;
    let handler: MethodHandler;
    try {
      request = decodeRequest(data, start, end);
      handler = this.#router.find(request.service, request.method);
      this.#checkCapacity();
    } catch (error) {
      this.#fail(streamId, unreadable(error));
      return;
    }
    if (handler.kind === "unary") this.#unary(streamId, handler, request);
    else this.#stream(streamId, handler, request, flags);
  }

  #checkCapacity(): void {
    if (this.#draining) throw new RpcError("UNAVAILABLE", "the server is shutting down");
    if (this.#running.size >= this.#maxCalls) {
      throw new RpcError("RESOURCE_EXHAUSTED", `${this.#maxCalls} calls run on this connection`);
    }
  }

  #unary(streamId: number, handler: UnaryHandler, request: RequestEnvelope): void {
    const { call, stop } = this.#begin(streamId, handler.method.path, request);
    const succeed = (response: unknown): void => {
      if (call.aborted !== undefined) return;
      stop();
      try {
        this.#respond(streamId, handler.method.responseType.encode(response).finish());
      } catch (error) {
        this.#fail(streamId, this.#toRpcError(error, handler.method.path));
      }
      this.#finish(streamId);
    };
    const fail = (error: unknown): void => {
      if (call.aborted !== undefined) return;
      stop();
      this.#fail(streamId, this.#toRpcError(error, handler.method.path));
      this.#finish(streamId);
    };
    let message: unknown;
    try {
      message = handler.method.requestType.decode(request.payload);
    } catch (error) {
      fail(unreadable(error));
      return;
    }
    try {
      const response = handler.handle(message, call);
      if (isPromise(response)) response.then(succeed, fail);
      else succeed(response);
    } catch (error) {
      fail(error);
    }
  }

  #stream(streamId: number, handler: StreamHandler, request: RequestEnvelope, flags: number): void {
    const { method } = handler;
    const clientStreams = method.kind !== "serverStreaming";
    const queue = new MessageQueue({
      hold: () => this.#connection.hold(),
      stalled: () =>
        this.#running
          .get(streamId)
          ?.end(new RpcError("RESOURCE_EXHAUSTED", "the stream was left full by its reader")),
    });
    const { call, stop } = this.#begin(streamId, method.path, request, queue);
    // A stream's first message may ride on the request, as that of a client that sends one always does.
    if (!clientStreams || request.payload.length > 0) queue.push(request.payload);
    if (!clientStreams || (flags & frameFlag.remoteOpen) === 0) queue.end();
    void this.#answerStream(streamId, handler, call, queue)
      .catch((error: unknown) => {
        if (call.aborted === undefined) {
          this.#fail(streamId, this.#toRpcError(error, method.path));
        }
      })
      .finally(() => {
        stop();
        queue.discard();
        if (call.aborted === undefined) this.#finish(streamId);
      });
  }

  async #answerStream(
    streamId: number,
    handler: StreamHandler,
    call: ServerCall,
    queue: MessageQueue,
  ): Promise<void> {
    const { method } = handler;
    const responses = handler.handle(decodeAll(queue, handler), call);
    const single = method.kind === "clientStreaming";
    for await (const response of responses) {
      if (call.aborted !== undefined) return;
      const data = method.responseType.encode(response).finish();
      if (single) {
        this.#respond(streamId, data);
        return;
      }
      checkLength(data.length);
      this.#connection.send(streamId, frameType.data, 0, 0, undefined, data);
      if (this.#connection.blocked) await this.#connection.writable();
    }
    if (call.aborted !== undefined) return;
    const flags = frameFlag.remoteClosed | frameFlag.noData;
    this.#connection.send(streamId, frameType.data, flags, 0, undefined, noBytes);
  }

  #data(streamId: number, flags: number, data: Uint8Array, start: number, end: number): void {
    const running = this.#running.get(streamId);
    if (running === undefined) {
      this.#refuse(streamId, "StreamID is no longer active");
      return;
    }
    const { queue } = running;
    if (queue === undefined || queue.ended) {
      running.end(new RpcError("INVALID_ARGUMENT", "data on a stream that takes no more"));
      return;
    }
    if ((flags & frameFlag.noData) === 0) queue.push(data.slice(start, end));
    if ((flags & frameFlag.remoteClosed) !== 0) queue.end();
  }

  #oversized(streamId: number, length: number): void {
    const error = new RpcError("RESOURCE_EXHAUSTED", tooLong("message", length));
    const running = this.#running.get(streamId);
    if (running !== undefined) running.end(error);
    else {
      // The request is lost, but its id is used.
      if (streamId > this.#lastId) this.#lastId = streamId;
      this.#fail(streamId, error);
    }
  }

  /** Notes a call that runs, with its deadline. `stop` takes the deadline back. */
  #begin(
    streamId: number,
    method: string,
    { timeoutNano, metadata }: RequestEnvelope,
    queue?: MessageQueue,
  ): { readonly call: ServerCall; readonly stop: () => void } {
    const timeoutMs = timeoutNano === 0n ? undefined : Number(timeoutNano) / 1e6;
    const call = new ServerCall({ method, metadata, timeoutMs });
    const end = (error: RpcError): void => {
      if (call.aborted !== undefined) return;
      stop();
      call.abort(error);
      queue?.end(error);
      this.#fail(streamId, error);
      this.#finish(streamId);
    };
    let stop = nothing;
    this.#running.set(streamId, queue === undefined ? { call, end } : { call, end, queue });
    if (timeoutMs !== undefined) {
      stop = startDeadline(timeoutMs, () =>
        end(new RpcError("DEADLINE_EXCEEDED", `not done within ${timeoutMs} ms`)),
      );
    }
    return { call, stop: () => stop() };
  }

  #respond(streamId: number, payload: Uint8Array): void {
    // An empty message is an absent field, and an absent field is no bytes.
    const headLength = payload.length === 0 ? 0 : payloadHeadLength(payload.length);
    checkLength(headLength + payload.length);
    this.#connection.send(
      streamId,
      frameType.response,
      0,
      headLength,
      headLength === 0
        ? undefined
        : (into, at) => writeResponsePayloadHead(into, at, payload.length),
      payload,
    );
  }

  #refuse(streamId: number, message: string): void {
    this.#fail(streamId, new RpcError("INVALID_ARGUMENT", message));
  }

  #fail(streamId: number, { code, rawMessage, details }: RpcError): void {
    let data = encodeFailure({ code: toCodeNumber(code), message: rawMessage, details });
    if (data.length > maxDataLength) {
      const message = tooLong("error", data.length);
      data = encodeFailure({ code: toCodeNumber(code), message, details: [] });
    }
    this.#connection.send(streamId, frameType.response, 0, 0, undefined, data);
  }

  #toRpcError(error: unknown, method: string): RpcError {
    if (!(error instanceof RpcError)) this.#options.onHandlerError?.(error, method);
    return RpcError.from(error);
  }

  #finish(streamId: number): void {
    this.#running.delete(streamId);
    if (this.#draining) this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (this.#running.size === 0) this.#connection.end();
  }

  #over(): void {
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const { call, queue } of running) {
      const error = new RpcError("CANCELLED", "the caller's connection is closed", {
        method: call.method,
      });
      call.abort(error);
      queue?.end(error);
    }
    this.#onClosed();
  }
}

async function* decodeAll(
  queue: MessageQueue,
  { method }: StreamHandler,
): AsyncGenerator<unknown, void, undefined> {
  for await (const data of queue.read()) {
    try {
      yield method.requestType.decode(data);
    } catch (error) {
      throw unreadable(error);
    }
  }
}

function unreadable(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RpcError("INVALID_ARGUMENT", `the request can't be read: ${message}`, {
    cause: error,
  });
}

function checkLength(length: number): void {
  if (length > maxDataLength) throw new RpcError("RESOURCE_EXHAUSTED", tooLong("answer", length));
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}
