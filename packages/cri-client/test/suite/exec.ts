import { describe, expect, test } from "vitest";
import type { ExecOptions } from "../../src/index.ts";
import type { Subject } from "./runtime-under-test.ts";

/** Every way to a process: what is asked for, and the version a runtime of today chooses. */
const ways: readonly { name: string; options: ExecOptions; canCloseStdin: boolean | undefined }[] =
  [
    { name: "SPDY", options: { transports: ["spdy"] }, canCloseStdin: true },
    { name: "WebSocket", options: { transports: ["websocket"] }, canCloseStdin: undefined },
    {
      name: "WebSocket version 4",
      options: { transports: ["websocket"], webSocketProtocols: ["v4.channel.k8s.io"] },
      canCloseStdin: false,
    },
    {
      name: "WebSocket version 4 in base64",
      options: { transports: ["websocket"], webSocketProtocols: ["v4.base64.channel.k8s.io"] },
      canCloseStdin: false,
    },
  ];

async function write(stdin: WritableStream<Uint8Array>, data: string | Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(Buffer.from(data));
  writer.releaseLock();
}

async function readUntil(
  stdout: ReadableStream<Uint8Array>,
  wanted: RegExp,
  read: string[] = [],
): Promise<string> {
  const reader = stdout.getReader();
  try {
    for (;;) {
      const text = read.join("");
      if (wanted.test(text)) return text;
      const { done, value } = await reader.read();
      if (done) throw new Error(`ended after ${JSON.stringify(text)}`);
      read.push(Buffer.from(value).toString());
    }
  } finally {
    reader.releaseLock();
  }
}

export function execTests(subject: Subject): void {
  describe("execSync", () => {
    test("returns output and exit code", async () => {
      await using pod = await subject.runPod();
      const { commands } = subject.runtime;
      const containerId = await pod.start(commands.wait);
      const cmd = [...commands.exit(7)];
      const { stdout, stderr, exitCode } = await subject.cri.runtime.execSync({ containerId, cmd });
      expect([Buffer.from(stdout).toString(), Buffer.from(stderr).toString(), exitCode]).toEqual([
        "out\n",
        "err\n",
        7,
      ]);
    });

    test("ends a command that takes too long", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait);
      const cmd = [...subject.runtime.commands.wait];
      const exec = subject.cri.runtime.execSync({ containerId, cmd, timeout: 1n });
      await expect(exec).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    });
  });

  for (const { name, options, canCloseStdin } of ways) {
    describe(`exec over ${name}`, () => {
      test("keeps stdout and stderr apart, and tells the exit code", async () => {
        await using pod = await subject.runPod();
        const { commands } = subject.runtime;
        const containerId = await pod.start(commands.wait);
        for (const code of [0, 7, 255]) {
          await using session = await subject.cri.exec(containerId, commands.exit(code), options);
          expect(await session.output()).toEqual({ code, stdout: "out\n", stderr: "err\n" });
        }
      });

      test("carries input to the command", async () => {
        await using pod = await subject.runPod();
        const { commands } = subject.runtime;
        const containerId = await pod.start(commands.wait);
        await using session = await subject.cri.exec(containerId, commands.readLine, options);
        await write(session.stdin, "hello\n");
        expect(await session.output()).toMatchObject({ code: 0, stdout: "got hello\n" });
      });

      test("half-closes input where the version can say it", async () => {
        await using pod = await subject.runPod();
        const { commands } = subject.runtime;
        const containerId = await pod.start(commands.wait);
        await using session = await subject.cri.exec(containerId, commands.copy, options);
        if (canCloseStdin !== undefined) expect(session.canCloseStdin).toBe(canCloseStdin);
        await write(session.stdin, "all of it");
        if (session.canCloseStdin) {
          expect(await session.output()).toMatchObject({ code: 0, stdout: "all of it" });
        } else {
          expect(await readUntil(session.stdout, /all of it/)).toBe("all of it");
        }
      });

      test("carries megabytes without losing one", async () => {
        await using pod = await subject.runPod();
        const { commands } = subject.runtime;
        const containerId = await pod.start(commands.wait);
        const size = 5_000_000;
        await using session = await subject.cri.exec(containerId, commands.write(size), options);
        const { stdout, code } = await session.output({ encoding: "bytes" });
        expect([stdout.length, code]).toEqual([size, 0]);
      });

      test("gives a terminal with its size, and tells changes", async () => {
        await using pod = await subject.runPod();
        const { commands } = subject.runtime;
        const containerId = await pod.start(commands.wait);
        await using session = await subject.cri.exec(containerId, commands.watchSize, {
          ...options,
          tty: { columns: 100, rows: 30 },
        });
        const read: string[] = [];
        await readUntil(session.stdout, /size 30 100/, read);
        await session.resize({ columns: 120, rows: 40 });
        await readUntil(session.stdout, /size 40 120/, read);
      });
    });
  }

  describe("exec", () => {
    test("opens only the streams that are asked for", async () => {
      await using pod = await subject.runPod();
      const { commands } = subject.runtime;
      const containerId = await pod.start(commands.wait);
      await using session = await subject.cri.exec(containerId, commands.exit(3), {
        stdin: false,
        stderr: false,
      });
      expect(await session.output()).toEqual({ code: 3, stdout: "out\n", stderr: "" });
    });

    test("carries input as large as output, at once", async () => {
      await using pod = await subject.runPod();
      const { commands } = subject.runtime;
      const containerId = await pod.start(commands.wait);
      await using session = await subject.cri.exec(containerId, commands.copy);
      const sent = Buffer.alloc(3_000_000, "0123456789");
      const writer = session.stdin.getWriter();
      const written = writer.write(sent).then(() => writer.close());
      const { stdout } = await session.output({ encoding: "bytes" });
      await written;
      expect(Buffer.from(stdout).equals(sent)).toBe(true);
    });

    test("makes a command wait whose output nobody reads", async () => {
      await using pod = await subject.runPod();
      const { commands } = subject.runtime;
      const containerId = await pod.start(commands.wait);
      await using session = await subject.cri.exec(containerId, commands.write(50_000_000));
      let over = false;
      const exited = session.exited.finally(() => {
        over = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(over).toBe(false);
      let read = 0;
      for await (const chunk of session.stdout) read += chunk.length;
      expect([read, (await exited).code]).toEqual([50_000_000, 0]);
    }, 30_000);

    test("ten at once do not mix", async () => {
      await using pod = await subject.runPod();
      const { commands } = subject.runtime;
      const containerId = await pod.start(commands.wait);
      const codes = await Promise.all(
        Array.from({ length: 10 }, async (_, code) => {
          const session = await subject.cri.exec(containerId, commands.exit(code));
          return (await session.output()).code;
        }),
      );
      expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test("of a program that is not there fails with the runtime's sentence", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait);
      await using session = await subject.cri.exec(containerId, ["/nonexistent/program"]);
      await expect(session.exited).rejects.toMatchObject({
        code: "INTERNAL",
        message: expect.stringContaining("nonexistent"),
      });
    });

    test("in a container that does not run is refused at the call", async () => {
      await using pod = await subject.runPod();
      const created = await pod.create(subject.runtime.commands.wait);
      await expect(subject.cri.exec(created, ["true"])).rejects.toThrow(/run|state/i);
      await expect(subject.cri.exec("ffffffffffff", ["true"])).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    test("ends with its signal and with its deadline", async () => {
      await using pod = await subject.runPod();
      const { commands } = subject.runtime;
      const containerId = await pod.start(commands.wait);
      const controller = new AbortController();
      await using aborted = await subject.cri.exec(containerId, commands.tick, {
        signal: controller.signal,
      });
      await readUntil(aborted.stdout, /tick/);
      controller.abort(new Error("enough"));
      await expect(aborted.exited).rejects.toMatchObject({ code: "CANCELLED" });
      await expect(aborted.stdout.getReader().read()).rejects.toMatchObject({ code: "CANCELLED" });
      const tooLong = async (): Promise<void> => {
        await using late = await subject.cri.exec(containerId, commands.tick, { timeoutMs: 500 });
        await late.exited;
      };
      await expect(tooLong()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    });

    test("without any stream, and with a terminal and stderr, is refused", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait);
      const nothing = { stdin: false, stdout: false, stderr: false };
      const invalid = { code: "INVALID_ARGUMENT" };
      const request = { containerId, cmd: ["true"] };
      await expect(subject.cri.runtime.exec({ ...request, ...nothing })).rejects.toMatchObject(
        invalid,
      );
      await expect(
        subject.cri.runtime.exec({ ...request, tty: true, stdout: true, stderr: true }),
      ).rejects.toMatchObject(invalid);
    });

    test("a URL is good once", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.wait);
      const { url } = await subject.cri.runtime.exec({ containerId, cmd: ["true"], stdout: true });
      const open = (): Promise<Response> =>
        fetch(url, { method: "POST", headers: { "x-test": "no upgrade" } });
      // What asks for no upgrade is refused; Go's server uses the URL up with it, ours does not.
      expect((await open()).ok).toBe(false);
      const guess = url.replace(/[^/]+$/, "guessed0");
      expect((await fetch(guess, { method: "POST" })).status).toBe(404);
    });
  });
}

export { readUntil, write };
