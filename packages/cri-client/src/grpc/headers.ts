import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { Metadata } from "@ocikit/rpc";

/** Names that belong to HTTP/2 or to gRPC itself: neither sent nor shown as metadata. */
const reserved = /^(:|grpc-|content-type$|te$|user-agent$|connection$|transfer-encoding$|host$)/;

/** What gRPC allows a key to be made of. HTTP/2 allows more: such a header is somebody else's. */
const metadataKey = /^[0-9a-z_.-]+$/;

/** Puts metadata among the headers of a request or an answer: bytes in base64, many values as a list. */
export function writeMetadata(headers: OutgoingHttpHeaders, metadata: Metadata): void {
  if (metadata.size === 0) return;
  for (const [key, value] of metadata) {
    if (reserved.test(key)) throw new TypeError(`metadata key ${key} is gRPC's own`);
    const text = typeof value === "string" ? checkText(key, value) : encodeBase64(value);
    const before = headers[key];
    if (before === undefined) headers[key] = text;
    else if (Array.isArray(before)) before.push(text);
    else headers[key] = [String(before), text];
  }
}

/** The metadata among the headers of a request or an answer. */
export function readMetadata(headers: IncomingHttpHeaders): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) {
    if (value === undefined || reserved.test(key) || !metadataKey.test(key)) continue;
    if (!key.endsWith("-bin")) {
      for (const text of [value].flat()) metadata.append(key, text);
      continue;
    }
    // Node joins the values of one name with commas, and gRPC allows a peer to do so: base64 has no comma.
    for (const text of [value].flat().join(",").split(",")) {
      metadata.append(key, Buffer.from(text.trim(), "base64"));
    }
  }
  return metadata;
}

function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** gRPC allows printable ASCII; anything else would be mangled on the way, or cut the header in two. */
function checkText(key: string, value: string): string {
  if (!/^[\x20-\x7e]*$/.test(value)) {
    throw new TypeError(`metadata ${key}: only printable ASCII travels as text; use a -bin key`);
  }
  return value;
}
