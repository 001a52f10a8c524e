import type { Metadata, MetadataInit } from "./metadata.ts";

/** What every call takes as its last argument. */
export interface CallOptions {
  /** Ends the call when it aborts: it fails with CANCELLED, the reason as `cause`. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the call after so many milliseconds: it fails with DEADLINE_EXCEEDED. The server is told. */
  readonly timeoutMs?: number | undefined;
  /** Words for the server beside the request. */
  readonly metadata?: MetadataInit | undefined;
  /** Called once with what the server sent ahead of its first message, where the protocol has such a thing. */
  readonly onHeader?: ((header: Metadata) => void) | undefined;
  /** Called once with what the server sent behind its last message, where the protocol has such a thing. */
  readonly onTrailer?: ((trailer: Metadata) => void) | undefined;
}
