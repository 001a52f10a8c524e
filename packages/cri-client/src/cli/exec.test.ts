import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliRuntime, startCliRuntime } from "../../test/run-cli.ts";
import { type RunningPod, runPod } from "../pod/run-pod.ts";

let cli: CliRuntime;
let pod: RunningPod<"main" | "shell">;
let id: string;

beforeEach(async () => {
  cli = await startCliRuntime({
    registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } },
    programs: {
      both: ({ stdout, stderr }) => {
        stdout.write("out\n");
        stderr.write("err\n");
        return 3;
      },
      sizes: async ({ sizes, stdout, tty }) => {
        let seen = 0;
        for await (const { columns, rows } of sizes) {
          stdout.write(`${tty} ${columns}x${rows}\n`);
          seen += 1;
          if (seen === 2) return 0;
        }
        return 1;
      },
      shout: async ({ stdin, stdout }) => {
        for await (const chunk of stdin) stdout.write(String(chunk).toUpperCase());
      },
    },
  });
  pod = await runPod(cli.cri, {
    name: "web",
    containers: {
      main: { image: "example.com/web:1" },
      shell: { image: "example.com/web:1", command: ["shout"], stdin: true },
    },
  });
  id = pod.containers.main.id;
});

afterEach(async () => {
  await pod[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

describe("cri exec", () => {
  test.each([["spdy"], ["websocket"]])(
    "joins the streams over %s and exits as the command did",
    async (transport) => {
      expect(await cli.run(["exec", "--transport", transport, id, "both"])).toEqual({
        status: 3,
        stdout: "out\n",
        stderr: "err\n",
      });
    },
  );

  test("passes input on with -i, and nothing without", async () => {
    expect(await cli.run(["exec", "-i", id, "cat"], { stdin: "hello" })).toEqual({
      status: 0,
      stdout: "hello",
      stderr: "",
    });
    expect((await cli.run(["exec", id, "cat"], { stdin: "hello" })).stdout).toBe("");
  });

  test("takes what stands after the command as the command's", async () => {
    expect((await cli.run(["exec", id, "echo", "-n", "--tty", "-i"])).stdout).toBe("-n --tty -i\n");
    expect((await cli.run(["exec", id, "--", "echo", "-i"])).stdout).toBe("-i\n");
  });

  test("gives a terminal its size, and again as it changes, and takes it raw meanwhile", async () => {
    const running = cli.start(["exec", "-it", id, "sizes"], {
      terminal: { columns: 80, rows: 24 },
    });
    await expect.poll(() => running.output.stdout).toBe("true 80x24\n");
    expect(running.stdin.raw).toBe(true);
    running.resize(100, 30);
    expect(await running.status).toBe(0);
    expect(running.output.stdout).toBe("true 80x24\ntrue 100x30\n");
    expect(running.stdin.raw).toBe(false);
  });

  test("can wait for the output instead", async () => {
    expect(await cli.run(["exec", "--sync", id, "both"])).toEqual({
      status: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("ends at its time limit", async () => {
    const sleep = ["sleep", "infinity"];
    expect(await cli.run(["exec", "--timeout", "100ms", id, ...sleep])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("DEADLINE_EXCEEDED"),
    });
  });

  test("is killed when the person has had enough, with --kill", async () => {
    const stop = new AbortController();
    const running = cli.start(["exec", "-ik", id, "shout"], { signal: stop.signal });
    running.stdin.write("hello");
    await expect.poll(() => running.output.stdout).toBe("HELLO");
    stop.abort();
    expect(await running.status).toBe(130);
    expect(cli.runtime.calls.map(({ method }) => method)).toContain("execSync");
  });

  test("says what is wrong", async () => {
    expect(await cli.run(["exec", id, "nothing-like-it"])).toMatchObject({
      status: expect.any(Number),
      stderr: expect.stringContaining("nothing-like-it"),
    });
    expect(await cli.run(["exec", "abc", "true"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no container abc"),
    });
    expect(await cli.run(["exec", id])).toMatchObject({ status: 2 });
    expect(await cli.run(["exec", "--transport", "pigeon", id, "true"])).toMatchObject({
      status: 2,
    });
    expect(await cli.run(["exec", "--timeout", "soon", id, "true"])).toMatchObject({ status: 2 });
  });

  test("stops when the person has had enough", async () => {
    const stop = new AbortController();
    const running = cli.start(["exec", "-i", id, "cat"], { signal: stop.signal });
    running.stdin.write("hello");
    await expect.poll(() => running.output.stdout).toBe("hello");
    stop.abort();
    expect(await running.status).toBe(130);
  });
});

test("a streaming server with TLS is asked who it is", async () => {
  const file = (name: string): string => `${import.meta.dirname}/../../test/tls/${name}.pem`;
  const pem = (name: string): string => readFileSync(file(name), "utf8");
  await using secure = await startCliRuntime({
    registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } },
    streamingServer: { tls: { cert: pem("cert"), key: pem("key") } },
  });
  await using own = await runPod(secure.cri, {
    name: "web",
    containers: { main: { image: "example.com/web:1" } },
  });
  const { id: ownId } = own.containers.main;
  expect(await secure.run(["exec", ownId, "echo", "hi"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("certificate"),
  });
  expect(await secure.ok(["exec", "--tls-ca", file("cert"), ownId, "echo", "hi"])).toBe("hi");
  expect(await secure.run(["exec", "--tls-ca", "/nowhere", ownId, "echo"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("ENOENT"),
  });
});

describe("cri attach", () => {
  test("joins the streams of a container until it ends", async () => {
    const running = cli.start(["attach", "-i", pod.containers.shell.id]);
    running.stdin.write("hello\n");
    await expect.poll(() => running.output.stdout).toBe("HELLO\n");
    cli.runtime.exit(pod.containers.shell.id, 0);
    expect(await running.status).toBe(0);
  });
});
