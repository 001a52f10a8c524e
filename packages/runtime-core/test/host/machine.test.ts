import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { machine, tmpdir } from "node:os";
import { expect, test } from "vitest";
import { nodeHost } from "../../src/host/node/node-host.ts";
import { runAgent } from "./agent-host.ts";
import { describeAgents, describeHosts } from "./hosts.ts";

describeHosts("the machine", (host) => {
  test("SHA-256 of text and bytes, at every length around a block", async () => {
    for (const size of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 100_000]) {
      const text = "ä1".repeat(size).slice(0, size);
      const wanted = createHash("sha256").update(text).digest("hex");
      expect(await host.sha256(text), `${size} characters`).toBe(wanted);
      expect(await host.sha256(new TextEncoder().encode(text))).toBe(wanted);
    }
  });

  test("sleep sleeps", async () => {
    const begin = performance.now();
    await host.clock.sleep(50);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(49);
    await host.clock.sleep(-1);
  });
});

describeAgents("what a process is given", "host-agent", (command) => {
  async function property(path: string, options: Parameters<typeof runAgent>[2]): Promise<unknown> {
    const { stdout } = await runAgent(command, [{ path }], options);
    return JSON.parse(stdout)[0].value;
  }

  test.for(["files", "processes", "launcher", "clock"] as const)(
    "the host in C has all of %s that the one over Node has, and no more",
    async (group) => {
      const names = (await property(group, {})) as string[];
      expect(names.sort()).toEqual(Object.keys(nodeHost()[group]).sort());
    },
  );

  test("the environment is a plain record; the first equals sign ends a name", async () => {
    const env = { A: "1=2", EMPTY: "", "€": "ü", __proto__x: "y" };
    expect(await property("env", { env })).toEqual(env);
  });

  test("the clock tells nanoseconds since 1970", async () => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const { stdout } = await runAgent(command, [{ path: "clock.now", args: [] }]);
    const now = BigInt(JSON.parse(stdout)[0].value.digits);
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now - before).toBeLessThan(60_000_000_000n);
  });

  test("the effective user and the working directory are the process's own", async () => {
    const cwd = realpathSync(tmpdir());
    expect(await property("cwd", { cwd })).toBe(cwd);
    expect(await property("uid", {})).toBe(process.geteuid?.());
    expect(await property("gid", {})).toBe(process.getegid?.());
    expect(await property("machine", {})).toBe(machine());
  });

  test("text goes to stdout and stderr as it is", async () => {
    const run = await runAgent(command, [{ path: "writeStderr", args: ["häuser\0€\n"] }]);
    expect(run).toMatchObject({ stderr: "häuser\0€\n", status: 0 });
  });

  test("stdin beyond 16 MiB is refused", async () => {
    const run = await runAgent(command, " ".repeat(16 * 1024 * 1024 + 1));
    expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining("read stdin: EFBIG") });
  });

  test("a fault of its own ends it with status 1, a sentence and a stack", async () => {
    const run = await runAgent(command, "not JSON");
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^ocirun: internal error: SyntaxError: .+\n/);
    expect(run.stderr).toMatch(/\n +at main \(main\.js:\d+:\d+\)\n/);
  });

  test("nesting deeper than the stack is an error, not a crash", async () => {
    const run = await runAgent(command, "[".repeat(1_000_000));
    expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining("stack overflow") });
  });
});
