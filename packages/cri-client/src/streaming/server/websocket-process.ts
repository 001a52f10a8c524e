import type { WebSocket } from "ws";
import { ChannelSocket } from "../channel-socket.ts";
import { encodeEnd, encodeEndAsText } from "../process-status.ts";
import type { WantedStreams } from "../process-wire.ts";
import { channels } from "../protocol.ts";
import type { RunAttach, RunProcess } from "./handlers.ts";
import { runOnStreams } from "./process-end.ts";

/** Versions of exec and attach over WebSocket; a client that names none gets the oldest. */
export const webSocketProcessProtocols: readonly string[] = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
];

/** Runs a process with the channels of a WebSocket as its streams, and closes the socket behind it. */
export async function runOnWebSocket(
  socket: WebSocket,
  run: RunProcess | RunAttach,
  wanted: WantedStreams,
  signal: AbortSignal,
): Promise<void> {
  const mux = new ChannelSocket(socket);
  const versioned = /^v[45]\./.test(socket.protocol);
  const streams = {
    stdin: wanted.stdin ? mux.readable(channels.stdin) : undefined,
    stdout: wanted.stdout ? mux.writable(channels.stdout) : undefined,
    stderr: wanted.stderr ? mux.writable(channels.stderr) : undefined,
    sizes: wanted.tty ? mux.readable(channels.resize) : undefined,
    tellEnd: (end: Parameters<typeof encodeEnd>[0]): Promise<void> => {
      const text = versioned ? encodeEnd(end) : encodeEndAsText(end);
      return new Promise((resolve) => {
        mux.send(channels.error, Buffer.from(text), () => resolve());
      });
    },
  };
  // An empty message tells the client that the connection stands.
  mux.send(
    wanted.stdout ? channels.stdout : wanted.stderr ? channels.stderr : channels.error,
    new Uint8Array(),
  );
  await runOnStreams(run, streams, signal);
  socket.close(1000);
}
