import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { fromCodeNumber, type RpcCode, RpcError, toCodeNumber } from "@ocikit/rpc";
import { readMetadata } from "./headers.ts";
import { decodeStatusDetails, encodeStatusDetails } from "./status-details.ts";

/** The code and the sentence of a failed call as trailers. */
export function writeStatus(headers: OutgoingHttpHeaders, error: RpcError): void {
  const { code, rawMessage, details } = error;
  headers["grpc-status"] = String(toCodeNumber(code));
  if (rawMessage !== "") headers["grpc-message"] = encodeMessage(rawMessage);
  const encoded = encodeStatusDetails(toCodeNumber(code), rawMessage, details);
  if (encoded !== undefined) headers["grpc-status-details-bin"] = encoded;
}

/** What trailers say of a call: undefined is success. */
export function readStatus(trailers: IncomingHttpHeaders, method: string): RpcError | undefined {
  const status = String(trailers["grpc-status"]);
  if (status === "0") return undefined;
  const message = decodeMessage(String(trailers["grpc-message"] ?? ""));
  if (!/^\d+$/.test(status)) {
    return new RpcError("UNKNOWN", `grpc-status is ${JSON.stringify(status)}: ${message}`, {
      method,
    });
  }
  const metadata = readMetadata(trailers);
  const details = decodeStatusDetails(trailers["grpc-status-details-bin"]);
  return new RpcError(fromCodeNumber(Number(status)), message, { method, metadata, details });
}

/** Percent-encodes what is not printable ASCII, as gRPC writes `grpc-message`. */
export function encodeMessage(message: string): string {
  return message.replace(/[^\x20-\x24\x26-\x7e]+/g, (run) =>
    Buffer.from(run).toString("hex").toUpperCase().replace(/../g, "%$&"),
  );
}

/** The reverse. A sequence that decodes to nothing stays as it came: a broken message is still worth reading. */
export function decodeMessage(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) =>
    Buffer.from(encoded.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

/** The code of an answer that is HTTP but not gRPC: from a proxy, or a server of another kind. */
export function codeOfHttpStatus(status: number): RpcCode {
  switch (status) {
    case 400:
      return "INTERNAL";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "UNIMPLEMENTED";
    case 429:
    case 502:
    case 503:
    case 504:
      return "UNAVAILABLE";
    default:
      return "UNKNOWN";
  }
}

/** The code of a stream that the peer reset. */
export function codeOfReset(reset: number): RpcCode {
  switch (reset) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return "UNAVAILABLE";
    case constants.NGHTTP2_CANCEL:
      return "CANCELLED";
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return "RESOURCE_EXHAUSTED";
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return "PERMISSION_DENIED";
    default:
      return "INTERNAL";
  }
}

/** The name of a reset, for people. */
export function nameOfReset(reset: number): string {
  return resets[reset] ?? `HTTP/2 error ${reset}`;
}

const resets: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];
