import { type ClientHttp2Session, connect } from "node:http2";
import type { Duplex } from "node:stream";
import { RpcError } from "@ocikit/rpc";

/** What this side lets the peer send ahead of being read: one whole list of containers, and then some. */
const streamWindowBytes = 4 * 1024 * 1024;
const sessionWindowBytes = 16 * 1024 * 1024;

/** Megabytes a session may hold; Node's own limit of 10 refuses a message of the size CRI allows. */
export const maxSessionMemory = 256;

export interface ConnectionOptions {
  /** Opens a socket to the server. Called for the first call, and again after a connection broke. */
  readonly open: () => Duplex;
  /** What the server is called in errors. */
  readonly name: string;
  /** Milliseconds within which the server must answer a new connection with its HTTP/2 settings. */
  readonly connectTimeoutMs: number;
}

/** A connection is made by the first call that needs one, and made anew by the first call after it broke. */
type State =
  | { readonly t: "idle" }
  | { readonly t: "open"; readonly session: Session }
  | { readonly t: "closed" };

/** An HTTP/2 session with what became of it. */
export interface Session {
  readonly http2: ClientHttp2Session;
  /** Why it ended; undefined while it lives, and when it ended in order. */
  failure: Error | undefined;
  /** How many calls run on it. Without one it does not keep the process alive. */
  calls: number;
}

/** One HTTP/2 connection to a server, renewed when it breaks. */
export class Connection {
  readonly #options: ConnectionOptions;
  #state: State = { t: "idle" };

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The server as errors call it. */
  get name(): string {
    return this.#options.name;
  }

  /** The session for a new call. Throws UNAVAILABLE once the connection was closed. */
  session(): Session {
    const state = this.#state;
    switch (state.t) {
      case "closed":
        throw new RpcError("UNAVAILABLE", `${this.name}: the client was closed`);
      case "open":
        // After GOAWAY a session is closed but still ends the calls it has.
        if (!state.session.http2.closed && !state.session.http2.destroyed) return state.session;
        break;
      case "idle":
        break;
    }
    const session = this.#open();
    this.#state = { t: "open", session };
    return session;
  }

  /** Ends every call with UNAVAILABLE and the connection with them. Closing twice is harmless. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { t: "closed" };
    if (state.t !== "open" || state.session.http2.destroyed) return;
    const { session } = state;
    session.failure ??= new Error("the client was closed");
    const ended = new Promise((resolve) => session.http2.once("close", resolve));
    session.http2.destroy();
    await ended;
  }

  #open(): Session {
    const { open, connectTimeoutMs } = this.#options;
    const socket = open();
    const http2 = connect("http://localhost", {
      createConnection: () => socket,
      maxSessionMemory,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
    });
    const session: Session = { http2, failure: undefined, calls: 0 };
    // Ahead of the session's own listener, which ends the streams with an error that hides this one.
    socket.prependListener("error", (error: Error) => {
      session.failure ??= error;
    });
    const timer = setTimeout(() => {
      http2.destroy(new Error(`no HTTP/2 settings within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    http2.once("connect", () => http2.setLocalWindowSize(sessionWindowBytes));
    http2.once("remoteSettings", () => clearTimeout(timer));
    http2.on("error", (error) => {
      session.failure ??= error;
    });
    http2.once("close", () => {
      clearTimeout(timer);
      if (this.#state.t === "open" && this.#state.session === session) this.#state = { t: "idle" };
    });
    http2.unref();
    return session;
  }
}

/** Says that a call begins on a session; returns what says that it ended. */
export function holdSession(session: Session): () => void {
  if (session.calls++ === 0) session.http2.ref();
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    if (--session.calls === 0 && !session.http2.destroyed) session.http2.unref();
  };
}
