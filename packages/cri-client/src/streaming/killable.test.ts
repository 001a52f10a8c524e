import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import { ServerCall } from "@ocikit/rpc";
import { describe, expect, test } from "vitest";
import { ExecRequest } from "../gen/runtime/v1/streaming.ts";
import { type RunningPod, runPod } from "../pod/run-pod.ts";
import { startMemoryRuntime } from "../testing/index.ts";
import type { RunningMemoryRuntime } from "../testing/memory-runtime.ts";
import { killableCommand, killCommand, readIdentity } from "./killable.ts";
import { openExec } from "./process.ts";
import { StreamingServer } from "./server/streaming-server.ts";

const context = new ServerCall({ method: "test" });

describe("the line that says who the process is", () => {
  const stat = "R 1 2 3 0 -1 4194304 90 0 0 0 0 0 0 0 20 0 1 0 1010371 2658304";

  test("is taken off the output, however it is cut", async () => {
    const text = Buffer.from(`77 ${stat}\nhello`);
    for (let cut = 0; cut <= text.length; cut++) {
      const stdout = new PassThrough();
      const reading = readIdentity(stdout);
      stdout.write(text.subarray(0, cut));
      await Promise.resolve();
      stdout.end(text.subarray(cut));
      expect(await reading).toEqual({ pid: 77, start: "1010371" });
      expect(Buffer.concat(await stdout.toArray()).toString()).toBe("hello");
    }
  });

  test("may end as a terminal ends lines, and may lack the start", async () => {
    const stdout = new PassThrough();
    stdout.end("77 \r\n");
    expect(await readIdentity(stdout)).toEqual({ pid: 77, start: "-" });
    expect(await stdout.toArray()).toEqual([]);
  });

  test("is missing when nothing came to run, and is nothing else", async () => {
    const empty = new PassThrough();
    empty.end();
    expect(await readIdentity(empty)).toBeUndefined();
    for (const text of ["what?\n", "x".repeat(5000)]) {
      const stdout = new PassThrough();
      stdout.end(text);
      await expect(readIdentity(stdout)).rejects.toMatchObject({ code: "INTERNAL" });
    }
    const broken = new PassThrough();
    broken.on("error", () => {});
    broken.destroy(new Error("gone"));
    await expect(readIdentity(broken)).rejects.toThrow("gone");
  });
});

test("a real shell says who it is, and only that process gets the signal, with what it started", async () => {
  const [program = "", ...args] = killableCommand(["sh", "-c", "sleep 60 & echo $!; sleep 60"]);
  const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  try {
    const identity = await readIdentity(child.stdout);
    if (identity === undefined) throw new Error("it ended");
    expect(identity.pid).toBe(child.pid);
    const send = async (start: string): Promise<void> => {
      const [kill = "", ...rest] = killCommand({ ...identity, start }, "KILL");
      await promisify(execFile)(kill, rest);
    };
    await send(`${identity.start}0`);
    expect(child.exitCode).toBeNull();
    process.kill(identity.pid, 0);
    await send(identity.start);
    expect(await exited).toEqual([null, "SIGKILL"]);
    // The pipe ends with the last process that holds it.
    await child.stdout.toArray();
    await send(identity.start);
  } finally {
    child.kill("SIGKILL");
  }
});

describe("a killable command", () => {
  const killed: string[] = [];
  let started = 0;
  const withPod = async (
    use: (memory: RunningMemoryRuntime, pod: RunningPod<"main">) => Promise<void>,
  ): Promise<void> => {
    killed.length = 0;
    started = 0;
    await using memory = await startMemoryRuntime({
      registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } },
      programs: {
        work: async ({ signal, stdout, argv }) => {
          started++;
          stdout.write(`${argv.join(" ")}\n`);
          await once(signal, "abort");
          killed.push(String(signal.reason));
        },
      },
    });
    await using pod = await runPod(memory.cri, {
      name: "web",
      containers: { main: { image: "example.com/web:1" } },
    });
    await use(memory, pod);
  };

  test("gets signals, and its output is its own", () =>
    withPod(async (_memory, { containers: { main } }) => {
      for (const transport of ["spdy", "websocket"] as const) {
        await using session = await main.exec(["work", "a"], {
          killable: true,
          transports: [transport],
        });
        await session.kill("SIGINT");
        expect(await session.output()).toEqual({ code: 130, stdout: "work a\n", stderr: "" });
        // There is nobody any more.
        await session.kill();
      }
    }));

  test("is killed when the session is aborted, times out or is disposed of", () =>
    withPod(async ({ runtime }, { containers: { main } }) => {
      const stop = new AbortController();
      const kills = (): number =>
        runtime.calls.filter(({ method }) => method === "execSync").length;
      {
        await using session = await main.exec(["work"], { killable: true, signal: stop.signal });
        stop.abort();
        await expect(session.exited).rejects.toMatchObject({ code: "CANCELLED" });
      }
      expect(kills()).toBe(1);
      await (await main.exec(["work"], { killable: true }))[Symbol.asyncDispose]();
      expect(kills()).toBe(2);
      const late = async (): Promise<void> => {
        await using session = await main.exec(["work"], { killable: true, timeoutMs: 100 });
        await session.exited;
      };
      await expect(late()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
      await expect.poll(() => killed).toEqual(Array(started).fill("SIGKILL"));
      expect(started).toBeGreaterThanOrEqual(2);
    }));

  test("is killed when its session was over before it said who it is", async () => {
    const stop = new AbortController();
    const said: (readonly string[])[] = [];
    let mayEnd = (): void => {};
    const ended = new Promise<void>((resolve) => {
      mayEnd = resolve;
    });
    await using server = await StreamingServer.listen({
      exec: () => async (io) => {
        stop.abort();
        io.stdout?.write("77 S\n");
        await ended;
        return { code: 137 };
      },
    });
    const exec = openExec(
      (request) => server.methods.exec(ExecRequest.fromPartial(request), context),
      "c",
      ["work"],
      { killable: true, signal: stop.signal },
      async (command) => {
        said.push(command);
        mayEnd();
      },
    );
    await expect(exec).rejects.toMatchObject({ code: "CANCELLED" });
    expect(said).toEqual([killCommand({ pid: 77, start: "-" }, "KILL")]);
  });

  test("is left alone when it has ended, and when it never ran", () =>
    withPod(async ({ runtime }, { containers: { main } }) => {
      await using session = await main.exec(["false"], { killable: true });
      expect(await session.output()).toMatchObject({ code: 1, stdout: "" });
      await using failed = await main.exec(["nothing-like-it"], { killable: true });
      await expect(failed.exited).rejects.toThrow("nothing-like-it");
      await failed[Symbol.asyncDispose]();
      expect(runtime.calls.filter(({ method }) => method === "execSync")).toEqual([]);
    }));

  test("must be asked for, and needs stdout", () =>
    withPod(async (_memory, { containers: { main } }) => {
      await using session = await main.exec(["true"]);
      await expect(session.kill()).rejects.toThrow(TypeError);
      await expect(main.exec(["true"], { killable: true, stdout: false })).rejects.toThrow(
        TypeError,
      );
    }));
});
