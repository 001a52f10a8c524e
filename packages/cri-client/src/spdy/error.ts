/** Bytes that are not SPDY/3.1: the connection they came on is of no more use. */
export class SpdyError extends Error {
  override readonly name = "SpdyError";
}
