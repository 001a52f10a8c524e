/** Parts of a remote process, by the number its bytes have in a WebSocket message and the name they have in SPDY. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** The number that says "this channel is closed" in version 5; the channel's number follows it. */
export const closeChannel = 255;

/** The HTTP/1.1 upgrade that runtimes of every age speak. */
export const spdyUpgrade = "SPDY/3.1";

/** The header in which both ends of a SPDY upgrade name the version they want. */
export const versionHeader = "x-stream-protocol-version";

/** The version of exec and attach over SPDY in which the exit code is told. */
export const spdyProcessProtocol = "v4.channel.k8s.io";

/** The one version of port-forward over SPDY. */
export const portForwardProtocol = "portforward.k8s.io";

/** SPDY inside WebSocket messages: a port-forward for those whose way there carries WebSocket only. */
export const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";

/** Versions of exec and attach over WebSocket. Only the fifth can close stdin. */
export type WebSocketProtocol =
  | "v5.channel.k8s.io"
  | "v4.channel.k8s.io"
  | "v4.base64.channel.k8s.io"
  | "channel.k8s.io"
  | "base64.channel.k8s.io";

/** Whether messages are text in base64, for clients that can send nothing else. */
export function isBase64(protocol: string): boolean {
  return protocol.includes("base64");
}

/** The size of a terminal in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A size as it travels: one JSON object behind another. */
export function encodeSize({ columns, rows }: TerminalSize): Uint8Array {
  return Buffer.from(`${JSON.stringify({ Width: columns, Height: rows })}\n`);
}
