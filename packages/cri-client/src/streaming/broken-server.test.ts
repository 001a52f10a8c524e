import { createHash } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { RpcError } from "@ocikit/rpc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { handlesBeyond, openHandles } from "../../test/open-handles.ts";
import { SpdyConnection } from "../spdy/connection.ts";
import type { SpdyStream } from "../spdy/stream.ts";
import { type ExecOptions, openExec } from "./process.ts";
import type { ProcessSession } from "./process-session.ts";

/** Runs `use` with a way to exec at a streaming server that does what `onSocket` does; nothing may stay open behind it. */
async function withServer(
  onSocket: (socket: Socket) => void,
  use: (exec: (options?: ExecOptions) => Promise<ProcessSession>) => Promise<void>,
): Promise<void> {
  const before = openHandles();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ask = async (): Promise<{ url: string }> => ({ url: `http://127.0.0.1:${port}/exec/t` });
  try {
    await use((options) => openExec(ask, "c", ["true"], { transports: ["spdy"], ...options }));
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  await expect.poll(() => handlesBeyond(before)).toEqual({});
}

/** Answers the request with bytes, and is gone behind them if it is to be. */
const answering =
  (bytes: string | Uint8Array, gone = false) =>
  (socket: Socket): void => {
    socket.once("data", () => {
      socket.write(bytes);
      if (gone) socket.end();
    });
  };

/** The same once it has agreed to a WebSocket. */
const answeringWebSocket =
  (bytes: Uint8Array, gone = false) =>
  (socket: Socket): void => {
    socket.once("data", (request) => {
      const [, key = ""] = /sec-websocket-key: (.*)\r/i.exec(request.toString()) ?? [];
      const accept = createHash("sha1").update(`${key}${webSocketGuid}`).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`,
      );
      socket.write(bytes);
      if (gone) socket.end();
    });
  };

/** RFC 6455, section 1.3. */
const webSocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const upgraded =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n";

/** Upgrades, takes every stream, and then does what `onStreams` does with them, by their names. */
const serving =
  (onStreams: (streams: Map<string, SpdyStream>, socket: Socket) => void) => (socket: Socket) => {
    socket.once("data", () => {
      socket.write(upgraded);
      const streams = new Map<string, SpdyStream>();
      let replied = 0;
      new SpdyConnection(socket, {
        role: "server",
        onStream: (stream) => {
          streams.set(stream.headers.streamtype ?? "", stream);
          void stream.reply().then(() => {
            if (++replied === 4) setTimeout(onStreams, 20, streams, socket);
          });
        },
      });
    });
  };

describe("a streaming server that refuses", () => {
  test("is told by its status and its sentence", async () => {
    const answers = [
      ["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "NOT_FOUND", /answered 404/],
      ["HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope", "PERMISSION_DENIED", /nope/],
      ["HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "UNAVAILABLE", /503/],
      ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "UNKNOWN", /200/],
    ] as const;
    for (const [answer, code, sentence] of answers) {
      await withServer(answering(answer), async (exec) => {
        await expect(exec()).rejects.toMatchObject({ code, message: sentence });
      });
    }
  });

  test("a version nobody asked for is refused in turn", async () => {
    await withServer(answering(upgraded.replace("v4.", "v9.")), async (exec) => {
      await expect(exec()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    });
  });

  test("SPDY is tried over WebSocket, unless it is not there at all", async () => {
    let asked = 0;
    await withServer(
      (socket) => {
        socket.once("data", (request: Buffer) => {
          asked++;
          const answer = /websocket/i.test(request.toString()) ? "503 Busy" : "400 Bad Request";
          socket.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`);
        });
      },
      async (exec) => {
        await expect(exec({ transports: ["spdy", "websocket"] })).rejects.toMatchObject({
          code: "UNAVAILABLE",
        });
      },
    );
    expect(asked).toBe(2);
    await withServer(
      (socket) => {
        asked++;
        socket.destroy();
      },
      async (exec) => {
        await expect(exec({ transports: ["spdy", "websocket"] })).rejects.toMatchObject({
          code: "UNAVAILABLE",
        });
      },
    );
    expect(asked).toBe(3);
  });

  test("a URL that is none is the runtime's mistake", async () => {
    for (const url of ["", "/exec/t", "ftp://x/exec"]) {
      await expect(openExec(async () => ({ url }), "c", ["true"])).rejects.toMatchObject({
        code: "INTERNAL",
        message: expect.stringContaining("as a streaming URL"),
      });
    }
  });
});

describe("a streaming server that says nothing", () => {
  const steps: readonly [string, (socket: Socket) => void][] = [
    ["to the request", () => {}],
    ["after the upgrade", answering(upgraded)],
    ["once the streams are open", serving(() => {})],
  ];
  for (const [when, onSocket] of steps) {
    test(`${when} ends the session within its deadline`, async () => {
      await withServer(onSocket, async (exec) => {
        const output = (async () => (await exec({ timeoutMs: 200 })).output())();
        await expect(output).rejects.toMatchObject({
          code: "DEADLINE_EXCEEDED",
          method: "runtime.v1.RuntimeService/Exec",
        });
      });
    });
  }

  test("ends the session when its signal aborts", async () => {
    await withServer(answering(upgraded), async (exec) => {
      const session = exec({ signal: AbortSignal.timeout(50) });
      await expect(session).rejects.toMatchObject({ code: "CANCELLED" });
    });
  });
});

describe("a connection that breaks", () => {
  test("at bytes that are no SPDY is UNAVAILABLE", async () => {
    await withServer(answering(`${upgraded}\x80\x09garbage that is no frame`), async (exec) => {
      await expect(exec()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });
  });

  test("at bytes that are no WebSocket frame is UNAVAILABLE", async () => {
    await withServer(answeringWebSocket(Buffer.from("garbage that is no frame")), async (exec) => {
      const session = await exec({ transports: ["websocket"] });
      await expect(session.output()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });
  });

  test("at whatever bytes, over either, ends the session with an RpcError", async () => {
    const garbage = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    const frame = garbage.map((data) =>
      Buffer.concat([Buffer.from([0x82, Math.min(data.length, 125)]), data.subarray(0, 125)]),
    );
    const chunks = fc.array(fc.oneof(garbage, frame), { maxLength: 4 }).map(Buffer.concat);
    await fc.assert(
      fc.asyncProperty(chunks, fc.boolean(), async (bytes, overSpdy) => {
        const answer = overSpdy
          ? answering(Buffer.concat([Buffer.from(upgraded), bytes]), true)
          : answeringWebSocket(bytes, true);
        await withServer(answer, async (exec) => {
          const run = async (): Promise<unknown> =>
            (await exec({ transports: [overSpdy ? "spdy" : "websocket"] })).output();
          await expect(run()).rejects.toBeInstanceOf(RpcError);
        });
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test("in the middle of the output fails the output and the end, whatever came before", async () => {
    await withServer(
      serving((streams, socket) => {
        streams.get("stdout")?.write("half of it");
        setTimeout(() => socket.destroy(), 50);
      }),
      async (exec) => {
        const session = await exec();
        let read = "";
        const reading = (async () => {
          for await (const chunk of session.stdout) read += Buffer.from(chunk);
        })();
        await expect(reading).rejects.toThrow();
        expect(read).toBe("half of it");
        await expect(session.exited).rejects.toMatchObject({ code: "UNAVAILABLE" });
      },
    );
  });

  // A runtime that closes with something of ours unread resets the connection.
  for (const way of ["end", "resetAndDestroy"] as const) {
    test(`by ${way} after the end was told has lost nothing`, async () => {
      await withServer(
        serving((streams, socket) => {
          streams.get("stdout")?.write("all of it");
          streams.get("error")?.write('{"status":"Success"}');
          // Without a goodbye, and without closing a single stream.
          setTimeout(() => socket[way](), 50);
        }),
        async (exec) => {
          const session = await exec();
          expect(await session.output()).toEqual({ code: 0, stdout: "all of it", stderr: "" });
        },
      );
    });
  }

  test("with an end that can't be read is INTERNAL", async () => {
    await withServer(
      serving((streams) => {
        streams.get("error")?.end("command terminated somehow");
      }),
      async (exec) => {
        const session = await exec();
        await expect(session.exited).rejects.toMatchObject({
          code: "INTERNAL",
          message: expect.stringContaining("command terminated somehow"),
        });
        await session[Symbol.asyncDispose]();
      },
    );
  });
});
