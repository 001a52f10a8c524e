import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import {
  type MethodHandler,
  type Router,
  RpcError,
  ServerCall,
  type StreamHandler,
  startDeadline,
  type UnaryHandler,
} from "@ocikit/rpc";
import { acceptedEncodings, decompress } from "./compression.ts";
import { encodeFrame, FrameDecoder } from "./frame.ts";
import { readMetadata, writeMetadata } from "./headers.ts";
import { RequestQueue } from "./request-queue.ts";
import { writeStatus } from "./status.ts";
import { parseTimeout } from "./timeout.ts";

/** A call that has begun and not ended. */
export interface RunningCall {
  /** Ends the call with an error; its handler's signal aborts. */
  abort(error: RpcError): void;
}

/** Answers one stream of HTTP/2; undefined when it was no call and has its answer already. */
export function answer(
  router: Router,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  maxMessageBytes: number,
): RunningCall | undefined {
  // A client that goes away in the middle shows as "close" too; without a listener this would end the process.
  stream.on("error", () => {});
  if (headers[":method"] !== "POST") return refuse(stream, 405);
  if (!/^application\/grpc($|[+;])/.test(headers["content-type"] ?? "")) return refuse(stream, 415);
  const call = new Call(stream, headers, maxMessageBytes);
  const [, service = "", method = ""] = (headers[":path"] ?? "").split("/");
  let handler: MethodHandler;
  try {
    handler = router.find(service, method);
  } catch (error) {
    call.abort(RpcError.from(error));
    return call;
  }
  if (handler.kind === "unary") call.runUnary(handler);
  else call.runStream(handler);
  return call;
}

function refuse(stream: ServerHttp2Stream, status: number): undefined {
  stream.respond({ ":status": status }, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
}

class Call implements RunningCall {
  readonly #stream: ServerHttp2Stream;
  readonly #context: ServerCall;
  readonly #decoder: FrameDecoder;
  readonly #maxMessageBytes: number;
  readonly #encoding: string | undefined;
  #headersSent = false;
  #ended = false;
  #stopDeadline = (): void => {};
  /** Goes on with a response that waits for the client to read. */
  #wake = (): void => {};

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, maxMessageBytes: number) {
    this.#stream = stream;
    this.#maxMessageBytes = maxMessageBytes;
    this.#decoder = new FrameDecoder(maxMessageBytes);
    const encoding = headers["grpc-encoding"];
    this.#encoding = typeof encoding === "string" ? encoding : undefined;
    const method = (headers[":path"] ?? "").slice(1);
    const timeoutMs = parseTimeout(String(headers["grpc-timeout"]));
    this.#context = new ServerCall({ method, metadata: readMetadata(headers), timeoutMs });
    stream.once("close", () => this.#onClose());
    if (timeoutMs !== undefined) {
      this.#stopDeadline = startDeadline(timeoutMs, () =>
        this.abort(new RpcError("DEADLINE_EXCEEDED", `no answer within ${timeoutMs} ms`)),
      );
    }
  }

  runUnary(handler: UnaryHandler): void {
    const requests: Uint8Array[] = [];
    this.#receive(
      (data) => {
        if (requests.push(data) > 1) throw tooMany();
      },
      () => {
        const [request] = requests;
        if (request === undefined) throw new RpcError("INTERNAL", "the call has no request");
        const decoded = decode(handler, request);
        Promise.resolve(handler.handle(decoded, this.#context)).then(
          (response) => this.#guard(() => this.#respond(handler, response)),
          (error: unknown) => this.abort(RpcError.from(error)),
        );
      },
    );
  }

  runStream(handler: StreamHandler): void {
    const single = handler.method.kind === "serverStreaming";
    const queue = new RequestQueue(this.#stream);
    this.#stream.on("drain", () => this.#wake());
    let received = 0;
    this.#receive(
      (data) => {
        if (single && ++received > 1) throw tooMany();
        queue.push(decode(handler, data));
      },
      () => queue.end(),
    );
    this.#context.signal.addEventListener("abort", () => queue.fail(this.#context.signal.reason));
    this.#pump(handler, queue).catch((error: unknown) => this.abort(RpcError.from(error)));
  }

  abort(error: RpcError): void {
    if (this.#ended) return;
    this.#context.abort(error);
    this.#finish(error);
    this.#wake();
  }

  /** Hands the request's messages on; both callbacks may throw what the call then ends with. */
  #receive(message: (data: Uint8Array) => void, end: () => void): void {
    this.#stream.on("data", (chunk: Uint8Array) => {
      if (this.#ended) return;
      this.#guard(() => {
        for (const frame of this.#decoder.push(chunk)) {
          message(decompress(frame, this.#encoding, this.#maxMessageBytes));
        }
      });
    });
    this.#stream.once("end", () => {
      if (this.#ended) return;
      this.#guard(() => {
        this.#decoder.end();
        end();
      });
    });
  }

  async #pump(handler: StreamHandler, requests: AsyncIterable<unknown>): Promise<void> {
    const responses = handler.handle(requests, this.#context)[Symbol.asyncIterator]();
    const { signal } = this.#context;
    // A handler that waits for something else is told to stop and not waited for.
    signal.addEventListener("abort", () => void responses.return?.()?.catch(() => {}));
    // A handler that has nothing to say yet has begun all the same: an event stream's client learns that it listens.
    setImmediate(() => {
      if (!this.#ended) this.#guard(() => this.#sendHeaders());
    });
    for (;;) {
      const next = await responses.next();
      if (this.#ended) return;
      if (next.done === true) break;
      this.#sendHeaders();
      const frame = encodeFrame(handler.method.responseType.encode(next.value).finish());
      if (this.#stream.write(frame)) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#finish(undefined);
  }

  #respond(handler: UnaryHandler, response: unknown): void {
    if (this.#ended) return;
    const frame = encodeFrame(handler.method.responseType.encode(response).finish());
    this.#sendHeaders();
    this.#finish(undefined, frame);
  }

  #sendHeaders(): void {
    if (this.#headersSent || this.#stream.closed) return;
    this.#headersSent = true;
    const headers: OutgoingHttpHeaders = {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-accept-encoding": acceptedEncodings,
    };
    writeMetadata(headers, this.#context.header);
    this.#stream.respond(headers, { waitForTrailers: true });
  }

  /** Sends the status, with the last message ahead of it where there is one. */
  #finish(error: RpcError | undefined, lastFrame?: Uint8Array): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopDeadline();
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return;
    const trailers = this.#trailers(error);
    if (!this.#headersSent) {
      const headers = { ":status": 200, "content-type": "application/grpc", ...trailers };
      stream.respond(headers, { endStream: true });
      stream.resume();
      return;
    }
    stream.once("wantTrailers", () => {
      stream.sendTrailers(trailers);
      // A client that has not ended its requests is told that nobody reads them any more.
      setImmediate(() => {
        if (!stream.readableEnded && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
      });
    });
    stream.resume();
    if (lastFrame === undefined) stream.end();
    else stream.end(lastFrame);
  }

  #trailers(error: RpcError | undefined): OutgoingHttpHeaders {
    const trailers: OutgoingHttpHeaders = {};
    try {
      writeMetadata(trailers, this.#context.trailer);
      if (error !== undefined) writeMetadata(trailers, error.metadata);
    } catch (cause) {
      // The handler's metadata can't travel: that is what the client must hear then.
      error = new RpcError("INTERNAL", String(cause), { cause });
    }
    if (error === undefined) trailers["grpc-status"] = "0";
    else writeStatus(trailers, error);
    return trailers;
  }

  #onClose(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopDeadline();
    this.#context.abort(new RpcError("CANCELLED", "the client ended the call"));
    this.#wake();
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.abort(RpcError.from(error));
    }
  }
}

function decode(handler: MethodHandler, data: Uint8Array): unknown {
  try {
    return handler.method.requestType.decode(data);
  } catch (cause) {
    throw new RpcError("INTERNAL", "the request is no message of its type", { cause });
  }
}

function tooMany(): RpcError {
  return new RpcError("INTERNAL", "the call has more than one request");
}
