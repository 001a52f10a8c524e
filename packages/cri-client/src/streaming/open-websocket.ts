import type { IncomingMessage } from "node:http";
import { limitCall, RpcError } from "@ocikit/rpc";
import { WebSocket } from "ws";
import { codeOfHttpStatus } from "../grpc/status.ts";
import type { WireOptions } from "./wire-options.ts";

/** The largest message read; runtimes send at most what one read of a pipe gives them. */
const maxMessageBytes = 4 * 1024 * 1024;

/**
 * Opens a WebSocket at a streaming URL, paused: messages may be there already, and wait for whoever listens and calls
 * `resume`. Fails with an RpcError when the server does not want one.
 */
export function openWebSocket(
  url: URL,
  protocols: readonly string[],
  options: WireOptions,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const address = new URL(url);
    address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    // A name with a slash is no token of HTTP, and `ws` takes none; Kubernetes has one all the same.
    const unusual = protocols.some((protocol) => protocol.includes("/"));
    const socket = new WebSocket(address, unusual ? [] : [...protocols], {
      ...options.tls,
      ...(unusual ? { headers: { "sec-websocket-protocol": protocols.join(", ") } } : {}),
      maxPayload: maxMessageBytes,
      // Bytes of a terminal are few, those of files are packed already.
      perMessageDeflate: false,
    });
    const fail = (error: RpcError): void => {
      release();
      socket.on("error", () => {});
      socket.terminate();
      reject(error);
    };
    const release = limitCall(options, `GET ${url.origin}`, fail);
    if (unusual) {
      // It would refuse a choice it did not offer itself.
      socket.once("upgrade", ({ headers }) => {
        const chosen = String(headers["sec-websocket-protocol"]);
        if (protocols.includes(chosen)) delete headers["sec-websocket-protocol"];
      });
    }
    socket.once("unexpected-response", (_request, response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      response.resume();
      const message = `the streaming server answered ${status}`;
      fail(new RpcError(status === 404 ? "NOT_FOUND" : codeOfHttpStatus(status), message));
    });
    socket.once("error", (cause) => {
      fail(new RpcError("UNAVAILABLE", `${url.origin}: ${cause.message}`, { cause }));
    });
    socket.once("open", () => {
      release();
      socket.removeAllListeners("error");
      socket.pause();
      resolve(socket);
    });
  });
}
