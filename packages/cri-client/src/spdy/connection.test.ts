import { randomBytes } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deferred } from "../../test/deferred.ts";
import { temporaryFolder } from "../../test/grpc-pair.ts";
import { SpdyConnection } from "./connection.ts";
import { encodeSynStream } from "./frame.ts";
import { HeaderWriter } from "./header-block.ts";
import type { SpdyStream } from "./stream.ts";

interface Sockets extends AsyncDisposable {
  readonly near: Socket;
  readonly far: Socket;
}

/** Two ends of one socket. */
async function socketPair(): Promise<Sockets> {
  const folder = await temporaryFolder();
  const path = join(folder.path, "spdy.sock");
  const accepted = deferred<Socket>();
  const server = createServer({ allowHalfOpen: true }, accepted.resolve);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const near = connect({ path, allowHalfOpen: true });
  const far = await accepted.promise;
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
      await new Promise((resolve) => server.close(resolve));
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Both ends of a connection; the server takes every stream and hands it to `onStream`. */
function connections(
  { near, far }: Sockets,
  onStream: (stream: SpdyStream) => void,
): { client: SpdyConnection; server: SpdyConnection } {
  const server = new SpdyConnection(far, {
    role: "server",
    onStream: (stream) => {
      void stream.reply().then(() => onStream(stream));
    },
  });
  return { client: new SpdyConnection(near, { role: "client" }), server };
}

describe("streams", () => {
  test("carry their headers, and bytes both ways, each side ended by itself", async () => {
    await using sockets = await socketPair();
    const { client } = connections(sockets, (stream) => {
      stream.write(JSON.stringify(stream.headers));
      stream.pipe(stream);
    });
    const stream = await client.openStream({ streamtype: "stdin", port: "80" });
    stream.end("hello");
    expect(String(await buffer(stream))).toBe('{"streamtype":"stdin","port":"80"}hello');
    client.close();
  });

  test("many at once, of any size, do not mix", async () => {
    await using sockets = await socketPair();
    const { client } = connections(sockets, (stream) => stream.pipe(stream));
    const sizes = [0, 1, 32_768, 32_769, 300_000, 1_000_000];
    await Promise.all(
      sizes.map(async (size) => {
        const sent = randomBytes(size);
        const stream = await client.openStream({ size: String(size) });
        stream.end(sent);
        expect((await buffer(stream)).equals(sent)).toBe(true);
      }),
    );
    client.close();
  });

  test("a reader that stands still makes the writer wait", async () => {
    await using sockets = await socketPair();
    let taken: SpdyStream | undefined;
    const { client } = connections(sockets, (stream) => {
      taken = stream;
    });
    const stream = await client.openStream({});
    const writeUntilStuck = async (): Promise<number> => {
      for (let written = 1; ; written++) {
        if (stream.write(Buffer.alloc(65_536))) continue;
        const drained = new Promise<boolean>((resolve) =>
          stream.once("drain", () => resolve(true)),
        );
        if (!(await Promise.race([drained, late()]))) return written;
      }
    };
    expect(await writeUntilStuck()).toBeLessThan(100);
    const drained = new Promise((resolve) => stream.once("drain", resolve));
    taken?.resume();
    await drained;
    client.destroy();
  });

  test("destroying one resets it and leaves the others alone", async () => {
    await using sockets = await socketPair();
    const ended = deferred<void>();
    const { client } = connections(sockets, (stream) => {
      if (stream.headers.kind === "short") stream.on("end", () => ended.resolve()).resume();
      else stream.pipe(stream);
    });
    const short = await client.openStream({ kind: "short" });
    const long = await client.openStream({ kind: "long" });
    short.destroy();
    await ended.promise;
    long.end("still here");
    expect(await text(long)).toBe("still here");
    client.close();
  });
});

describe("a connection", () => {
  test("whose peer takes no streams refuses them", async () => {
    await using sockets = await socketPair();
    new SpdyConnection(sockets.far, { role: "server" });
    const client = new SpdyConnection(sockets.near, { role: "client" });
    await expect(client.openStream({})).rejects.toThrow(/refused the stream/);
  });

  test("that is cut ends its streams with an error, and opens no more", async () => {
    await using sockets = await socketPair();
    const { client } = connections(sockets, () => {});
    const stream = await client.openStream({});
    const failed = expect(buffer(stream)).rejects.toThrow(/connection was closed|ended/);
    sockets.far.destroy();
    await failed;
    await expect(client.openStream({})).rejects.toThrow(/no more streams/);
  });

  test("answers a ping of the peer, and not its own that come back", async () => {
    await using sockets = await socketPair();
    new SpdyConnection(sockets.near, { role: "client" });
    const ping = Buffer.from("800300060000000400000002", "hex");
    const own = Buffer.from("800300060000000400000001", "hex");
    sockets.far.write(own);
    sockets.far.write(ping);
    const answer: Uint8Array = await new Promise((resolve) => sockets.far.once("data", resolve));
    expect(Buffer.from(answer).equals(ping)).toBe(true);
  });

  test("ends with an error at bytes that are no SPDY", async () => {
    const writer = new HeaderWriter();
    const block = await writer.write({});
    const garbage: [string, Uint8Array][] = [
      ["another version", Buffer.from("HTTP/1.1 200 OK\r\n\r\n".replace("H", "\x88"), "latin1")],
      ["a stream id of the wrong side", encodeSynStream(1, block)],
      ["headers that do not unpack", encodeSynStream(2, Buffer.from("junk"))],
    ];
    for (const [, bytes] of garbage) {
      await using sockets = await socketPair();
      const closed = deferred<Error | undefined>();
      new SpdyConnection(sockets.near, { role: "client", onStream() {}, onClose: closed.resolve });
      sockets.far.write(bytes);
      expect(await closed.promise).toMatchObject({ name: "SpdyError" });
    }
  });

  test("survives any bytes: it ends, and nothing is thrown beside it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        await using sockets = await socketPair();
        const closed = deferred<Error | undefined>();
        new SpdyConnection(sockets.near, {
          role: "server",
          onStream: (stream) => void stream.reply().catch(() => {}),
          onClose: closed.resolve,
        });
        sockets.far.end(bytes);
        await closed.promise;
      }),
      { numRuns: 60 },
    );
  });
});

function late(): Promise<boolean> {
  return new Promise((resolve) => setTimeout(resolve, 200, false));
}
