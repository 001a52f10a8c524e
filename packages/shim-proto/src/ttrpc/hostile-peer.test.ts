import { once } from "node:events";
import { createServer, connect as netConnect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fromCodeNumber, RpcError } from "@ocikit/rpc";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeAddress } from "../../test/socket.ts";
import { streamHandlers } from "../../test/stream-handlers.ts";
import { StreamService } from "../../test/stream-service.ts";
import { Request } from "../gen/ttrpc/request.ts";
import { Data } from "../gen/types/transfer/streaming.ts";
import { connect } from "./connect.ts";
import { decodeResponse } from "./envelope.ts";
import { encodeFrame, headerLength, writeHeader } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import { type Server, serve } from "./serve.ts";

async function startServer(): Promise<{ readonly server: Server; readonly path: string }> {
  const address = makeAddress();
  const server = await serve(address, (router) => router.service(StreamService, streamHandlers));
  onTestFinished(() => server.close({ signal: AbortSignal.abort() }));
  return { server, path: address.slice("unix://".length) };
}

/** Connects; tries again while the kernel's queue is full, since client and server share one thread here. */
async function openSocket(path: string): Promise<Socket> {
  for (;;) {
    const socket = netConnect(path);
    const error = await new Promise<Error | undefined>((resolve) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("error", resolve);
    });
    if (error === undefined) return socket.on("error", () => {});
    if (!("code" in error && error.code === "EAGAIN")) throw error;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A raw connection, and what the server answered on it: code by stream id. */
async function openRaw(path: string): Promise<{
  readonly socket: Socket;
  readonly answers: (readonly [number, string])[];
}> {
  const socket = netConnect(path);
  onTestFinished(() => void socket.destroy());
  const answers: (readonly [number, string])[] = [];
  const reader = new FrameReader({
    frame(streamId, _type, _flags, data, start, end) {
      const { status } = decodeResponse(data, start, end);
      answers.push([streamId, status === undefined ? "OK" : fromCodeNumber(status.code)]);
    },
    oversized() {},
  });
  socket.on("data", (chunk) => reader.push(chunk));
  socket.on("error", () => {});
  await once(socket, "connect");
  return { socket, answers };
}

function request(streamId: number, method = "Echo", flags = 0): Uint8Array {
  const payload = Data.encode({ data: Uint8Array.of(1) }).finish();
  const service = StreamService.fullName;
  const data = Request.encode(Request.fromPartial({ service, method, payload })).finish();
  return encodeFrame({ streamId, type: 1, flags, data });
}

async function stillServes(path: string): Promise<void> {
  await using connection = await connect(path);
  const { data } = await connection.client(StreamService).echo({ data: Uint8Array.of(9) });
  expect(data).toEqual(Uint8Array.of(9));
}

describe("a server before a client that breaks the rules", () => {
  test("refuses a message too long on its header alone, passes over it, and answers what follows", async () => {
    const { path } = await startServer();
    const { socket, answers } = await openRaw(path);
    const header = new Uint8Array(headerLength);
    writeHeader(header, 0, { length: 4_194_305, streamId: 1, type: 1, flags: 0 });
    socket.write(header);
    await expect.poll(() => answers).toEqual([[1, "RESOURCE_EXHAUSTED"]]);
    socket.write(new Uint8Array(4_194_305));
    socket.write(request(3));
    await expect
      .poll(() => answers)
      .toEqual([
        [1, "RESOURCE_EXHAUSTED"],
        [3, "OK"],
      ]);
  });

  test("refuses stream ids that are even, used or falling", async () => {
    const { path } = await startServer();
    const { socket, answers } = await openRaw(path);
    for (const streamId of [5, 5, 3, 4, 0, 7]) socket.write(request(streamId));
    await expect
      .poll(() => answers.toSorted(([a], [b]) => a - b))
      .toEqual([
        [0, "INVALID_ARGUMENT"],
        [3, "INVALID_ARGUMENT"],
        [4, "INVALID_ARGUMENT"],
        [5, "INVALID_ARGUMENT"],
        [5, "OK"],
        [7, "OK"],
      ]);
  });

  test("refuses data on streams that are not open, or take none", async () => {
    const { path } = await startServer();
    const { socket, answers } = await openRaw(path);
    const data = (streamId: number, flags: number): Uint8Array =>
      encodeFrame({ streamId, type: 3, flags, data: new Uint8Array(0) });
    socket.write(data(1, 0));
    await expect.poll(() => answers).toEqual([[1, "INVALID_ARGUMENT"]]);
    // A stream that was closed takes no more.
    socket.write(Buffer.concat([request(3, "Reverse", 2), data(3, 5), data(3, 0)]));
    await expect
      .poll(() => answers.filter(([id]) => id === 3).at(-1)?.[1])
      .toBe("INVALID_ARGUMENT");
  });

  test("passes over types of a later version", async () => {
    const { path } = await startServer();
    const { socket, answers } = await openRaw(path);
    socket.write(encodeFrame({ streamId: 1, type: 9, flags: 0xff, data: new Uint8Array(3) }));
    socket.write(encodeFrame({ streamId: 1, type: 2, flags: 0, data: new Uint8Array(3) }));
    socket.write(request(1));
    await expect.poll(() => answers).toEqual([[1, "OK"]]);
  });

  test("refuses a request that can't be read, and a message that can't", async () => {
    const { path } = await startServer();
    const { socket, answers } = await openRaw(path);
    socket.write(encodeFrame({ streamId: 1, type: 1, flags: 0, data: Uint8Array.of(0x0a, 0x7f) }));
    const broken = Request.encode(
      Request.fromPartial({
        service: StreamService.fullName,
        method: "Echo",
        payload: Uint8Array.of(0x0a, 0x7f, 1),
      }),
    ).finish();
    socket.write(encodeFrame({ streamId: 3, type: 1, flags: 0, data: broken }));
    await expect
      .poll(() => answers)
      .toEqual([
        [1, "INVALID_ARGUMENT"],
        [3, "INVALID_ARGUMENT"],
      ]);
  });

  test("aborts the calls of a client that goes away in the middle of a message", async () => {
    const { server, path } = await startServer();
    const { socket } = await openRaw(path);
    socket.write(Buffer.concat([request(1, "Join", 2), request(3).subarray(0, 20)]));
    await expect.poll(() => server.running).toBe(1);
    socket.destroy();
    await expect.poll(() => [server.running, server.connections]).toEqual([0, 0]);
    await stillServes(path);
  });

  test("outlives 1,000 connections that are opened and cut", async () => {
    const { server, path } = await startServer();
    const cutOne = async (index: number): Promise<void> => {
      const socket = await openSocket(path);
      if (index % 3 === 1) socket.write(request(1).subarray(0, index % 40));
      if (index % 3 === 2) socket.write(request(1, "Join", 2));
      if (index % 2 === 0) socket.destroy();
      else socket.end(() => socket.destroy());
    };
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => cutOne(round * 50 + index)));
    }
    await expect.poll(() => [server.running, server.connections]).toEqual([0, 0]);
    await stillServes(path);
  });

  test("holds a client back that sends and never reads, in bounded memory", async () => {
    const { path } = await startServer();
    const socket = netConnect(path);
    onTestFinished(() => void socket.destroy());
    socket.pause();
    await once(socket, "connect");
    const payload = Data.encode({ data: new Uint8Array(60_000) }).finish();
    const data = Request.encode(
      Request.fromPartial({ service: StreamService.fullName, method: "Echo", payload }),
    ).finish();
    let taken = 0;
    for (let streamId = 1; streamId < 4000; streamId += 2) {
      const more = socket.write(encodeFrame({ streamId, type: 1, flags: 0, data }));
      if (more) continue;
      const drained = await Promise.race([
        once(socket, "drain").then(() => true),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 300)),
      ]);
      if (!drained) break;
      taken = streamId;
    }
    // 120 MB were to be sent. What went is what the buffers on the way hold.
    expect(taken * 30_000).toBeLessThan(20e6);
    await stillServes(path);
  });

  test("survives whatever frames come, and answers the next client", {
    timeout: 60_000,
  }, async () => {
    const { server, path } = await startServer();
    const frame = fc.record({
      streamId: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffffffff })),
      type: fc.integer({ min: 0, max: 4 }),
      flags: fc.integer({ min: 0, max: 7 }),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 50 }),
        fc.constantFrom("Echo", "Split", "Join", "Reverse").map((method) => {
          const payload = Uint8Array.of(0x0a, 2, 1, 2);
          const { fullName: service } = StreamService;
          return Request.encode(Request.fromPartial({ service, method, payload })).finish();
        }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 20 }), fc.nat(400), async (frames, cutAt) => {
        const socket = netConnect(path);
        socket.on("error", () => {});
        socket.resume();
        await once(socket, "connect");
        const bytes = Buffer.concat(frames.map(encodeFrame));
        socket.write(bytes.subarray(0, cutAt));
        socket.end();
        await once(socket, "close");
      }),
      { numRuns: 300 },
    );
    await expect.poll(() => [server.running, server.connections]).toEqual([0, 0]);
    await stillServes(path);
  });
});

describe("a client before a server that breaks the rules", () => {
  async function connectToScript(script: (socket: Socket) => void): ReturnType<typeof connect> {
    const path = makeAddress().slice("unix://".length);
    const server = createServer((socket) => {
      socket.on("error", () => {});
      script(socket);
    }).listen(path);
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const connection = await connect(path);
    onTestFinished(() => connection.close());
    return connection;
  }

  async function failureOf(promise: PromiseLike<unknown>): Promise<string> {
    try {
      await promise;
      return "OK";
    } catch (error) {
      if (error instanceof RpcError) return error.code;
      throw error;
    }
  }

  test("fails a call whose answer is too long, and can go on", async () => {
    const connection = await connectToScript((socket) => {
      const header = new Uint8Array(headerLength);
      writeHeader(header, 0, { length: 5_000_000, streamId: 1, type: 2, flags: 0 });
      socket.write(header);
      socket.write(new Uint8Array(5_000_000));
      socket.write(encodeFrame({ streamId: 3, type: 2, flags: 0, data: new Uint8Array(0) }));
    });
    const client = connection.client(StreamService);
    expect(await Promise.all([failureOf(client.echo({})), failureOf(client.echo({}))])).toEqual([
      "RESOURCE_EXHAUSTED",
      "OK",
    ]);
  });

  test("fails a call whose answer can't be read, is data, or never comes whole", async () => {
    const connection = await connectToScript((socket) => {
      socket.write(
        encodeFrame({ streamId: 1, type: 2, flags: 0, data: Uint8Array.of(0x12, 9, 1) }),
      );
      socket.write(encodeFrame({ streamId: 3, type: 3, flags: 1, data: Uint8Array.of(0) }));
      socket.write(encodeFrame({ streamId: 99, type: 2, flags: 0, data: Uint8Array.of(0) }));
      socket.end(
        encodeFrame({ streamId: 5, type: 2, flags: 0, data: new Uint8Array(90) }).subarray(0, 50),
      );
    });
    const client = connection.client(StreamService);
    const calls = [
      failureOf(client.echo({})),
      failureOf(client.echo({})),
      failureOf(client.echo({})),
    ];
    expect(await Promise.all(calls)).toEqual(["INTERNAL", "INTERNAL", "UNAVAILABLE"]);
  });

  test("ends every call, unary or stream, whatever bytes come", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), async (bytes) => {
        const path = makeAddress().slice("unix://".length);
        const server = createServer((socket) => {
          socket.on("error", () => {});
          socket.end(
            Buffer.concat([encodeFrame({ streamId: 1, type: 2, flags: 0, data: bytes }), bytes]),
          );
        }).listen(path);
        await once(server, "listening");
        const connection = await connect(path);
        const client = connection.client(StreamService);
        await Promise.all([
          failureOf(client.echo({})),
          failureOf(client.join([{}, {}])),
          failureOf(
            (async () => {
              for await (const _ of client.split({}));
            })(),
          ),
        ]);
        expect(connection.pending).toBe(0);
        connection.close();
        server.close();
      }),
      { numRuns: 150 },
    );
  });
});

test("100,000 calls leave nothing behind", { timeout: 120_000 }, async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { path } = await startServer();
  await using connection = await connect(path);
  const client = connection.client(StreamService);
  const data = new Uint8Array(100);
  const run = async (count: number): Promise<number> => {
    for (let done = 0; done < count; done += 50) {
      await Promise.all(Array.from({ length: 50 }, () => client.echo({ data })));
    }
    // Buffers are swept behind the collector's back: a second round finds them gone.
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  const before = await run(20_000);
  const after = await run(100_000);
  expect(after - before).toBeLessThan(4e6);
});
