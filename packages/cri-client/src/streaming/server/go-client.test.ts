// Our server under the SPDY library of the kubelet and crictl.
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Context, ServerCall } from "@ocikit/rpc";
import { goMissing, goProgram, repository, runCommand } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { ExecRequest, PortForwardRequest } from "../../gen/runtime/v1/streaming.ts";
import { StreamingServer } from "./streaming-server.ts";

const options = {
  source: join(repository, "packages/cri-client/test/go"),
  imports: { "github.com/moby/spdystream": "golang-github-docker-spdystream-dev" },
};
const why = await goMissing(options);
const context: Context = new ServerCall({ method: "test" });

async function run(args: readonly string[], input: string): Promise<string> {
  const { status, stdout, stderr } = await runCommand([await goProgram(options), ...args], {
    input,
    timeoutMs: 60_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

describe("a client on Go's SPDY library", { timeout: 120_000 }, () => {
  test("gets streams, half-close and exit code of exec", async (t) => {
    if (why !== undefined) t.skip(why);
    await using server = await StreamingServer.listen({
      exec: () => async (io) => {
        const input = io.stdin === undefined ? "" : await text(io.stdin);
        io.stdout?.write(input.toUpperCase());
        io.stderr?.write(`${input.length}`);
        return { code: 7 };
      },
    });
    const request = { stdin: true, stdout: true, stderr: true };
    for (const input of ["hello", "x".repeat(1_000_000)]) {
      const { url } = await server.methods.exec(ExecRequest.fromPartial(request), context);
      const out = JSON.parse(await run(["exec", url], input));
      expect(out.Stdout).toBe(input.toUpperCase());
      expect(out.Stderr).toBe(String(input.length));
      expect(JSON.parse(out.Status)).toMatchObject({
        reason: "NonZeroExitCode",
        details: { causes: [{ reason: "ExitCode", message: "7" }] },
      });
    }
  });

  test("gets several connections of a port-forward, and the sentence of one that fails", async (t) => {
    if (why !== undefined) t.skip(why);
    await using server = await StreamingServer.listen({
      portForward: () => async (port, connection) => {
        if (port === 81) throw new Error("nobody listens");
        connection.pipe(connection);
        await new Promise((resolve) => connection.once("close", resolve));
      },
    });
    const ask = () => server.methods.portForward(PortForwardRequest.fromPartial({}), context);
    const input = "0123456789".repeat(50_000);
    expect(await run(["forward", (await ask()).url, "80"], input)).toBe("500000 true \n".repeat(3));
    expect(await run(["forward", (await ask()).url, "81"], "x")).toBe(
      "0 false forward port 81: nobody listens\n".repeat(3),
    );
  });
});
