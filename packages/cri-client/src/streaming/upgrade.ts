import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { limitCall, RpcError } from "@ocikit/rpc";
import { codeOfHttpStatus } from "../grpc/status.ts";
import type { WireOptions } from "./wire-options.ts";

/** The most of a refusal's body that is read for its sentence. */
const maxRefusalBytes = 4096;

/** A connection that speaks something else from here on. */
export interface Upgraded {
  readonly socket: Socket;
  /** What came behind the answer already. */
  readonly head: Uint8Array;
  readonly headers: IncomingMessage["headers"];
}

export interface UpgradeOptions extends WireOptions {
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks the server of a streaming URL to speak another protocol. Fails with an RpcError when it won't. */
export function upgrade(url: URL, options: UpgradeOptions): Promise<Upgraded> {
  const { headers, tls } = options;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
      ...tls,
      method: "POST",
      headers: { connection: "Upgrade", "content-length": "0", ...headers },
      // One connection a session, which is not given back.
      agent: false,
    });
    const release = limitCall(options, `POST ${url.origin}`, (error) => {
      request.destroy();
      reject(error);
    });
    request.once("upgrade", (response, socket, head) => {
      release();
      // A socket of our own request: node types it as wide as a Duplex.
      resolve({ socket: socket as Socket, head, headers: response.headers });
    });
    request.once("response", (response) => {
      void refusal(response).then((error) => {
        release();
        request.destroy();
        reject(error);
      });
    });
    request.once("error", (cause) => {
      release();
      reject(new RpcError("UNAVAILABLE", `${url.origin}: ${cause.message}`, { cause }));
    });
    request.end();
  });
}

async function refusal(response: IncomingMessage): Promise<RpcError> {
  const status = response.statusCode ?? 0;
  let body = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      body += chunk;
      if (body.length > maxRefusalBytes) break;
    }
  } catch {
    // The status says enough without its body.
  }
  const sentence = body.slice(0, maxRefusalBytes).trim();
  const message = `the streaming server answered ${status}${sentence === "" ? "" : `: ${sentence}`}`;
  return new RpcError(status === 404 ? "NOT_FOUND" : codeOfHttpStatus(status), message);
}
