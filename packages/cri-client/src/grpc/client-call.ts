import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { type CallOptions, limitCall, Metadata, RpcError } from "@ocikit/rpc";
import { acceptedEncodings, decompress } from "./compression.ts";
import { type Connection, holdSession, type Session } from "./connection.ts";
import { encodeFrame, FrameDecoder } from "./frame.ts";
import { readMetadata, writeMetadata } from "./headers.ts";
import { codeOfHttpStatus, codeOfReset, nameOfReset, readStatus } from "./status.ts";
import { formatTimeout } from "./timeout.ts";

/** What a call tells the one who made it. After `end` it tells nothing more. */
export interface CallSink {
  message(data: Uint8Array): void;
  /** The call is over: with an error, or in order. */
  end(error: RpcError | undefined): void;
}

export interface CallInit {
  readonly connection: Connection;
  /** `package.Service/Method`. */
  readonly method: string;
  readonly options: CallOptions;
  readonly maxMessageBytes: number;
}

/** One gRPC call on an HTTP/2 stream: its state until exactly one `end`. */
export class ClientCall {
  readonly #init: CallInit;
  readonly #sink: CallSink;
  readonly #decoder: FrameDecoder;
  #session: Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  #encoding: string | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #streamError: Error | undefined;
  #ended = false;
  #releaseLimit = (): void => {};
  #releaseSession = (): void => {};
  /** Goes on with requests that wait for the server to read. */
  #wake = (): void => {};

  constructor(init: CallInit, sink: CallSink) {
    this.#init = init;
    this.#sink = sink;
    this.#decoder = new FrameDecoder(init.maxMessageBytes);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Opens the stream. Whatever goes wrong from here on is told to the sink. */
  start(): void {
    const { connection, method, options } = this.#init;
    try {
      const headers = requestHeaders(method, options);
      this.#session = connection.session();
      this.#releaseSession = holdSession(this.#session);
      this.#stream = this.#session.http2.request(headers);
    } catch (error) {
      this.#end(RpcError.from(error, method));
      return;
    }
    const stream = this.#stream;
    stream.on("response", (headers, flags) => this.#onResponse(headers, flags));
    stream.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    stream.on("trailers", (trailers) => {
      this.#trailers = trailers;
    });
    stream.on("end", () => {
      if (this.#trailers !== undefined) this.#finish();
    });
    stream.on("error", (error) => {
      this.#streamError = error;
    });
    stream.on("drain", () => this.#wake());
    stream.on("close", () => {
      this.#finish();
      // Node lets go of streams late: what hangs on one should not wait with it.
      stream.removeAllListeners();
    });
    this.#releaseLimit = limitCall(options, method, (error) => this.#end(error));
  }

  /** Sends the last message, and says that it is the last. */
  sendLast(message: Uint8Array): void {
    if (!this.#ended) this.#stream?.end(encodeFrame(message));
  }

  /** Sends a message; false says that the next should wait for `drained`. */
  send(message: Uint8Array): boolean {
    return this.#ended || this.#stream?.write(encodeFrame(message)) !== false;
  }

  /** Says that no message follows. */
  sendEnd(): void {
    if (!this.#ended) this.#stream?.end();
  }

  /** Resolves when what was sent has left, or will never. */
  async drained(): Promise<void> {
    if (this.#ended || this.#stream?.writableNeedDrain !== true) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** Ends the call from this side. */
  cancel(error: RpcError): void {
    this.#end(error);
  }

  #onResponse(headers: IncomingHttpHeaders, flags: number): void {
    const status = Number(headers[":status"]);
    const contentType = headers["content-type"] ?? "";
    const { method, options } = this.#init;
    // A proxy, or a server of another kind: its own words are no status of gRPC.
    if (headers["grpc-status"] === undefined) {
      if (status !== 200) {
        this.#end(new RpcError(codeOfHttpStatus(status), `HTTP status ${status}`, { method }));
        return;
      }
      if (!/^application\/grpc($|[+;])/.test(contentType)) {
        const what = JSON.stringify(contentType);
        this.#end(new RpcError("UNKNOWN", `an answer of content type ${what}`, { method }));
        return;
      }
    }
    const encoding = headers["grpc-encoding"];
    this.#encoding = typeof encoding === "string" ? encoding : undefined;
    const onlyTrailers = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (onlyTrailers) this.#trailers = headers;
    this.#guard(() => options.onHeader?.(onlyTrailers ? new Metadata() : readMetadata(headers)));
  }

  #onData(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.#guard(() => {
      for (const frame of this.#decoder.push(chunk)) {
        this.#sink.message(decompress(frame, this.#encoding, this.#init.maxMessageBytes));
      }
    });
  }

  /** Runs what may throw: the call ends with what was thrown. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#end(RpcError.from(error, this.#init.method));
    }
  }

  #finish(): void {
    if (this.#ended) return;
    const trailers = this.#trailers;
    if (trailers === undefined) {
      this.#end(this.#broken());
      return;
    }
    const { method, options } = this.#init;
    this.#guard(() => {
      options.onTrailer?.(readMetadata(trailers));
      const failure = readStatus(trailers, method);
      if (failure === undefined) this.#decoder.end();
      this.#end(failure);
    });
  }

  /** Why a stream ended without a status. */
  #broken(): RpcError {
    const { method, connection } = this.#init;
    const { failure, http2 } = this.#session ?? {};
    const reset = this.#stream?.rstCode ?? constants.NGHTTP2_NO_ERROR;
    // A session that ends in the middle of a call resets its streams itself, with CANCEL.
    if (http2?.destroyed === true || reset === constants.NGHTTP2_NO_ERROR) {
      const cause = failure ?? this.#streamError;
      const why = cause === undefined ? "the connection ended before the answer" : words(cause);
      return new RpcError("UNAVAILABLE", `${connection.name}: ${why}`, { method, cause });
    }
    return new RpcError(codeOfReset(reset), `the server reset the call: ${nameOfReset(reset)}`, {
      method,
      cause: this.#streamError,
    });
  }

  #end(error: RpcError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#releaseLimit();
    const stream = this.#stream;
    if (stream !== undefined && !stream.closed) {
      // Without this a server would go on sending to nobody; after an answer in order both sides have ended already.
      if (error !== undefined || !stream.writableEnded) stream.close(constants.NGHTTP2_CANCEL);
      stream.resume();
    }
    this.#releaseSession();
    this.#wake();
    this.#sink.end(error);
  }
}

function requestHeaders(method: string, options: CallOptions): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": `/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": "ocikit-cri-client",
    "grpc-accept-encoding": acceptedEncodings,
  };
  if (options.timeoutMs !== undefined && options.timeoutMs !== Number.POSITIVE_INFINITY) {
    headers["grpc-timeout"] = formatTimeout(options.timeoutMs);
  }
  if (options.metadata !== undefined) writeMetadata(headers, new Metadata(options.metadata));
  return headers;
}

/** An error of a socket without the path it repeats. */
function words(error: Error): string {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error.message : `${syscall} ${code}`;
}
