import type { RpcError } from "./error.ts";
import { Metadata } from "./metadata.ts";

/** What a handler knows of the call besides its messages. */
export interface Context {
  /** The call, as `package.Service/Method`. */
  readonly method: string;
  /** Aborts when the caller gave up, its deadline passed or its connection broke; the reason is an RpcError. */
  readonly signal: AbortSignal;
  /** Words the caller sent beside its request. */
  readonly metadata: Metadata;
  /** Milliseconds the caller gives the call from its arrival; undefined when it set no deadline. */
  readonly timeoutMs: number | undefined;
  /** Words for the caller ahead of the first message, where the protocol has such a thing. */
  readonly header: Metadata;
  /** Words for the caller behind the last message, where the protocol has such a thing. */
  readonly trailer: Metadata;
  /** Who calls, as far as the transport can tell; undefined where it can't. */
  readonly peer: Peer | undefined;
}

/** The other end of a connection. */
export interface Peer {
  /** Its process, on a socket whose kernel says so. */
  readonly pid?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Its address, where it has one. */
  readonly address?: string;
}

/** What a transport knows of a call when it begins. */
export interface CallInit {
  readonly method: string;
  readonly metadata?: Metadata | undefined;
  readonly timeoutMs?: number | undefined;
  readonly peer?: Peer | undefined;
}

/**
 * The context of a call, and the transport's hold on it.
 *
 * What few handlers look at (signal, header, trailer) is made when it is first asked for: an AbortController a call is
 * what a fast server can't afford.
 */
export class ServerCall implements Context {
  readonly method: string;
  readonly timeoutMs: number | undefined;
  readonly peer: Peer | undefined;
  #metadata: Metadata | undefined;
  #header: Metadata | undefined;
  #trailer: Metadata | undefined;
  #controller: AbortController | undefined;
  #reason: RpcError | undefined;

  constructor({ method, metadata, timeoutMs, peer }: CallInit) {
    this.method = method;
    this.timeoutMs = timeoutMs;
    this.peer = peer;
    this.#metadata = metadata;
  }

  get metadata(): Metadata {
    this.#metadata ??= new Metadata();
    return this.#metadata;
  }

  get header(): Metadata {
    this.#header ??= new Metadata();
    return this.#header;
  }

  get trailer(): Metadata {
    this.#trailer ??= new Metadata();
    return this.#trailer;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Why the call is over, once it was aborted. */
  get aborted(): RpcError | undefined {
    return this.#reason;
  }

  /** Tells the handler that nobody waits for it any more. The first reason stays. */
  abort(reason: RpcError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
