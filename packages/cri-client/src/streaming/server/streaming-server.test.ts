import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type Context, RpcError, ServerCall } from "@ocikit/rpc";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { deferred } from "../../../test/deferred.ts";
import { AttachRequest, ExecRequest, PortForwardRequest } from "../../gen/runtime/v1/streaming.ts";
import { SpdyConnection } from "../../spdy/connection.ts";
import { PortForward } from "../port-forward.ts";
import { openAttach, openExec } from "../process.ts";
import type { StreamingHandlers } from "./handlers.ts";
import { StreamingServer, type StreamingServerOptions } from "./streaming-server.ts";

const context: Context = new ServerCall({ method: "test" });

/** Writes its input back, and ends with 3. */
const echo: StreamingHandlers = {
  exec: () => async (io) => {
    for await (const chunk of io.stdin ?? []) io.stdout?.write(chunk);
    return { code: 3 };
  },
  portForward: () => async (_port, connection) => {
    connection.pipe(connection);
    await new Promise((resolve) => connection.once("close", resolve));
  },
};

function execRequest(init: Parameters<typeof ExecRequest.fromPartial>[0] = {}): ExecRequest {
  return ExecRequest.fromPartial({
    containerId: "c",
    cmd: ["x"],
    stdin: true,
    stdout: true,
    ...init,
  });
}

/** An upgrade request by hand: the answer's status and headers, and the socket when it was taken. */
function handUpgrade(
  url: string,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Record<string, unknown>; socket: Socket | undefined }> {
  return new Promise((resolve, reject) => {
    const req = request(url, {
      method: "POST",
      headers: { connection: "Upgrade", ...headers },
      agent: false,
    });
    req.once("upgrade", (response, socket) =>
      resolve({ status: 101, headers: response.headers, socket: socket as Socket }),
    );
    req.once("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, socket: undefined });
    });
    req.once("error", reject);
    req.end();
  });
}

describe("a URL", () => {
  test("is good for one session", async () => {
    await using server = await StreamingServer.listen(echo);
    const { url } = await server.methods.exec(execRequest(), context);
    const spdy = { upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4.channel.k8s.io" };
    const first = await handUpgrade(url, spdy);
    expect(first.status).toBe(101);
    expect((await handUpgrade(url, spdy)).status).toBe(404);
    first.socket?.destroy();
  });

  test("is not used up by requests that ask for nothing this server speaks", async () => {
    await using server = await StreamingServer.listen(echo);
    const { url } = await server.methods.exec(execRequest(), context);
    expect((await fetch(url)).status).toBe(400);
    expect((await handUpgrade(url, { upgrade: "h2c" })).status).toBe(400);
    const refused = await handUpgrade(url, {
      upgrade: "SPDY/3.1",
      "x-stream-protocol-version": "v9.channel.k8s.io",
    });
    expect(refused.status).toBe(403);
    expect(refused.headers["x-accepted-stream-protocol-versions"]).toContain("v4.channel.k8s.io");
    const socket = new WebSocket(url.replace("http", "ws"), ["v9.channel.k8s.io"]);
    const status = await new Promise((resolve) => {
      socket.once("unexpected-response", (_, response) => resolve(response.statusCode));
      socket.on("error", () => {});
    });
    expect(status).toBe(403);
    const ask = async (): Promise<{ url: string }> => ({ url });
    const session = await openExec(ask, "c", ["x"], { stderr: false });
    expect((await session.output()).code).toBe(3);
  });

  test("begins with another name where clients need one", async () => {
    await using server = await StreamingServer.listen(echo, { publicUrl: "https://node-1:10010/" });
    const { url } = await server.methods.exec(execRequest(), context);
    expect(url).toMatch(/^https:\/\/node-1:10010\/exec\/[\w-]{24}$/);
  });

  test("is refused at the call for what nobody handles, and for what can't be", async () => {
    await using server = await StreamingServer.listen({
      exec() {
        throw new RpcError("NOT_FOUND", "no container c");
      },
    });
    const { exec, attach, portForward } = server.methods;
    await expect(exec(execRequest(), context)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(
      attach(AttachRequest.fromPartial({ stdout: true }), context),
    ).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    await expect(exec(execRequest({ stdin: false, stdout: false }), context)).rejects.toMatchObject(
      { code: "INVALID_ARGUMENT" },
    );
    await expect(exec(execRequest({ tty: true, stderr: true }), context)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    await expect(
      portForward(PortForwardRequest.fromPartial({ port: [0] }), context),
    ).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    await using ports = await StreamingServer.listen(echo);
    await expect(
      ports.methods.portForward(PortForwardRequest.fromPartial({ port: [70_000] }), context),
    ).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("a session", () => {
  test("whose client leaves tells its handler", async () => {
    const told = deferred<unknown>();
    await using server = await StreamingServer.listen({
      exec:
        () =>
        async ({ signal }) => {
          signal.addEventListener("abort", () => told.resolve(signal.reason));
          return await new Promise(() => {});
        },
    });
    const session = await openExec(() => server.methods.exec(execRequest(), context), "c", ["x"], {
      stderr: false,
    });
    await session[Symbol.asyncDispose]();
    expect(await told.promise).toMatchObject({ code: "CANCELLED" });
  });

  test("whose handler throws is told its sentence", async () => {
    await using server = await StreamingServer.listen({
      exec: () => async () => {
        throw new Error("no such program");
      },
      attach: () => async () => {
        throw new RpcError("INTERNAL", "the container is gone");
      },
    });
    const session = await openExec(() => server.methods.exec(execRequest(), context), "c", ["x"], {
      stderr: false,
    });
    await expect(session.exited).rejects.toMatchObject({ rawMessage: "no such program" });
    const attach = AttachRequest.fromPartial({ stdout: true });
    const joined = await openAttach(() => server.methods.attach(attach, context), "c", {
      stdin: false,
      stderr: false,
      transports: ["websocket"],
    });
    await expect(joined.detached).rejects.toMatchObject({ rawMessage: "the container is gone" });
  });

  test("whose client opens no streams ends when the time for it is over", async () => {
    const options = { creationTimeoutMs: 100 };
    await using server = await StreamingServer.listen(echo, options);
    const { url } = await server.methods.exec(execRequest(), context);
    const { socket } = await handUpgrade(url, {
      upgrade: "SPDY/3.1",
      "x-stream-protocol-version": "v4.channel.k8s.io",
    });
    await new Promise((resolve) => socket?.resume().once("end", resolve));
  });

  test("on which nothing moves ends when the time for it is over", async () => {
    await using server = await StreamingServer.listen(echo, { idleTimeoutMs: 100 });
    const ask = () => server.methods.exec(execRequest(), context);
    const session = await openExec(ask, "c", ["x"], { stderr: false });
    await expect(session.exited).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("takes the streams that were asked for, each once, and no others", async () => {
    await using server = await StreamingServer.listen(echo);
    const { url } = await server.methods.exec(execRequest(), context);
    const { socket } = await handUpgrade(url, {
      upgrade: "SPDY/3.1",
      "x-stream-protocol-version": "v4.channel.k8s.io",
    });
    if (socket === undefined) throw new Error("refused");
    const connection = new SpdyConnection(socket, { role: "client" });
    await connection.openStream({ streamtype: "error" });
    await expect(connection.openStream({ streamtype: "error" })).rejects.toThrow(/refused/);
    await expect(connection.openStream({ streamtype: "stderr" })).rejects.toThrow(/refused/);
    await expect(connection.openStream({ streamtype: "resize" })).rejects.toThrow(/refused/);
    connection.destroy();
  });

  test("in versions before 4 tells its end as text", async () => {
    await using server = await StreamingServer.listen(echo);
    for (const version of ["v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io", undefined]) {
      const { url } = await server.methods.exec(execRequest(), context);
      const { socket } = await handUpgrade(url, {
        upgrade: "SPDY/3.1",
        ...(version === undefined ? {} : { "x-stream-protocol-version": version }),
      });
      if (socket === undefined) throw new Error("refused");
      const connection = new SpdyConnection(socket, { role: "client" });
      const error = await connection.openStream({ streamtype: "error" });
      const stdin = await connection.openStream({ streamtype: "stdin" });
      const stdout = await connection.openStream({ streamtype: "stdout" });
      stdin.end("hello");
      expect(await text(stdout)).toBe("hello");
      expect(await text(error)).toMatch(/exit status 3$/);
    }
  });

  test("over a WebSocket that names no version speaks the oldest", async () => {
    await using server = await StreamingServer.listen({
      exec:
        () =>
        async ({ stdout }) => {
          stdout?.write("hello");
          return { code: 0 };
        },
    });
    const { url } = await server.methods.exec(execRequest({ stdin: false }), context);
    const socket = new WebSocket(url.replace("http", "ws"));
    const messages: string[] = [];
    socket.on("message", (data) => messages.push(String(data)));
    await new Promise((resolve) => socket.once("close", resolve));
    expect(messages).toEqual(["\x01", "\x01hello", "\x03"]);
  });
});

describe("port-forward", () => {
  test("goes through a WebSocket as SPDY", async () => {
    await using server = await StreamingServer.listen(echo);
    await using forward = new PortForward(
      (request) => server.methods.portForward(PortForwardRequest.fromPartial(request), context),
      "pod",
      { transport: "spdy-over-websocket" },
    );
    const answers = await Promise.all(
      ["a", "b"].map(async (word) => {
        await using connection = await forward.connect(80);
        const writer = connection.writable.getWriter();
        await writer.write(Buffer.from(word));
        const { value } = await connection.readable.getReader().read();
        return Buffer.from(value ?? []).toString();
      }),
    );
    expect(answers).toEqual(["a", "b"]);
  });

  test("refuses streams without a port, of another kind, and twice the same", async () => {
    await using server = await StreamingServer.listen(echo);
    const { url } = await server.methods.portForward(PortForwardRequest.fromPartial({}), context);
    const { socket } = await handUpgrade(url, {
      upgrade: "SPDY/3.1",
      "x-stream-protocol-version": "portforward.k8s.io",
    });
    if (socket === undefined) throw new Error("refused");
    const connection = new SpdyConnection(socket, { role: "client" });
    for (const headers of [
      { streamtype: "data", requestid: "0" },
      { streamtype: "data", requestid: "0", port: "0" },
      { streamtype: "data", requestid: "0", port: "65536" },
      { streamtype: "stdin", requestid: "0", port: "80" },
    ]) {
      await expect(connection.openStream(headers)).rejects.toThrow(/refused/);
    }
    await connection.openStream({ streamtype: "data", requestid: "1", port: "80" });
    await expect(
      connection.openStream({ streamtype: "data", requestid: "1", port: "80" }),
    ).rejects.toThrow(/refused/);
    connection.destroy();
  });
});

describe("the port", () => {
  test("survives garbage", async () => {
    await using server = await StreamingServer.listen(echo);
    const { port } = new URL(server.url);
    for (const garbage of ["\0".repeat(100), "GET / HTTP/9.9\r\n\r\n", "x".repeat(100_000)]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      socket.end(garbage);
      await new Promise((resolve) => socket.resume().once("close", resolve));
    }
    const session = await openExec(() => server.methods.exec(execRequest(), context), "c", ["x"], {
      stderr: false,
    });
    expect((await session.output()).code).toBe(3);
  });

  test("speaks TLS with a certificate, which the client checks", async () => {
    const pem = (name: string): Promise<string> =>
      readFile(new URL(`../../../test/tls/${name}.pem`, import.meta.url), "utf8");
    const [cert, key] = await Promise.all([pem("cert"), pem("key")]);
    const options: StreamingServerOptions = { tls: { cert, key } };
    await using server = await StreamingServer.listen(echo, options);
    expect(server.url).toMatch(/^https:/);
    const ask = () => server.methods.exec(execRequest(), context);
    for (const transports of [["spdy"], ["websocket"]] as const) {
      const common = { transports, stderr: false };
      await expect(openExec(ask, "c", ["x"], common)).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining("certificate"),
      });
      const session = await openExec(ask, "c", ["x"], { ...common, tls: { ca: cert } });
      expect((await session.output()).code).toBe(3);
    }
  });
});
