import { createServer, type Server } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Connection, Host } from "../../src/host/host.ts";
import { nodeHost } from "../../src/host/node/node-host.ts";
import { type Answer, pack, unpack } from "./agent.ts";
import { runAgent } from "./agent-host.ts";
import { describeAgents } from "./hosts.ts";
import { useScratch } from "./scratch.ts";

/** What is done with a connection, in order; the answer is the list of what each gave. */
type Step = { readonly path: keyof Connection; readonly args: readonly unknown[] };
type Talk = (path: string, steps: readonly Step[]) => Promise<readonly unknown[]>;

const write = (text: string): Step => ({ path: "write", args: [new TextEncoder().encode(text)] });
const read = (timeoutMs: number): Step => ({ path: "read", args: [timeoutMs] });
const close: Step = { path: "close", args: [] };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function defineTests(talk: Talk): void {
  const at = useScratch();

  async function serve(answer: (said: Buffer, server: Server) => string | undefined) {
    const server = createServer((socket) => {
      socket.on("data", (data) => {
        const text = answer(data, server);
        if (text === undefined) socket.destroy();
        else socket.write(text);
      });
      socket.on("error", () => undefined);
    });
    const path = at("socket");
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    return path;
  }

  test("what is written arrives, and what is answered is read", async () => {
    const path = await serve((said) => `got ${said}`);
    expect(await talk(path, [write("one"), read(10_000), close])).toEqual([
      undefined,
      bytes("got one"),
      undefined,
    ]);
  });

  test("a read waits no longer than it is told, and the next one goes on", async () => {
    const path = await serve((said) => said.toString());
    const [first, , second] = await talk(path, [read(20), write("late"), read(10_000), close]);
    expect([first, second]).toEqual([undefined, bytes("late")]);
  });

  test("the end of the other side is read as nothing, again and again", async () => {
    const path = await serve(() => undefined);
    const [, first, second] = await talk(path, [write("x"), read(10_000), read(10_000), close]);
    expect([first, second]).toEqual([new Uint8Array(), new Uint8Array()]);
  });
}

async function talkTo(host: Host, path: string, steps: readonly Step[]): Promise<unknown[]> {
  const connection = await host.connect(path);
  const answers: unknown[] = [];
  for (const { path: name, args } of steps) {
    const method = connection[name] as (...given: readonly unknown[]) => unknown;
    answers.push(await method.apply(connection, [...args]));
  }
  return answers;
}

describe("a connection (Node)", () => {
  defineTests((path, steps) => talkTo(nodeHost(), path, steps));
});

describeAgents("a connection", "host-agent", (command) => {
  defineTests(async (path, steps) => {
    const then = steps.map((step) => ({ ...step, args: step.args.map(pack) }));
    const { stdout } = await runAgent(command, [{ path: "connect", args: [path], then }]);
    const [answer] = JSON.parse(stdout) as [{ value: readonly Answer[] }];
    return answer.value.map((each) => ("value" in each ? unpack(each.value) : each));
  });

  test("a path where nobody listens fails with the errno and the path", async () => {
    const { stdout } = await runAgent(command, [{ path: "connect", args: ["/nowhere"] }]);
    expect(JSON.parse(stdout)[0].error).toMatchObject({ code: "ENOENT", path: "/nowhere" });
  });

  test("a path that no socket can have is refused before anything is tried", async () => {
    const { stdout } = await runAgent(command, [
      { path: "connect", args: [`/${"x".repeat(200)}`] },
    ]);
    expect(JSON.parse(stdout)[0].error).toMatchObject({ code: "ENAMETOOLONG" });
  });
});

test("Node's connection fails with the errno and the path too", async () => {
  await expect(nodeHost().connect("/nowhere")).rejects.toMatchObject({
    code: "ENOENT",
    syscall: "connect",
    path: "/nowhere",
  });
});
