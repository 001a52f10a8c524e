import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import { chmod } from "node:fs/promises";
import {
  createServer,
  type Server as NetServer,
  connect as netConnect,
  type Socket,
} from "node:net";
import type { Duplex } from "node:stream";
import { type HandlerInterceptor, Router, RpcError } from "@ocikit/rpc";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import { ServerConnection, type ServerConnectionOptions } from "./server-connection.ts";

export interface ServeOptions extends ServerConnectionOptions {
  /** Shuts the server down when it aborts, at once. */
  readonly signal?: AbortSignal | undefined;
  /** Wrap every handler, the first one outermost. */
  readonly interceptors?: readonly HandlerInterceptor[] | undefined;
  /** Permissions of the socket's file; 0600 unless given. */
  readonly mode?: number | undefined;
}

/** Where to listen: an address, or a descriptor that listens already. */
export type ListenTarget = string | Address | { readonly fd: number };

/** A running server. */
export interface Server extends AsyncDisposable {
  /** Where it listens, in the form `connect` takes; undefined for a descriptor. */
  readonly address: string | undefined;
  /** Calls that run now. */
  readonly running: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Serves a stream that was accepted elsewhere. */
  accept(stream: Duplex): void;
  /**
   * Stops listening, lets the calls that run finish, refuses new ones with UNAVAILABLE, and resolves when every
   * connection is closed; aborting the signal cuts them. Closing twice is harmless.
   */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Resolves when the server is closed. */
  readonly closed: Promise<void>;
}

/**
 * Serves ttrpc. Resolves when the server listens; a stale socket file nobody answers behind is replaced.
 *
 * Fails with ALREADY_EXISTS when somebody listens there, with UNAVAILABLE when the address can't be had.
 */
export async function serve(
  target: ListenTarget,
  routes: Router | ((router: Router) => void),
  options: ServeOptions = {},
): Promise<Server> {
  const router = toRouter(routes, options);
  const server = new TtrpcServer(router, options);
  await server.listen(target);
  return server;
}

function toRouter(
  routes: Router | ((router: Router) => void),
  { interceptors }: ServeOptions,
): Router {
  if (routes instanceof Router) {
    if (interceptors === undefined) return routes;
    throw new TypeError("interceptors belong to the Router that was given");
  }
  const router = interceptors === undefined ? new Router() : new Router({ interceptors });
  routes(router);
  return router;
}

class TtrpcServer implements Server {
  readonly #router: Router;
  readonly #options: ServeOptions;
  readonly #listener: NetServer;
  readonly #connections = new Set<ServerConnection>();
  readonly closed: Promise<void>;
  #settleClosed: () => void = () => {};
  #closing = false;
  address: string | undefined;

  constructor(router: Router, options: ServeOptions) {
    this.#router = router;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    // Half-open sockets are closed by the connection, which knows whether an answer is still due.
    this.#listener = createServer((socket: Socket) => this.accept(socket));
  }

  get running(): number {
    let sum = 0;
    for (const connection of this.#connections) sum += connection.running;
    return sum;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async listen(target: ListenTarget): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    if (typeof target === "object" && "fd" in target) {
      await this.#bind({ fd: target.fd }, `fd ${target.fd}`);
    } else {
      const address = typeof target === "string" ? parseAddress(target) : target;
      await this.#listenAt(address);
      this.address = formatAddress(address);
    }
    signal?.addEventListener("abort", () => void this.close({ signal }), { once: true });
  }

  accept(stream: Duplex): void {
    const connection = new ServerConnection(
      stream,
      this.#router,
      () => {
        this.#connections.delete(connection);
        this.#settleWhenDone();
      },
      this.#options,
    );
    this.#connections.add(connection);
    if (this.#closing) connection.drain();
  }

  async close({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      if (this.#listener.listening) this.#listener.close(() => this.#settleWhenDone());
      for (const connection of this.#connections) connection.drain();
      this.#settleWhenDone();
    }
    const cut = (): void => {
      for (const connection of this.#connections) connection.destroy();
    };
    if (signal?.aborted === true) cut();
    else signal?.addEventListener("abort", cut, { once: true });
    await this.closed;
    signal?.removeEventListener("abort", cut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listenAt(address: Address): Promise<void> {
    const name = formatAddress(address);
    if (address.kind === "abstract") return this.#bind({ path: `\0${address.name}` }, name);
    if (address.kind !== "unix") {
      throw new RpcError("UNIMPLEMENTED", `listen on ${name}: this JavaScript runtime can't`);
    }
    const { path } = address;
    try {
      await this.#bind({ path }, name);
    } catch (error) {
      // A file that is no socket is somebody's: never removed.
      if (!isTaken(error) || !lstatSync(path).isSocket() || (await answers(path))) throw error;
      unlinkSync(path);
      await this.#bind({ path }, name);
    }
    await chmod(path, this.#options.mode ?? 0o600);
  }

  async #bind(target: { path: string } | { fd: number }, name: string): Promise<void> {
    // The file is born with the mask's permissions; nobody else may slip in before chmod.
    const mask = "path" in target ? setMask(0o177) : undefined;
    try {
      this.#listener.listen(target);
    } finally {
      if (mask !== undefined) setMask(mask);
    }
    try {
      await once(this.#listener, "listening");
    } catch (error) {
      const taken = isErrno(error, "EADDRINUSE");
      const message = error instanceof Error ? error.message : String(error);
      throw new RpcError(
        taken ? "ALREADY_EXISTS" : "UNAVAILABLE",
        `listen on ${name}: ${message}`,
        {
          cause: error,
        },
      );
    }
  }

  #settleWhenDone(): void {
    if (!this.#closing || this.#connections.size > 0 || this.#listener.listening) return;
    this.#settleClosed();
  }
}

/** Sets the process's file mode mask where that is allowed: a worker thread may not. */
function setMask(mask: number): number | undefined {
  try {
    return process.umask(mask);
  } catch {
    return undefined;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof RpcError && error.code === "ALREADY_EXISTS";
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Whether somebody accepts connections behind a socket's file. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = netConnect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
