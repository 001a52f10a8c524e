import type { CallOptions } from "@ocikit/rpc";

/** What to trust of a streaming server that speaks TLS, and what to show it; PEM, as `node:tls` takes it. */
export interface TlsOptions {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name its certificate must have, when it is not the one in the URL. */
  readonly servername?: string | undefined;
  /** False trusts any certificate: for a runtime that made its own. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** What connecting to a streaming URL takes. */
export interface WireOptions extends CallOptions {
  readonly tls?: TlsOptions | undefined;
}
