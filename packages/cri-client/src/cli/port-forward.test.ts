import { once } from "node:events";
import { createConnection } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startCliRuntime } from "../../test/run-cli.ts";
import { runPod } from "../pod/run-pod.ts";

test.each([["spdy"], ["websocket"]])(
  "cri port-forward reaches a pod's port over %s until it is stopped",
  async (transport) => {
    await using cli = await startCliRuntime({
      registry: { "example.com/web:1": { entrypoint: ["greet"] } },
      programs: {
        greet: async ({ listen, signal }) => {
          listen(80, (connection) => connection.end("hello\n"));
          await once(signal, "abort");
        },
      },
    });
    await using pod = await runPod(cli.cri, {
      name: "web",
      containers: { main: { image: "example.com/web:1" } },
    });
    const stop = new AbortController();
    const args = ["port-forward", "--transport", transport, pod.id, ":80", ":81"];
    const running = cli.start(args, { signal: stop.signal });
    const lines =
      /^Forwarding from 127.0.0.1:(\d+) -> 80\nForwarding from 127.0.0.1:(\d+) -> 81\n$/;
    await expect.poll(() => running.output.stdout).toMatch(lines);
    const [, open, closed] = lines.exec(running.output.stdout) ?? [];
    expect(await text(createConnection(Number(open), "127.0.0.1"))).toBe("hello\n");
    const refused = createConnection(Number(closed), "127.0.0.1");
    refused.on("error", () => {});
    refused.resume();
    await expect.poll(() => running.output.stderr).toContain("81");
    stop.abort();
    expect(await running.status).toBe(0);
    const [error] = (await once(createConnection(Number(open), "127.0.0.1"), "error")) as [
      NodeJS.ErrnoException,
    ];
    expect(error.code).toBe("ECONNREFUSED");
  },
);

test("what makes no sense is said before anything listens", async () => {
  await using cli = await startCliRuntime();
  expect(await cli.run(["port-forward", "abc", "80"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("no pod"),
  });
  for (const port of ["0", "70000", "http", "80:http", ":", "1:2:3"]) {
    expect(await cli.run(["port-forward", "abc", port])).toEqual({
      status: 2,
      stdout: "",
      stderr: `cri: ports are written LOCAL:REMOTE, REMOTE or :REMOTE, not ${JSON.stringify(port)}\n`,
    });
  }
});
