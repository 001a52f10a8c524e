import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Implementation, RpcError } from "@ocikit/rpc";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeAddress, makeFolder } from "../../test/socket.ts";
import { StreamService } from "../../test/stream-service.ts";
import type { ClientConnection } from "./client-connection.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { type ServeOptions, type Server, serve } from "./serve.ts";

type Handlers = Implementation<typeof StreamService>;

async function start(
  handlers: Handlers,
  options: ServeOptions & { readonly connect?: ConnectOptions } = {},
): Promise<{ readonly server: Server; readonly connection: ClientConnection }> {
  const address = makeAddress();
  const server = await serve(address, (router) => router.service(StreamService, handlers), options);
  const connection = await connect(address, options.connect);
  onTestFinished(async () => {
    connection.close();
    await server.close({ signal: AbortSignal.abort() });
  });
  return { server, connection };
}

const bytes = (...values: number[]): { data: Uint8Array } => ({ data: Uint8Array.from(values) });

async function failure(promise: PromiseLike<unknown>): Promise<RpcError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("a unary call over a socket", () => {
  test("brings the answer", async () => {
    const { connection } = await start({ echo: ({ data }) => ({ data }) });
    expect(await connection.client(StreamService).echo(bytes(1, 2))).toEqual(bytes(1, 2));
    expect(await connection.client(StreamService).echo({})).toEqual(bytes());
  });

  test("overlaps with others, and each gets its own answer", async () => {
    const { connection } = await start({
      async echo({ data }) {
        await new Promise((resolve) => setTimeout(resolve, (data[0] ?? 0) % 7));
        return { data };
      },
    });
    const client = connection.client(StreamService);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => client.echo(bytes(index % 256))),
    );
    expect(answers.map(({ data }) => data[0])).toEqual(answers.map((_, index) => index % 256));
  });

  test("of up to 4 MiB goes through, both ways; one byte more is RESOURCE_EXHAUSTED and hurts no other", async () => {
    const { connection } = await start({ echo: ({ data }) => ({ data }) });
    const client = connection.client(StreamService);
    const large = { data: new Uint8Array(4_194_200).fill(7) };
    expect((await client.echo(large)).data.length).toBe(4_194_200);
    const error = await failure(client.echo({ data: new Uint8Array(4_194_304) }));
    expect(error).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(error.rawMessage).toMatch(/has \d+ bytes, 4194304 are allowed/);
    expect(await client.echo(bytes(1))).toEqual(bytes(1));
  });

  test("whose answer would be too long fails with RESOURCE_EXHAUSTED, and the connection lives on", async () => {
    const { connection } = await start({
      echo: ({ data }) => ({ data: data.length > 0 ? data : new Uint8Array(5_000_000) }),
    });
    const client = connection.client(StreamService);
    expect((await failure(client.echo({}))).code).toBe("RESOURCE_EXHAUSTED");
    expect(await client.echo(bytes(1))).toEqual(bytes(1));
  });

  test("carries code, sentence and details of an error", async () => {
    const details = [{ typeUrl: "x.Why", value: Uint8Array.of(1, 2) }];
    const { connection } = await start({
      echo() {
        throw new RpcError("NOT_FOUND", "no task ünïcode", { details });
      },
    });
    const error = await failure(connection.client(StreamService).echo({}));
    expect(error).toMatchObject({ code: "NOT_FOUND", rawMessage: "no task ünïcode", details });
    expect(error.method).toBe("ocikit.test.Streams/Echo");
  });

  test("to a method without handler answers UNIMPLEMENTED in Go's words", async () => {
    const { connection } = await start({});
    const error = await failure(connection.client(StreamService).echo({}));
    expect(error).toMatchObject({ code: "UNIMPLEMENTED", rawMessage: "method Echo" });
    const other = { ...StreamService, fullName: "x.Y" };
    const unknown = await failure(connection.client(other).echo({}));
    expect(unknown).toMatchObject({ code: "UNIMPLEMENTED", rawMessage: "service x.Y" });
  });

  test("tells the server its deadline, and both ends keep it", async () => {
    const seen: unknown[] = [];
    const { server, connection } = await start({
      async echo(_request, { signal, timeoutMs }) {
        seen.push(timeoutMs);
        return untilAborted(signal).catch((error: RpcError) => {
          seen.push(error.code);
          throw error;
        });
      },
    });
    const error = await failure(connection.client(StreamService).echo({}, { timeoutMs: 20 }));
    expect(error.code).toBe("DEADLINE_EXCEEDED");
    await expect.poll(() => seen).toEqual([20, "DEADLINE_EXCEEDED"]);
    expect(server.running).toBe(0);
  });

  test("given up by its signal ends at once with CANCELLED; the late answer is passed over", async () => {
    let answer: () => void = () => {};
    const { connection } = await start({
      echo: ({ data }) =>
        data.length > 0
          ? { data }
          : new Promise((resolve) => {
              answer = () => resolve({});
            }),
    });
    const client = connection.client(StreamService);
    const controller = new AbortController();
    const call = failure(client.echo({}, { signal: controller.signal }));
    await client.echo(bytes(1));
    controller.abort(new Error("enough"));
    expect(await call).toMatchObject({ code: "CANCELLED", rawMessage: "enough" });
    expect(connection.pending).toBe(0);
    answer();
    expect(await client.echo(bytes(2))).toEqual(bytes(2));
  });

  test("takes the connection's words and its own to the handler", async () => {
    const { connection } = await start(
      {
        echo(_request, { metadata }) {
          return { data: Buffer.from(JSON.stringify([...metadata])) };
        },
      },
      { connect: { metadata: { "containerd-namespace-ttrpc": "k8s.io" } } },
    );
    const client = connection.client(StreamService);
    const { data } = await client.echo({}, { metadata: { more: ["a", "b"] } });
    expect(JSON.parse(Buffer.from(data).toString())).toEqual([
      ["containerd-namespace-ttrpc", "k8s.io"],
      ["more", "a"],
      ["more", "b"],
    ]);
  });

  test("fails with UNAVAILABLE when the connection breaks under it, and after", async () => {
    const { server, connection } = await start({
      echo: (_request, { signal }) => untilAborted(signal),
    });
    const call = failure(connection.client(StreamService).echo({}));
    await expect.poll(() => server.running).toBe(1);
    await server.close({ signal: AbortSignal.abort() });
    expect(await call).toMatchObject({ code: "UNAVAILABLE" });
    expect((await failure(connection.client(StreamService).echo({}))).code).toBe("UNAVAILABLE");
    await connection.whenClosed;
  });

  test("aborts its handler when the caller's connection is gone", async () => {
    let reason: RpcError | undefined;
    const { connection } = await start({
      echo: (_request, { signal }) =>
        untilAborted(signal).catch((error: RpcError) => {
          reason = error;
          throw error;
        }),
    });
    const call = failure(connection.client(StreamService).echo({}));
    await new Promise((resolve) => setTimeout(resolve, 10));
    connection.close();
    expect((await call).code).toBe("UNAVAILABLE");
    await expect.poll(() => reason?.code).toBe("CANCELLED");
  });
});

describe("a streaming call over a socket", () => {
  const handlers: Handlers = {
    async *split({ data }) {
      for (const byte of data) yield bytes(byte);
    },
    async join(messages) {
      const all: number[] = [];
      for await (const { data } of messages) all.push(...data);
      return bytes(...all);
    },
    async *reverse(messages) {
      for await (const { data } of messages) yield { data: data.toReversed() };
    },
  };

  test("brings many answers, and none", async () => {
    const { connection } = await start(handlers);
    const client = connection.client(StreamService);
    expect(await collect(client.split(bytes(1, 2, 3)))).toEqual([bytes(1), bytes(2), bytes(3)]);
    expect(await collect(client.split({}))).toEqual([]);
  });

  test("takes many messages to one answer, and none", async () => {
    const { connection } = await start(handlers);
    const client = connection.client(StreamService);
    expect(await client.join([bytes(1), bytes(), bytes(2, 3)])).toEqual(bytes(1, 2, 3));
    expect(await client.join([])).toEqual(bytes());
  });

  test("goes both ways at once", async () => {
    const { connection } = await start(handlers);
    const client = connection.client(StreamService);
    let answered = 0;
    async function* oneAfterAnother(): AsyncGenerator<{ data: Uint8Array }> {
      for (let turn = 0; turn < 5; turn++) {
        await expect.poll(() => answered).toBe(turn);
        yield bytes(turn, 9);
      }
    }
    for await (const { data } of client.reverse(oneAfterAnother())) {
      expect(data).toEqual(Uint8Array.of(9, answered));
      answered++;
    }
    expect(answered).toBe(5);
  });

  test("left early is given up here, and its connection carries the next call", async () => {
    const { connection } = await start({
      ...handlers,
      async *split(_request, { signal }) {
        for (let turn = 0; !signal.aborted; turn++) {
          yield bytes(turn % 256);
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    });
    const client = connection.client(StreamService);
    for await (const { data } of client.split({})) if (data[0] === 3) break;
    expect(connection.pending).toBe(0);
    expect(await client.join([bytes(5)])).toEqual(bytes(5));
  });

  test("that fails half-way brings what came before", async () => {
    const { connection } = await start({
      async *split() {
        yield bytes(1);
        throw new RpcError("DATA_LOSS", "torn");
      },
    });
    const seen: number[] = [];
    const error = await failure(
      (async () => {
        for await (const { data } of connection.client(StreamService).split({})) seen.push(...data);
      })(),
    );
    expect(seen).toEqual([1]);
    expect(error).toMatchObject({ code: "DATA_LOSS", rawMessage: "torn" });
  });

  test("whose own messages fail to come fails with that error", async () => {
    const { connection } = await start(handlers);
    async function* broken(): AsyncGenerator<{ data: Uint8Array }> {
      yield bytes(1);
      throw new Error("source ran dry");
    }
    const error = await failure(connection.client(StreamService).join(broken()));
    expect(error).toMatchObject({ code: "UNKNOWN", rawMessage: "source ran dry" });
  });

  test("to a reader that is slow holds its sender back, and loses nothing", async () => {
    let sent = 0;
    const { connection } = await start({
      async *split() {
        for (; sent < 400; sent++) yield { data: new Uint8Array(64 * 1024).fill(sent) };
      },
    });
    let read = 0;
    let ahead = 0;
    for await (const { data } of connection.client(StreamService).split({})) {
      expect(data[0]).toBe(read % 256);
      read++;
      ahead = Math.max(ahead, sent - read);
      if (read % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(read).toBe(400);
    // 25 MB flow; what waits between the two ends is a few MB of buffers.
    expect(ahead).toBeLessThan(120);
  });

  test("to a reader that stands still is given up, so that other calls of the connection go on", async () => {
    const { connection } = await start({
      async *split() {
        for (;;) yield { data: new Uint8Array(64 * 1024) };
      },
      echo: ({ data }) => ({ data }),
    });
    const client = connection.client(StreamService);
    const stream = client.split({})[Symbol.asyncIterator]();
    await stream.next();
    // Held back for a second at most by the full stream.
    expect(await client.echo(bytes(1), { timeoutMs: 20_000 })).toEqual(bytes(1));
    const error = await failure(
      (async () => {
        while ((await stream.next()).done !== true);
      })(),
    );
    expect(error.code).toBe("RESOURCE_EXHAUSTED");
  });
});

describe("serve", () => {
  test("makes its socket for its owner alone, and removes it when it closes", async () => {
    const path = join(makeFolder(), "s");
    const server = await serve(path, () => {});
    expect(server.address).toBe(`unix://${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await server.close();
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  test("refuses an address somebody listens at, with ALREADY_EXISTS", async () => {
    const address = makeAddress();
    await using _server = await serve(address, () => {});
    const error = await failure(serve(address, () => {}));
    expect(error.code).toBe("ALREADY_EXISTS");
  });

  test("takes the place of a socket that nobody answers behind, but of no other file", async () => {
    const folder = makeFolder();
    const path = join(folder, "s");
    const listen = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", listen]);
    expect(statSync(path).isSocket()).toBe(true);
    await using server = await serve(path, () => {});
    await using connection = await connect(server.address ?? "");
    expect(connection.closed).toBe(false);

    const file = join(folder, "f");
    writeFileSync(file, "precious");
    expect((await failure(serve(file, () => {}))).code).toBe("ALREADY_EXISTS");
    expect(existsSync(file)).toBe(true);
  });

  test("listens at an abstract address, which has no file", async () => {
    const address = `unix://@ocikit-test-${process.pid}-${Math.random()}`;
    await using _server = await serve(address, (router) =>
      router.service(StreamService, { echo: ({ data }) => ({ data }) }),
    );
    await using connection = await connect(address);
    expect(await connection.client(StreamService).echo(bytes(4))).toEqual(bytes(4));
  });

  test("lets running calls finish when it closes, and refuses new ones", async () => {
    let answer: () => void = () => {};
    const { server, connection } = await start({
      echo: ({ data }) =>
        new Promise((resolve) => {
          answer = () => resolve({ data });
        }),
    });
    const client = connection.client(StreamService);
    const running = client.echo(bytes(1));
    await expect.poll(() => server.running).toBe(1);
    const closed = server.close();
    const refused = await failure(client.echo(bytes(2)));
    expect(refused).toMatchObject({
      code: "UNAVAILABLE",
      rawMessage: "the server is shutting down",
    });
    answer();
    expect(await running).toEqual(bytes(1));
    await closed;
    await server.closed;
    expect(server.connections).toBe(0);
  });

  test("limits the calls of one connection that run at once", async () => {
    const { connection } = await start(
      { echo: (_request, { signal }) => untilAborted(signal) },
      { maxConcurrentCalls: 2 },
    );
    const client = connection.client(StreamService);
    const waiting = [failure(client.echo({})), failure(client.echo({}))];
    expect((await failure(client.echo({}))).code).toBe("RESOURCE_EXHAUSTED");
    connection.close();
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual([
      "UNAVAILABLE",
      "UNAVAILABLE",
    ]);
  });

  test("ends when its signal aborts", async () => {
    const controller = new AbortController();
    const server = await serve(makeAddress(), () => {}, { signal: controller.signal });
    controller.abort();
    await server.closed;
  });
});

describe("connect", () => {
  test("to an address nobody listens at fails with UNAVAILABLE and the system's word", async () => {
    const error = await failure(connect("unix:///nowhere/s"));
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.rawMessage).toBe("connect unix:///nowhere/s: connect ENOENT /nowhere/s");
  });

  test("waits for its turn when more connect at once than a server's queue holds", async () => {
    const { server } = await start({ echo: ({ data }) => ({ data }) });
    const connections = await Promise.all(
      Array.from({ length: 700 }, () => connect(server.address ?? "")),
    );
    expect(connections.every((connection) => !connection.closed)).toBe(true);
    for (const connection of connections) connection.close();
  });

  test("to what is no address fails with a TypeError", async () => {
    await expect(connect("http://x")).rejects.toThrow(TypeError);
  });

  test("speaks to a virtual machine's vsock through its monitor's socket", async () => {
    const path = join(makeFolder(), "v");
    const { server } = await start({ echo: ({ data }) => ({ data }) });
    const monitor = createServer((socket) => {
      socket.once("data", (line) => {
        expect(line.toString()).toBe("CONNECT 1024\n");
        socket.write("OK 7\n");
        server.accept(socket);
      });
    }).listen(path);
    onTestFinished(() => void monitor.close());
    await using connection = await connect(`hvsock://${path}:1024`);
    expect(await connection.client(StreamService).echo(bytes(3))).toEqual(bytes(3));
  });

  test("says what a monitor that refuses said", async () => {
    const path = join(makeFolder(), "v");
    const monitor = createServer((socket) => void socket.end("ERR no port\n")).listen(path);
    onTestFinished(() => void monitor.close());
    const error = await failure(connect(`hvsock://${path}:1`));
    expect(error.rawMessage).toContain('the monitor answered "ERR no port"');
  });

  test("gives up when its time is over", async () => {
    const path = join(makeFolder(), "v");
    const silent = createServer(() => {}).listen(path);
    onTestFinished(() => void silent.close());
    const error = await failure(connect(`hvsock://${path}:1`, { timeoutMs: 20 }));
    expect(error.code).toBe("DEADLINE_EXCEEDED");
  });

  test("leaves the way to a vsock to the caller, since JavaScript has none", async () => {
    expect((await failure(connect("vsock://3:1024"))).code).toBe("UNIMPLEMENTED");
    let dialled: unknown;
    const address = makeAddress();
    await using _server = await serve(address, () => {});
    const { connect: netConnect } = await import("node:net");
    await using connection = await connect("vsock://3:1024", {
      async dial(to) {
        dialled = to;
        return netConnect(address.slice("unix://".length));
      },
    });
    expect(dialled).toEqual({ kind: "vsock", cid: 3, port: 1024 });
    expect(connection.closed).toBe(false);
  });
});
