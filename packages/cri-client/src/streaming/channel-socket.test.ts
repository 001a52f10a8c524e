import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { ChannelSocket } from "./channel-socket.ts";
import type { WebSocketProtocol } from "./protocol.ts";

const protocols: readonly WebSocketProtocol[] = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
];

/** Both ends of a WebSocket. */
async function socketPair(
  protocol: WebSocketProtocol,
): Promise<{ near: WebSocket; far: WebSocket } & AsyncDisposable> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // as: it listens on host and port
  const near = new WebSocket(`ws://127.0.0.1:${port}`, protocol);
  near.once("open", () => near.pause());
  const [[far]] = (await Promise.all([once(server, "connection"), once(near, "open")])) as [
    [WebSocket],
    unknown,
  ];
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      near.terminate();
      far.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(protocols)("over %s", (protocol) => {
  test("bytes of every channel arrive in order, and the end with the connection", async () => {
    await using pair = await socketPair(protocol);
    const near = new ChannelSocket(pair.near);
    const out = near.readable(1);
    const err = near.readable(2);
    const far = new ChannelSocket(pair.far);
    for (let i = 0; i < 100; i++) far.send(1 + (i % 2), Buffer.from(`${i} `));
    pair.far.close();
    const text = async (stream: typeof out): Promise<string> =>
      Buffer.concat(await stream.toArray()).toString();
    const numbers = (odd: number): string =>
      Array.from({ length: 50 }, (_, i) => `${2 * i + odd} `).join("");
    expect(await Promise.all([text(out), text(err)])).toEqual([numbers(0), numbers(1)]);
  });

  test("a channel that nobody reads stops the connection, and goes on when it is read", async () => {
    await using pair = await socketPair(protocol);
    const out = new ChannelSocket(pair.near).readable(1);
    const far = new ChannelSocket(pair.far);
    const chunk = Buffer.alloc(64 * 1024, 7);
    let left = 0;
    const total = 200;
    for (let i = 0; i < total; i++) far.send(1, chunk, () => left++);
    await expect.poll(() => pair.near.isPaused).toBe(true);
    expect(left).toBeLessThan(total);
    expect(out.readableLength).toBeLessThan(1024 * 1024);
    let got = 0;
    out.on("data", (data: Buffer) => {
      got += data.length;
    });
    await expect.poll(() => got).toBe(total * chunk.length);
  });

  test("whatever messages come, they are bytes of a channel or passed over", async () => {
    await using pair = await socketPair(protocol);
    const near = new ChannelSocket(pair.near);
    const streams = [0, 1, 2, 3].map((channel) => near.readable(channel));
    const seen = new PassThrough();
    for (const stream of streams) stream.pipe(seen, { end: false });
    seen.resume();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.string()), async (message) => {
        await new Promise((resolve) => pair.far.send(message, resolve));
        expect(pair.far.readyState).toBe(WebSocket.OPEN);
      }),
    );
    pair.far.close();
    await once(pair.near, "close");
    for (const stream of streams) expect(stream.errored).toBeNull();
  });
});

test("a connection that ends before the last word was said fails its channels", async () => {
  await using pair = await socketPair("v4.channel.k8s.io");
  const out = new ChannelSocket(pair.near, 3).readable(1);
  pair.far.send(Buffer.from([1, 65]));
  pair.far.close();
  await expect(out.toArray()).rejects.toThrow(/ended before it was done/);
});
