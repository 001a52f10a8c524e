import { createServer as createHttp, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Context, RpcError } from "@ocikit/rpc";
import { createWebSocketStream, WebSocketServer } from "ws";
import type {
  AttachRequest,
  ExecRequest,
  PortForwardRequest,
} from "../../gen/runtime/v1/streaming.ts";
import { SpdyConnection } from "../../spdy/connection.ts";
import type { SpdyStream } from "../../spdy/stream.ts";
import { portForwardProtocol, spdyUpgrade, tunnelProtocol, versionHeader } from "../protocol.ts";
import type { RunAttach, RunPortForward, RunProcess, StreamingHandlers } from "./handlers.ts";
import { runPortForwardOnWebSocket, SpdyPortForward } from "./port-forward.ts";
import { SpdyProcess, spdyProcessProtocols } from "./spdy-process.ts";
import { Tokens } from "./tokens.ts";
import { runOnWebSocket, webSocketProcessProtocols } from "./websocket-process.ts";

/** A session without a byte either way ends after four hours, as those of other runtimes do. */
const defaultIdleTimeoutMs = 4 * 60 * 60 * 1000;

/** How long a client may take to open the streams of its session. */
const defaultCreationTimeoutMs = 30_000;

/** The largest WebSocket message read. */
const maxMessageBytes = 4 * 1024 * 1024;

export interface StreamingServerOptions {
  /** The address to listen on; 127.0.0.1 when it is not said. */
  readonly host?: string | undefined;
  /** The port to listen on; a free one when it is not said. */
  readonly port?: number | undefined;
  /** Speaks TLS with this certificate and key, PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** What URLs begin with, when clients reach the server by another name. */
  readonly publicUrl?: string | undefined;
  readonly idleTimeoutMs?: number | undefined;
  readonly creationTimeoutMs?: number | undefined;
}

/** What a URL stands for until it is opened. */
type Session =
  | { readonly kind: "exec"; readonly request: ExecRequest; readonly run: RunProcess }
  | { readonly kind: "attach"; readonly request: AttachRequest; readonly run: RunAttach }
  | {
      readonly kind: "portforward";
      readonly request: PortForwardRequest;
      readonly run: RunPortForward;
    };

/** The three methods of RuntimeService that answer with a URL. */
export interface StreamingMethods {
  exec(request: ExecRequest, context: Context): Promise<{ url: string }>;
  attach(request: AttachRequest, context: Context): Promise<{ url: string }>;
  portForward(request: PortForwardRequest, context: Context): Promise<{ url: string }>;
}

/** The HTTP server behind exec, attach and port-forward: it hands out URLs, each good once, and serves them. */
export class StreamingServer implements AsyncDisposable {
  readonly #handlers: StreamingHandlers;
  readonly #options: StreamingServerOptions;
  readonly #http: Server;
  readonly #tokens = new Tokens<Session>();
  readonly #sockets = new Set<Duplex>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered, request) => chooseWebSocket(request, [...offered]) ?? false,
  });
  /** Requests for a tunnel. */
  readonly #tunnels = new WeakSet<IncomingMessage>();
  readonly url: string;

  /** Starts to listen. */
  static async listen(
    handlers: StreamingHandlers,
    options: StreamingServerOptions = {},
  ): Promise<StreamingServer> {
    const { host = "127.0.0.1", port = 0, tls } = options;
    const http = tls === undefined ? createHttp() : createHttps(tls);
    await new Promise<void>((resolve, reject) => {
      http.once("error", reject);
      http.listen({ host, port }, resolve);
    });
    return new StreamingServer(http, handlers, options);
  }

  private constructor(http: Server, handlers: StreamingHandlers, options: StreamingServerOptions) {
    this.#http = http;
    this.#handlers = handlers;
    this.#options = options;
    const { address, family, port } = http.address() as AddressInfo; // as: it listens on host and port
    const host = family === "IPv6" ? `[${address}]` : address;
    const scheme = options.tls === undefined ? "http" : "https";
    this.url = (options.publicUrl ?? `${scheme}://${host}:${port}`).replace(/\/$/, "");
    http.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    http.on("request", (request, response) => {
      const known = this.#tokens.has(parsePath(request.url)?.token ?? "");
      response.writeHead(known ? 400 : 404, { connection: "close", "content-type": "text/plain" });
      response.end(known ? "the request asks for no upgrade\n" : "no such session\n");
    });
    this.#webSockets.on("headers", (headers: string[], request: IncomingMessage) => {
      if (this.#tunnels.has(request)) headers.push(`Sec-WebSocket-Protocol: ${tunnelProtocol}`);
    });
    http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => {});
      this.#upgrade(request, socket as Socket, head); // as: the sockets of node's own server
    });
  }

  /** Handlers for RuntimeService: they ask the runtime, and answer with a URL. */
  get methods(): StreamingMethods {
    const { exec, attach, portForward } = this.#handlers;
    const issue = (session: Session): { url: string } => ({
      url: `${this.url}/${session.kind}/${this.#tokens.issue(session)}`,
    });
    return {
      exec: async (request, context) => {
        if (exec === undefined) throw new RpcError("UNIMPLEMENTED", "method Exec");
        checkStreams(request);
        const run = await exec.call(this.#handlers, request, context);
        return issue({ kind: "exec", request, run });
      },
      attach: async (request, context) => {
        if (attach === undefined) throw new RpcError("UNIMPLEMENTED", "method Attach");
        checkStreams(request);
        const run = await attach.call(this.#handlers, request, context);
        return issue({ kind: "attach", request, run });
      },
      portForward: async (request, context) => {
        if (portForward === undefined) throw new RpcError("UNIMPLEMENTED", "method PortForward");
        const wrong = request.port.find((port) => port < 1 || port > 65_535);
        if (wrong !== undefined) {
          throw new RpcError("INVALID_ARGUMENT", `port ${wrong} is not one of 1 to 65535`);
        }
        const run = await portForward.call(this.#handlers, request, context);
        return issue({ kind: "portforward", request, run });
      },
    };
  }

  /** Stops listening and ends all sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#tokens.clear();
    const closed = new Promise((resolve) => this.#http.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = parsePath(request.url);
    if (path === undefined || !this.#tokens.has(path.token)) {
      refuse(socket, 404, "no such session");
      return;
    }
    const upgrade = String(request.headers.upgrade).toLowerCase();
    if (upgrade === "websocket") this.#toWebSocket(request, socket, head, path.token);
    else if (upgrade === spdyUpgrade.toLowerCase()) this.#toSpdy(request, socket, head, path.token);
    else refuse(socket, 400, "the request asks for neither SPDY/3.1 nor websocket");
  }

  #toSpdy(request: IncomingMessage, socket: Socket, head: Buffer, token: string): void {
    const kind = parsePath(request.url)?.kind;
    const known = kind === "portforward" ? [portForwardProtocol] : spdyProcessProtocols;
    // Named by nobody, it is the first version there was.
    const offered = String(request.headers[versionHeader] ?? known.at(-1)).split(/,\s*/);
    const protocol = offered.find((version) => known.includes(version));
    if (protocol === undefined) {
      const accepted = known.map((version) => `X-Accepted-Stream-Protocol-Versions: ${version}`);
      refuse(socket, 403, `none of the versions ${offered.join(", ")} is spoken here`, accepted);
      return;
    }
    const session = this.#tokens.redeem(token);
    if (session === undefined) return;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${spdyUpgrade}\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    );
    const { creationTimeoutMs = defaultCreationTimeoutMs } = this.#options;
    const signal = this.#untilGone(socket);
    if (session.kind === "portforward") {
      const forward = new SpdyPortForward(session.run, signal, creationTimeoutMs);
      openSpdy(socket, head, (stream) => forward.accept(stream));
      return;
    }
    const process = new SpdyProcess(protocol, session.request);
    const connection = openSpdy(socket, head, (stream) => process.accept(stream));
    void process.run(connection, session.run, signal, creationTimeoutMs);
  }

  #toWebSocket(request: IncomingMessage, socket: Socket, head: Buffer, token: string): void {
    const named = request.headers["sec-websocket-protocol"];
    if (named !== undefined && chooseWebSocket(request, named.split(/,\s*/)) === undefined) {
      refuse(socket, 403, `none of the versions ${named} is spoken here`);
      return;
    }
    const tunnel = chooseWebSocket(request, [named ?? ""]) === tunnelProtocol;
    // Its name has a slash, which is no token of HTTP: `ws` must neither see it nor send it.
    if (tunnel) {
      delete request.headers["sec-websocket-protocol"];
      this.#tunnels.add(request);
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => {});
      const session = this.#tokens.redeem(token);
      if (session === undefined) {
        webSocket.close(1002);
        return;
      }
      const signal = this.#untilGone(socket);
      if (session.kind !== "portforward") {
        void runOnWebSocket(webSocket, session.run, session.request, signal);
      } else if (tunnel) {
        const { creationTimeoutMs = defaultCreationTimeoutMs } = this.#options;
        const forward = new SpdyPortForward(session.run, signal, creationTimeoutMs);
        openSpdy(createWebSocketStream(webSocket), undefined, (stream) => forward.accept(stream));
      } else {
        void runPortForwardOnWebSocket(webSocket, session.request.port, session.run, signal);
      }
    });
  }

  /** A signal that aborts when a session's socket is closed; it is, when nothing moves for long. */
  #untilGone(socket: Socket): AbortSignal {
    const controller = new AbortController();
    socket.setTimeout(this.#options.idleTimeoutMs ?? defaultIdleTimeoutMs, () => socket.destroy());
    socket.once("close", () => {
      controller.abort(new RpcError("CANCELLED", "the client ended the session"));
    });
    return controller.signal;
  }
}

function openSpdy(
  socket: Duplex,
  head: Uint8Array | undefined,
  onStream: (stream: SpdyStream) => void,
): SpdyConnection {
  return new SpdyConnection(socket, { role: "server", onStream }, head);
}

/** The first version a client offers that is spoken for what it asks. */
function chooseWebSocket({ url }: IncomingMessage, offered: readonly string[]): string | undefined {
  const known =
    parsePath(url)?.kind === "portforward"
      ? [tunnelProtocol, "v4.channel.k8s.io", "v4.base64.channel.k8s.io"]
      : webSocketProcessProtocols;
  return offered.find((protocol) => known.includes(protocol));
}

function parsePath(url: string | undefined): { kind: string; token: string } | undefined {
  const [, kind, token] = /^\/(exec|attach|portforward)\/([\w-]+)\/?(?:\?|$)/.exec(url ?? "") ?? [];
  return kind === undefined || token === undefined ? undefined : { kind, token };
}

function refuse(socket: Socket, status: number, sentence: string, headers: string[] = []): void {
  const lines = [
    `HTTP/1.1 ${status} ${status === 404 ? "Not Found" : status === 403 ? "Forbidden" : "Bad Request"}`,
    "Connection: close",
    "Content-Type: text/plain",
    `Content-Length: ${Buffer.byteLength(sentence) + 1}`,
    ...headers,
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${sentence}\n`);
}

/** What CRI demands of a request for streams. */
function checkStreams(request: ExecRequest | AttachRequest): void {
  const { stdin, stdout, stderr, tty } = request;
  if (!stdin && !stdout && !stderr) {
    throw new RpcError("INVALID_ARGUMENT", "none of stdin, stdout and stderr is asked for");
  }
  if (tty && stderr) {
    throw new RpcError("INVALID_ARGUMENT", "tty and stderr cannot both be asked for");
  }
}
