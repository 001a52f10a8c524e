import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { RpcError } from "@ocikit/rpc";
import { type TtrpcPeer, ttrpcPeer } from "@ocikit/testing";
import { beforeAll, describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { makeAddress, makeFolder } from "../../test/socket.ts";
import { streamHandlers } from "../../test/stream-handlers.ts";
import { StreamService } from "../../test/stream-service.ts";
import type { ClientConnection } from "./client-connection.ts";
import { connect } from "./connect.ts";
import { serve } from "./serve.ts";

const text = (value: string): { data: Uint8Array } => ({ data: Buffer.from(value) });
const read = ({ data }: { readonly data: Uint8Array }): string => Buffer.from(data).toString();

async function failure(promise: PromiseLike<unknown>): Promise<RpcError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

async function collect(answers: AsyncIterable<{ readonly data: Uint8Array }>): Promise<string[]> {
  const all: string[] = [];
  for await (const answer of answers) all.push(read(answer));
  return all;
}

let peers: Record<"unary" | "streams", TtrpcPeer>;
beforeAll(async () => {
  peers = { unary: await ttrpcPeer("unary"), streams: await ttrpcPeer("streams") };
}, 300_000);

function program(kind: "unary" | "streams", context: TestContext): string {
  const peer = peers[kind];
  if (!peer.ok) return context.skip(peer.why);
  return peer.path;
}

/** A connection to a Go server of the test's own. */
async function connectToGo(path: string): Promise<ClientConnection> {
  const socket = join(makeFolder(), "s");
  const child = spawn(path, ["serve", socket], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill());
  await once(child.stdout, "data");
  const connection = await connect(socket, { metadata: { who: "ts" } });
  onTestFinished(() => connection.close());
  return connection;
}

/** What a Go client says of each of its calls to our server. */
async function calledByGo(path: string): Promise<Record<string, unknown>> {
  const address = makeAddress();
  await using _server = await serve(address, (router) =>
    router.service(StreamService, streamHandlers),
  );
  const { stdout } = await promisify(execFile)(path, ["call", address.slice("unix://".length)]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const { call, ...result } = JSON.parse(line) as { call: string };
      return [call, result];
    }),
  );
}

// Unary calls came first: Debian bookworm's ttrpc has nothing else, and engines of its time speak so.
describe.each(["unary", "streams"] as const)("Go's ttrpc (%s)", (kind) => {
  test("answers our client: messages, errors, words, deadlines, 4 MB", async (context) => {
    const client = (await connectToGo(program(kind, context))).client(StreamService);
    expect(read(await client.echo(text("hello")))).toBe("hello");
    expect(read(await client.echo({}))).toBe("");
    const missing = await failure(client.echo(text("!error 5 no such thing")));
    expect(missing).toMatchObject({ code: "NOT_FOUND", rawMessage: "no such thing" });
    const plain = await failure(client.echo(text("!plain-error went wrong")));
    expect(plain).toMatchObject({ code: "UNKNOWN", rawMessage: "went wrong" });
    expect(read(await client.echo(text("!metadata who")))).toBe("ts");
    const left = read(await client.echo(text("!deadline"), { timeoutMs: 60_000 }));
    expect(Number(left)).toBeGreaterThan(30_000);
    expect(read(await client.echo(text("!deadline")))).toBe("none");
    const late = await failure(client.echo(text("!sleep 5000"), { timeoutMs: 50 }));
    expect(late.code).toBe("DEADLINE_EXCEEDED");
    expect((await client.echo({ data: new Uint8Array(4_194_200) })).data.length).toBe(4_194_200);
    expect((await client.echo(text("!large 4194200"))).data.length).toBe(4_194_200);
  });

  test("answers 500 calls of ours at once, each with its own", async (context) => {
    const client = (await connectToGo(program(kind, context))).client(StreamService);
    const numbers = Array.from({ length: 500 }, (_, index) => String(index));
    const answers = await Promise.all(numbers.map((number) => client.echo(text(number))));
    expect(answers.map(read)).toEqual(numbers);
  });

  test("says UNIMPLEMENTED to a method and to a service it does not have", async (context) => {
    const connection = await connectToGo(program(kind, context));
    const { echo } = StreamService.methods;
    const method = { ...StreamService, methods: { echo: { ...echo, name: "Missing" } } } as const;
    const service = { ...StreamService, fullName: "ocikit.test.Missing" } as const;
    expect((await failure(connection.client(method).echo({}))).code).toBe("UNIMPLEMENTED");
    expect((await failure(connection.client(service).echo({}))).code).toBe("UNIMPLEMENTED");
  });

  test("calls our server and understands all it answers", async (context) => {
    expect(await calledByGo(program(kind, context))).toMatchObject({
      echo: { code: "OK", texts: ["hello"] },
      empty: { code: "OK", length: 0 },
      error: { code: "NotFound", message: "no such thing" },
      "plain error": { code: "Unknown", message: "went wrong" },
      metadata: { code: "OK", texts: ["go"] },
      "4 MB there": { code: "OK", length: 4_194_200 },
      "4 MB back": { code: "OK", length: 4_194_200 },
      "too large back": { code: "ResourceExhausted" },
      "unknown method": { code: "Unimplemented", message: "method Missing" },
      "unknown service": { code: "Unimplemented", message: "service ocikit.test.Missing" },
      "500 at once": { code: "OK" },
    });
  });
});

describe("Go's ttrpc, streaming", () => {
  test("streams to and from our client", async (context) => {
    const client = (await connectToGo(program("streams", context))).client(StreamService);
    expect(await collect(client.split(text("abc")))).toEqual(["a", "b", "c"]);
    expect(await collect(client.split({}))).toEqual([]);
    expect(read(await client.join([text("ab"), {}, text("c")]))).toBe("abc");
    expect(await collect(client.reverse([text("ab"), text("cde")]))).toEqual(["ba", "edc"]);
    const seen: string[] = [];
    const error = await failure(
      (async () => {
        for await (const answer of client.split(text("!error 9 not now"))) seen.push(read(answer));
      })(),
    );
    expect(seen).toEqual(["first"]);
    expect(error).toMatchObject({ code: "FAILED_PRECONDITION", rawMessage: "not now" });
  });

  test("streams 2,000 messages both ways at once with our client", async (context) => {
    const client = (await connectToGo(program("streams", context))).client(StreamService);
    const messages = Array.from({ length: 2000 }, (_, index) => text(`${index}`.padEnd(1000)));
    let count = 0;
    for await (const { data } of client.reverse(messages)) {
      expect(Number.parseInt(Buffer.from(data.toReversed()).toString(), 10)).toBe(count);
      count++;
    }
    expect(count).toBe(2000);
  });

  test("streams messages of 4 MB with our client", async (context) => {
    const client = (await connectToGo(program("streams", context))).client(StreamService);
    const large = new Uint8Array(4_194_200);
    large[0] = 7;
    const sizes: number[] = [];
    for await (const { data } of client.reverse([{ data: large }, { data: large }])) {
      expect(data[data.length - 1]).toBe(7);
      sizes.push(data.length);
    }
    expect(sizes).toEqual([4_194_200, 4_194_200]);
  });

  test("streams to and from our server", async (context) => {
    expect(await calledByGo(program("streams", context))).toMatchObject({
      split: { code: "OK", texts: ["a", "b", "c"] },
      "split error": { code: "FailedPrecondition", message: "not now", texts: ["first"] },
      join: { code: "OK", texts: ["abc"] },
      reverse: { code: "OK", texts: ["ba", "edc"] },
      "4 MB both ways": { code: "OK", length: 4_194_200 },
      "2000 both ways": { code: "OK", length: 2_000_000 },
    });
  });
});
