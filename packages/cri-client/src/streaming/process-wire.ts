import type { Readable, Writable } from "node:stream";
import { limitCall, RpcError } from "@ocikit/rpc";
import { WebSocket } from "ws";
import { SpdyConnection } from "../spdy/connection.ts";
import type { SpdyStream } from "../spdy/stream.ts";
import { ChannelSocket } from "./channel-socket.ts";
import { openWebSocket } from "./open-websocket.ts";
import {
  channels,
  spdyProcessProtocol,
  spdyUpgrade,
  versionHeader,
  type WebSocketProtocol,
} from "./protocol.ts";
import { upgrade } from "./upgrade.ts";
import type { WireOptions } from "./wire-options.ts";

/** Which streams of a process are wanted. */
export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The streams of a remote process, however they travel. */
export interface ProcessWire {
  /** The version both ends agreed on. */
  readonly protocol: string;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** What is said about the end of the process. */
  readonly end: Readable;
  readonly sizes: Writable | undefined;
  /** Whether ending stdin reaches the process. */
  readonly canCloseStdin: boolean;
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
  /** Ends the connection; with an error the streams fail with it. */
  destroy(error?: Error): void;
}

/** Connects to a streaming URL over SPDY, in the version that tells exit codes. */
export async function openSpdyWire(
  url: URL,
  wanted: WantedStreams,
  options: WireOptions,
): Promise<ProcessWire> {
  const { socket, head, headers } = await upgrade(url, {
    ...options,
    headers: { upgrade: spdyUpgrade, [versionHeader]: spdyProcessProtocol },
  });
  const protocol = headers[versionHeader];
  if (protocol !== spdyProcessProtocol) {
    socket.destroy();
    throw new RpcError("UNIMPLEMENTED", `the streaming server chose version ${protocol}`);
  }
  let onClose = (): void => {};
  const closed = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  let error: SpdyStream | undefined;
  const connection = new SpdyConnection(
    socket,
    { role: "client", onClose, isComplete: () => (error?.receivedBytes ?? 0) > 0 },
    head,
  );
  const open = (name: string): SpdyStream => connection.open({ streamtype: name });
  // A server that upgraded may still never take the streams.
  const release = limitCall(options, url.origin, (limit) => connection.destroy(limit));
  try {
    // In this order, which is the order runtimes expect; all at once, so that it takes one round trip.
    error = open("error");
    const end = error;
    const stdin = wanted.stdin ? open("stdin") : undefined;
    const stdout = wanted.stdout ? open("stdout") : undefined;
    const stderr = wanted.stderr ? open("stderr") : undefined;
    const sizes = wanted.tty ? open("resize") : undefined;
    const streams = [end, stdin, stdout, stderr, sizes].filter((stream) => stream !== undefined);
    await Promise.all(streams.map(({ replied }) => replied));
    release();
    return {
      protocol,
      stdin,
      stdout,
      stderr,
      end,
      sizes,
      canCloseStdin: true,
      closed,
      destroy(reason) {
        if (reason === undefined) {
          connection.close();
          return;
        }
        for (const stream of streams) stream.destroy(reason);
        connection.destroy(reason);
      },
    };
  } catch (cause) {
    release();
    connection.destroy();
    if (cause instanceof RpcError) throw cause;
    throw new RpcError("UNAVAILABLE", `${url.origin}: ${String(cause)}`, { cause });
  }
}

/** Connects to a streaming URL over WebSocket, in the best of the versions given that the server speaks. */
export async function openWebSocketWire(
  url: URL,
  wanted: WantedStreams,
  options: WireOptions & { readonly protocols: readonly WebSocketProtocol[] },
): Promise<ProcessWire> {
  const socket = await openWebSocket(url, options.protocols, options);
  const mux = new ChannelSocket(socket, channels.error);
  const stdin = wanted.stdin ? mux.writable(channels.stdin) : undefined;
  const readables = {
    stdout: wanted.stdout ? mux.readable(channels.stdout) : undefined,
    stderr: wanted.stderr ? mux.readable(channels.stderr) : undefined,
    end: mux.readable(channels.error),
  };
  const closed = new Promise<void>((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve();
    else socket.once("close", () => resolve());
  });
  return {
    protocol: socket.protocol,
    stdin,
    ...readables,
    sizes: wanted.tty ? mux.writable(channels.resize) : undefined,
    canCloseStdin: mux.canClose,
    closed,
    destroy(reason) {
      if (reason !== undefined) {
        stdin?.destroy(reason);
        for (const readable of Object.values(readables)) readable?.destroy(reason);
      }
      socket.terminate();
    },
  };
}
