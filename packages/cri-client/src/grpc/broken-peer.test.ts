import { createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type Client, createClient, RpcError } from "@ocikit/rpc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFolder, transportTo } from "../../test/grpc-pair.ts";
import { handlesBeyond, openHandles } from "../../test/open-handles.ts";
import { RuntimeServiceDefinition } from "../gen/runtime/v1/service.ts";
import { encodeFrame } from "./frame.ts";

type Runtime = Client<typeof RuntimeServiceDefinition>;

/** Runs `use` with a client of whatever `onSocket` does, and sees that nothing stays open behind it. */
async function withPeer(
  onSocket: (socket: Socket) => void,
  use: (runtime: Runtime) => Promise<void>,
  connectTimeoutMs = 100,
): Promise<void> {
  const before = openHandles();
  {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "peer.sock");
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    {
      await using transport = transportTo(path, { connectTimeoutMs });
      await use(createClient(RuntimeServiceDefinition, transport));
    }
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  await expect.poll(() => handlesBeyond(before)).toEqual({});
}

/** The same with a peer that speaks HTTP/2 but answers as `onStream` does. */
async function withHttp2Peer(
  onStream: (stream: ServerHttp2Stream) => void,
  use: (runtime: Runtime) => Promise<void>,
): Promise<void> {
  const http2 = createHttp2();
  http2.on("session", (session) => session.on("error", () => {}));
  http2.on("stream", (stream) => {
    stream.on("error", () => {});
    onStream(stream);
  });
  await withPeer((socket) => http2.emit("connection", socket), use, 10_000);
}

const grpc = { ":status": 200, "content-type": "application/grpc" };

describe("a peer that is no gRPC server", () => {
  test("no socket at all is UNAVAILABLE and names the path", async () => {
    await using transport = transportTo("/nonexistent/cri.sock");
    const runtime = createClient(RuntimeServiceDefinition, transport);
    await expect(runtime.version({})).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(
        /^runtime\.v1\.RuntimeService\/Version: UNAVAILABLE: \/nonexistent\/cri\.sock: connect ENOENT/,
      ),
    });
  });

  test("one that closes at once is UNAVAILABLE", async () => {
    await withPeer(
      (socket) => socket.destroy(),
      async (runtime) => {
        await expect(runtime.version({})).rejects.toMatchObject({ code: "UNAVAILABLE" });
      },
    );
  });

  test("one that never says a word is UNAVAILABLE when the time to connect is over", async () => {
    await withPeer(
      () => {},
      async (runtime) => {
        await expect(runtime.version({})).rejects.toMatchObject({
          code: "UNAVAILABLE",
          rawMessage: expect.stringContaining("no HTTP/2 settings within 100 ms"),
        });
      },
    );
  });

  test("a deadline before that is kept", async () => {
    await withPeer(
      () => {},
      async (runtime) => {
        const call = runtime.version({}, { timeoutMs: 20 });
        await expect(call).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
      },
    );
  });

  test.for([
    ["text", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["zeros", "\0".repeat(100)],
    [
      "bytes of every value",
      Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(""),
    ],
  ])("one that speaks %s is UNAVAILABLE", async ([, garbage]) => {
    await withPeer(
      (socket) => socket.write(Buffer.from(garbage ?? "", "latin1")),
      async (runtime) => {
        await expect(runtime.version({})).rejects.toMatchObject({ code: "UNAVAILABLE" });
      },
    );
  });

  test("a web server's answer is told by its status or its type", async () => {
    const statuses = [
      [503, "UNAVAILABLE"],
      [404, "UNIMPLEMENTED"],
      [403, "PERMISSION_DENIED"],
      [200, "UNKNOWN"],
    ] as const;
    for (const [status, code] of statuses) {
      await withHttp2Peer(
        (stream) => {
          stream.respond({ ":status": status, "content-type": "text/html" });
          stream.end("<html>");
        },
        async (runtime) => {
          await expect(runtime.version({})).rejects.toMatchObject({ code });
        },
      );
    }
  });
});

test("whatever bytes come behind the settings, a call fails with an RpcError", async () => {
  const settings = Buffer.from("000000040000000000", "hex");
  const payload = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  const frame = fc
    .tuple(fc.nat(10), fc.nat(255), fc.constantFrom(0, 1, 2, 3), payload)
    .map(([type, flags, stream, data]) => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(data.length, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, data]);
    });
  const bytes = fc.array(fc.oneof(frame, payload), { maxLength: 5 }).map(Buffer.concat);
  await fc.assert(
    fc.asyncProperty(bytes, async (garbage) => {
      await withPeer(
        (socket) => {
          socket.once("data", () => socket.end(Buffer.concat([settings, garbage])));
        },
        async (runtime) => {
          await expect(runtime.version({})).rejects.toBeInstanceOf(RpcError);
        },
        10_000,
      );
    }),
    { numRuns: 60 },
  );
}, 60_000);

describe("a gRPC server that misbehaves", () => {
  const failsWith = async (
    onStream: (stream: ServerHttp2Stream) => void,
    expected: { code: string; rawMessage?: unknown },
  ): Promise<void> =>
    withHttp2Peer(onStream, async (runtime) => {
      await expect(runtime.version({})).rejects.toMatchObject(expected);
    });

  test("an end without a status is UNAVAILABLE", () =>
    failsWith(
      (stream) => {
        stream.respond(grpc);
        stream.end(encodeFrame(new Uint8Array()));
      },
      { code: "UNAVAILABLE" },
    ));

  test("success without a response, and with two, is INTERNAL", async () => {
    const withMessages = (count: number) => (stream: ServerHttp2Stream) => {
      stream.respond(grpc, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      for (let i = 0; i < count; i++) stream.write(encodeFrame(new Uint8Array()));
      stream.end();
    };
    await failsWith(withMessages(0), { code: "INTERNAL", rawMessage: /no response/ });
    await failsWith(withMessages(2), { code: "INTERNAL", rawMessage: /more than one/ });
  });

  test("half a message is INTERNAL", () =>
    failsWith(
      (stream) => {
        stream.respond(grpc, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(Uint8Array.of(0, 0, 0, 0, 9, 1, 2));
      },
      { code: "INTERNAL", rawMessage: /inside a message/ },
    ));

  test("bytes that are no response are INTERNAL", () =>
    failsWith(
      (stream) => {
        stream.respond(grpc, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(encodeFrame(Uint8Array.of(0x0a, 0xff, 0xff)));
      },
      { code: "INTERNAL", rawMessage: /no message of its type/ },
    ));

  test("a reset has the code of its reason", async () => {
    const resets = [
      [7, "UNAVAILABLE"],
      [8, "CANCELLED"],
      [11, "RESOURCE_EXHAUSTED"],
      [2, "INTERNAL"],
    ] as const;
    for (const [reset, code] of resets) {
      await failsWith((stream) => stream.close(reset), { code });
    }
  });

  test("a socket that is gone in the middle of a stream ends the loop with UNAVAILABLE", async () => {
    await withHttp2Peer(
      (stream) => {
        stream.respond(grpc);
        stream.write(encodeFrame(new Uint8Array()));
        setTimeout(() => stream.session?.destroy(), 50);
      },
      async (runtime) => {
        let events = 0;
        const all = (async () => {
          for await (const _ of runtime.getContainerEvents({})) events++;
        })();
        await expect(all).rejects.toMatchObject({ code: "UNAVAILABLE" });
        expect(events).toBe(1);
      },
    );
  });
});
