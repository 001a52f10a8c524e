import type { AnyMessage } from "./any.ts";
import type { RpcCode } from "./code.ts";
import { Metadata } from "./metadata.ts";

/** What an error knows besides its code and its sentence. */
export interface RpcErrorOptions {
  /** What brought the error about: the reason of an abort, the error of a socket. */
  readonly cause?: unknown;
  /** The call that failed, as `package.Service/Method`. */
  readonly method?: string | undefined;
  /** Typed details that travelled with the status. */
  readonly details?: readonly AnyMessage[];
  /** What the server said beside the status: the trailers of a gRPC call. */
  readonly metadata?: Metadata;
}

const brand = Symbol.for("@ocikit/rpc/RpcError");

/**
 * A call that failed. Match on `code`: two copies of this package may live in one process.
 *
 * `message` is complete for a terminal (method, code, sentence); `rawMessage` is the sentence alone, the part that travels.
 */
export class RpcError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    if (Object.prototype.isPrototypeOf.call(RpcError.prototype, value)) return true;
    return brand in value;
  }

  /**
   * Makes an RpcError of whatever was thrown: an RpcError stays what it is, an abort is CANCELLED, anything else UNKNOWN
   * with the sentence it came with. The thrown value is kept as `cause`.
   */
  static from(value: unknown, method?: string): RpcError {
    if (value instanceof RpcError) {
      if (method === undefined || value.method !== undefined) return value;
      const { code, rawMessage, details, metadata, cause } = value;
      return new RpcError(code, rawMessage, { method, details, metadata, cause: cause ?? value });
    }
    const options = { cause: value, method };
    if (!(value instanceof Error)) return new RpcError("UNKNOWN", String(value), options);
    const code = value.name === "AbortError" ? "CANCELLED" : "UNKNOWN";
    return new RpcError(code, value.message, options);
  }

  readonly code: RpcCode;
  /** The sentence alone, without method and code. */
  readonly rawMessage: string;
  /** The call that failed, as `package.Service/Method`; undefined until a transport knows it. */
  readonly method: string | undefined;
  readonly details: readonly AnyMessage[];
  readonly metadata: Metadata;

  constructor(code: RpcCode, message: string, options: RpcErrorOptions = {}) {
    const { method, details = [], metadata = new Metadata() } = options;
    super(
      `${method === undefined ? "" : `${method}: `}${code}${message === "" ? "" : `: ${message}`}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.rawMessage = message;
    this.method = method;
    this.details = details;
    this.metadata = metadata;
  }
}

Object.defineProperty(RpcError.prototype, "name", { value: "RpcError", configurable: true });
// Names the class across copies of this package, whose prototypes differ.
Object.defineProperty(RpcError.prototype, brand, { value: true });
