import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { PortConnection } from "../../src/index.ts";
import { readUntil, write } from "./exec.ts";
import type { Subject, TestPod } from "./runtime-under-test.ts";

const port = 8123;

async function readAll(connection: PortConnection): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of connection.readable) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function portForwardTests(subject: Subject): void {
  /** Waits until the pod's server answers. */
  const serveEcho = async (pod: TestPod): Promise<void> => {
    await pod.start(subject.runtime.commands.echoServer(port));
    await expect
      .poll(
        async () => {
          await using forward = subject.cri.portForward(pod.id);
          await using connection = await forward.connect(port);
          await write(connection.writable, "?");
          return await readUntil(connection.readable, /\?/);
        },
        { timeout: 10_000 },
      )
      .toBe("?");
  };

  describe("port-forward", () => {
    test("carries many connections in one session, each by itself", async () => {
      await using pod = await subject.runPod();
      await serveEcho(pod);
      await using forward = subject.cri.portForward(pod.id);
      const answers = await Promise.all(
        ["one", "two", "three"].map(async (word) => {
          await using connection = await forward.connect(port);
          await write(connection.writable, word);
          return await readUntil(connection.readable, new RegExp(word));
        }),
      );
      expect(answers).toEqual(["one", "two", "three"]);
    });

    test("half-closes, and carries megabytes both ways", async () => {
      await using pod = await subject.runPod();
      await serveEcho(pod);
      await using forward = subject.cri.portForward(pod.id);
      await using connection = await forward.connect(port);
      const sent = Buffer.alloc(2_000_000, "0123456789");
      const received = readAll(connection);
      const writer = connection.writable.getWriter();
      await writer.write(sent);
      await writer.close();
      expect((await received).equals(sent)).toBe(true);
      await connection.closed;
    });

    test("over WebSocket has a session for each connection", async () => {
      await using pod = await subject.runPod();
      await serveEcho(pod);
      await using forward = subject.cri.portForward(pod.id, { transport: "websocket" });
      for (const word of ["one", "two"]) {
        await using connection = await forward.connect(port);
        await write(connection.writable, word);
        expect(await readUntil(connection.readable, new RegExp(word))).toBe(word);
      }
    });

    test("listens on a port of this machine", async () => {
      await using pod = await subject.runPod();
      await serveEcho(pod);
      await using forward = subject.cri.portForward(pod.id);
      await using local = await forward.listen(port);
      expect(local.host).toBe("127.0.0.1");
      const talk = async (word: string): Promise<string> => {
        const socket = connect({ host: local.host, port: local.port, allowHalfOpen: true });
        socket.end(word);
        return await text(socket);
      };
      expect(await Promise.all(["a", "b", "c"].map(talk))).toEqual(["a", "b", "c"]);
    });

    test("to a port where nobody listens fails with the runtime's sentence", async () => {
      await using pod = await subject.runPod();
      await pod.start(subject.runtime.commands.wait);
      await using forward = subject.cri.portForward(pod.id);
      await using connection = await forward.connect(8999);
      await expect(connection.closed).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining("8999"),
      });
    });

    test("to a pod that is not there, and to what is no port, is refused", async () => {
      await using forward = subject.cri.portForward("ffffffffffff");
      await expect(forward.connect(80)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(forward.connect(70_000)).rejects.toThrow(TypeError);
    });
  });
}
