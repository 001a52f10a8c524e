import { gunzipSync, inflateSync } from "node:zlib";
import { RpcError } from "@ocikit/rpc";
import type { Frame } from "./frame.ts";

/** Encodings this side reads. It writes none: both ends of a CRI socket are on one machine. */
export const acceptedEncodings: string = "identity,gzip,deflate";

/** The bytes of a message; `encoding` is what the peer's `grpc-encoding` header says. */
export function decompress(
  { compressed, data }: Frame,
  encoding: string | undefined,
  maxMessageBytes: number,
): Uint8Array {
  if (!compressed) return data;
  const unpack =
    encoding === "gzip" ? gunzipSync : encoding === "deflate" ? inflateSync : undefined;
  if (unpack === undefined) {
    const code = encoding === undefined || encoding === "identity" ? "INTERNAL" : "UNIMPLEMENTED";
    throw new RpcError(code, `a compressed message in encoding ${encoding ?? "identity"}`);
  }
  try {
    return unpack(data, { maxOutputLength: maxMessageBytes });
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    const code = tooLarge ? "RESOURCE_EXHAUSTED" : "INTERNAL";
    const why = tooLarge ? `holds more than ${maxMessageBytes} bytes` : "cannot be read";
    throw new RpcError(code, `a message in ${encoding} ${why}`, { cause });
  }
}
