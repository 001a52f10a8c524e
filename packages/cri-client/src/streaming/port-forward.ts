import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { type CallOptions, limitCall, RpcError } from "@ocikit/rpc";
import { createWebSocketStream } from "ws";
import { SpdyConnection } from "../spdy/connection.ts";
import { ChannelSocket } from "./channel-socket.ts";
import { openWebSocket } from "./open-websocket.ts";
import { type AskUrl, parseUrl, type StreamingOptions } from "./process.ts";
import { portForwardProtocol, spdyUpgrade, tunnelProtocol, versionHeader } from "./protocol.ts";
import { upgrade } from "./upgrade.ts";
import { streamError, toReadableStream, toWritableStream } from "./web-streams.ts";
import { withLimit } from "./with-limit.ts";

const method = "runtime.v1.RuntimeService/PortForward";

export interface PortForwardOptions
  extends Omit<StreamingOptions, "transports" | "webSocketProtocols"> {
  /**
   * What to speak: SPDY (all connections share one session) when it is not said; WebSocket (a session for each
   * connection); or SPDY inside a WebSocket, which few runtimes take.
   */
  readonly transport?: "spdy" | "websocket" | "spdy-over-websocket" | undefined;
}

/** One connection to a port of a pod. */
export interface PortConnection extends AsyncDisposable {
  readonly readable: ReadableStream<Uint8Array>;
  /** Closing it half-closes the connection, where the protocol can say so. */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when the connection is over; fails with an RpcError when the runtime could not make it. */
  readonly closed: Promise<void>;
}

/** A port of this machine whose connections go to a port of a pod. */
export interface LocalPort extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

export interface ListenOptions {
  /** The address to listen on; 127.0.0.1 when it is not said. */
  readonly host?: string | undefined;
  /** The port to listen on; a free one when it is not said. */
  readonly port?: number | undefined;
  /** Called with the error of a connection that the runtime could not make, or that broke. */
  readonly onError?: ((error: RpcError) => void) | undefined;
}

/** One connection's bytes both ways, with what the runtime says of it. */
interface Pipe {
  readonly data: Duplex;
  /** Resolves with the sentence of a failure, empty when there was none. */
  readonly failure: Promise<string>;
}

/** Makes connections to the ports of one pod. */
export class PortForward implements AsyncDisposable {
  readonly #ask: AskUrl<{ podSandboxId: string; port: number[] }>;
  readonly #podSandboxId: string;
  readonly #options: PortForwardOptions;
  readonly #open = new Set<Duplex>();
  readonly #servers = new Set<LocalPort>();
  #spdy: Promise<SpdyConnection> | undefined;
  #lastRequest = 0;
  #closed = false;
  readonly #abort = (): void => void this[Symbol.asyncDispose]();

  constructor(
    ask: AskUrl<{ podSandboxId: string; port: number[] }>,
    podSandboxId: string,
    options: PortForwardOptions = {},
  ) {
    this.#ask = ask;
    this.#podSandboxId = podSandboxId;
    this.#options = options;
    options.signal?.addEventListener("abort", this.#abort);
  }

  /** Opens a connection to a port of the pod. */
  async connect(port: number): Promise<PortConnection> {
    const { data, failure } = await this.#pipe(port);
    const closed = finished(data, failure);
    closed.catch(() => {});
    return {
      readable: toReadableStream(data, method),
      writable: toWritableStream(data, method),
      closed,
      async [Symbol.asyncDispose]() {
        data.destroy();
        await closed.catch(() => {});
      },
    };
  }

  /** Listens on a port of this machine and sends its connections to a port of the pod. */
  async listen(port: number, options: ListenOptions = {}): Promise<LocalPort> {
    const { host = "127.0.0.1", port: localPort = 0, onError = () => {} } = options;
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => sockets.delete(socket));
      this.#join(socket, port).catch((error: unknown) => onError(RpcError.from(error, method)));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port: localPort }, resolve);
    });
    const address = server.address() as AddressInfo; // as: it listens on host and port
    const local: LocalPort = {
      host: address.address,
      port: address.port,
      [Symbol.asyncDispose]: async () => {
        this.#servers.delete(local);
        const closed = new Promise((resolve) => server.close(resolve));
        for (const socket of sockets) socket.destroy();
        await closed;
      },
    };
    this.#servers.add(local);
    return local;
  }

  /** Ends all connections and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#options.signal?.removeEventListener("abort", this.#abort);
    await Promise.all([...this.#servers].map((server) => server[Symbol.asyncDispose]()));
    for (const data of [...this.#open]) data.destroy();
    (await this.#spdy?.catch(() => undefined))?.close();
  }

  async #join(socket: Socket, port: number): Promise<void> {
    try {
      const { data, failure } = await this.#pipe(port);
      socket.once("close", () => {
        if (!data.readableEnded) data.destroy();
      });
      data.once("close", () => socket.end());
      socket.pipe(data).pipe(socket);
      await finished(data, failure);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async #pipe(port: number): Promise<Pipe> {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new TypeError(`port ${port} is not one of 1 to 65535`);
    }
    if (this.#closed) throw new RpcError("CANCELLED", "the port-forward was closed", { method });
    const pipe = await withLimit(
      method,
      this.#options,
      (options) =>
        options.transport === "websocket"
          ? this.#overWebSocket(port, options)
          : this.#overSpdy(port, options),
      // From here on the connection lives as long as its two ends want.
      async () => {},
    );
    this.#open.add(pipe.data);
    pipe.data.once("close", () => this.#open.delete(pipe.data));
    return pipe;
  }

  async #overSpdy(port: number, options: PortForwardOptions): Promise<Pipe> {
    const connection = await this.#connection(options);
    const request = { port: String(port), requestid: String(this.#lastRequest++) };
    const error = connection.open({ streamtype: "error", ...request });
    error.end();
    const data = connection.open({ streamtype: "data", ...request });
    await limited(Promise.all([error.replied, data.replied]), options, (limit) => {
      error.destroy(limit);
      data.destroy(limit);
    });
    return { data, failure: text(error).catch(() => "") };
  }

  /** The session, made by the first connection, and made anew after it broke. */
  async #connection(options: PortForwardOptions): Promise<SpdyConnection> {
    const existing = await this.#spdy?.catch(() => undefined);
    if (existing?.closed === false) return existing;
    this.#spdy = this.#connectSpdy(options);
    return await this.#spdy;
  }

  async #connectSpdy(options: PortForwardOptions): Promise<SpdyConnection> {
    const request = { podSandboxId: this.#podSandboxId, port: [] };
    const url = parseUrl((await this.#ask(request, options)).url);
    if (options.transport === "spdy-over-websocket") {
      const socket = await openWebSocket(url, [tunnelProtocol], options);
      return new SpdyConnection(createWebSocketStream(socket), { role: "client" });
    }
    const { socket, head, headers } = await upgrade(url, {
      ...options,
      headers: { upgrade: spdyUpgrade, [versionHeader]: portForwardProtocol },
    });
    if (headers[versionHeader] !== portForwardProtocol) {
      socket.destroy();
      const chosen = headers[versionHeader];
      throw new RpcError("UNIMPLEMENTED", `the streaming server chose version ${chosen}`);
    }
    return new SpdyConnection(socket, { role: "client" }, head);
  }

  /** Channel 0 is data and channel 1 errors; each begins with the port, which says that it stands. */
  async #overWebSocket(port: number, options: PortForwardOptions): Promise<Pipe> {
    const request = { podSandboxId: this.#podSandboxId, port: [port] };
    const url = parseUrl((await this.#ask(request, options)).url);
    const socket = await openWebSocket(url, ["v4.channel.k8s.io"], options);
    const mux = new ChannelSocket(socket);
    const data = mux.duplex(0);
    const error = mux.readable(1);
    data.once("close", () => socket.terminate());
    await limited(skipPort(data), options, (limit) => data.destroy(limit));
    const failure = text(error).then(
      (said) => said.slice(2),
      () => "",
    );
    return { data, failure };
  }
}

/** Waits for what is ended with an error when the signal aborts. */
async function limited<Result>(
  wait: Promise<Result>,
  options: CallOptions,
  end: (limit: RpcError) => void,
): Promise<Result> {
  const release = limitCall(options, method, end);
  try {
    return await wait;
  } finally {
    release();
  }
}

/** Reads past the two bytes of the port. */
async function skipPort(data: Duplex): Promise<void> {
  for (let left = 2; left > 0; ) {
    const chunk: Uint8Array | null = data.read(left) ?? data.read();
    if (chunk !== null) {
      left -= chunk.length;
      continue;
    }
    if (data.readableEnded || data.destroyed) {
      throw new RpcError("UNAVAILABLE", "the connection ended before it stood");
    }
    await new Promise<void>((resolve) => {
      data.once("readable", resolve);
      data.once("close", resolve);
    });
  }
}

/** Resolves when a connection is over, both ways; fails with what the runtime said. */
async function finished(data: Duplex, failure: Promise<string>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    if (data.closed) resolve();
    else data.once("close", resolve);
  });
  const message = await failure;
  if (message !== "") {
    // Nobody may be reading the data, whose end would then never be seen.
    data.destroy();
    throw new RpcError("UNAVAILABLE", message, { method });
  }
  await closed;
  if (data.errored != null) throw streamError(data.errored, method);
}
