import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectSocket } from "node:net";
import { createClient, Metadata, RpcError, type ServiceDefinition } from "@ocikit/rpc";
import { describe, expect, test } from "vitest";
import { deferred } from "../../test/deferred.ts";
import { grpcPair, transportTo } from "../../test/grpc-pair.ts";
import { ImageServiceDefinition, RuntimeServiceDefinition } from "../gen/runtime/v1/service.ts";
import { Int64Value } from "../gen/runtime/v1/value.ts";

/** The two kinds of call that CRI has none of. */
const Sums = {
  name: "Sums",
  fullName: "test.Sums",
  methods: {
    total: {
      name: "Total",
      requestType: Int64Value as typeof Int64Value,
      requestStream: true,
      responseType: Int64Value as typeof Int64Value,
      responseStream: false,
    },
    running: {
      name: "Running",
      requestType: Int64Value as typeof Int64Value,
      requestStream: true,
      responseType: Int64Value as typeof Int64Value,
      responseStream: true,
    },
  },
} as const satisfies ServiceDefinition;

async function* numbers(count: number): AsyncGenerator<{ value: bigint }> {
  for (let i = 1; i <= count; i++) yield { value: BigInt(i) };
}

describe("a call over a socket", () => {
  test("takes parts of a request and returns a complete response", async () => {
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        version: ({ version }) => ({ runtimeName: `for ${version}` }),
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    expect(await runtime.version({ version: "v1" })).toEqual({
      version: "",
      runtimeName: "for v1",
      runtimeVersion: "",
      runtimeApiVersion: "",
    });
  });

  test("of every streaming kind gets through, whatever its length", async () => {
    await using pair = await grpcPair((router) => {
      router.service(Sums, {
        async total(requests) {
          let value = 0n;
          for await (const request of requests) value += request.value;
          return { value };
        },
        async *running(requests) {
          let value = 0n;
          for await (const request of requests) {
            value += request.value;
            yield { value };
          }
        },
      });
      router.service(ImageServiceDefinition, {
        async *streamImages() {
          for (let i = 0; i < 500; i++) yield { images: [{ id: "x".repeat(i * 20) }] };
        },
      });
    });
    const sums = createClient(Sums, pair.transport);
    expect(await sums.total(numbers(300))).toEqual({ value: 45150n });
    const running: bigint[] = [];
    for await (const { value } of sums.running(numbers(4))) running.push(value);
    expect(running).toEqual([1n, 3n, 6n, 10n]);
    const images = createClient(ImageServiceDefinition, pair.transport);
    const lengths: number[] = [];
    for await (const part of images.streamImages({})) lengths.push(part.images[0]?.id.length ?? -1);
    expect(lengths).toEqual(Array.from({ length: 500 }, (_, i) => i * 20));
  });

  test("holds a response of many megabytes", async () => {
    const size = 15 * 1024 * 1024;
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        execSync: () => ({ stdout: new Uint8Array(size).fill(7) }),
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    const { stdout } = await runtime.execSync({});
    expect(stdout.length).toBe(size);
    expect(stdout.every((byte) => byte === 7)).toBe(true);
  });

  test("is answered whatever other headers its request has", async () => {
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, { version: () => ({}) }),
    );
    const session = connectHttp2("http://localhost", {
      createConnection: () => connectSocket(pair.path),
    });
    try {
      for (const odd of [{ "x!y": "1" }, { "a-bin": "%%%" }, { "grpc-timeout": "soon" }]) {
        const stream = session.request({
          ":method": "POST",
          ":path": "/runtime.v1.RuntimeService/Version",
          "content-type": "application/grpc",
          ...odd,
        });
        stream.resume().end(Buffer.alloc(5));
        const [trailers] = await once(stream, "trailers");
        expect(trailers["grpc-status"]).toBe("0");
      }
    } finally {
      session.destroy();
    }
  });

  test("carries metadata both ways, tracing headers among it", async () => {
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        version(_request, { metadata, header, trailer }) {
          header.set("seen", String(metadata.get("traceparent")));
          trailer.set("bytes-bin", metadata.get("bytes-bin") ?? new Uint8Array());
          return {};
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    let header = new Metadata();
    let trailer = new Metadata();
    await runtime.version(
      {},
      {
        metadata: { traceparent: "00-1-2-01", "bytes-bin": Uint8Array.of(9) },
        onHeader: (got) => {
          header = got;
        },
        onTrailer: (got) => {
          trailer = got;
        },
      },
    );
    expect(header.get("seen")).toBe("00-1-2-01");
    expect([...(trailer.get("bytes-bin") ?? [])]).toEqual([9]);
  });
});

describe("a failure", () => {
  test("of a handler arrives with code, sentence, details and metadata, the method named", async () => {
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        stopPodSandbox() {
          throw new RpcError("FAILED_PRECONDITION", "pöd is\nbusy", {
            details: [{ typeUrl: "a/b.C", value: Uint8Array.of(1) }],
            metadata: new Metadata({ "retry-after": "1" }),
          });
        },
        async *getContainerEvents() {
          yield { containerId: "a" };
          throw new RpcError("ABORTED", "enough");
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    const error = await runtime.stopPodSandbox({}).catch((e: unknown) => e as RpcError);
    expect(error).toMatchObject({
      code: "FAILED_PRECONDITION",
      rawMessage: "pöd is\nbusy",
      method: "runtime.v1.RuntimeService/StopPodSandbox",
      details: [{ typeUrl: "a/b.C" }],
    });
    expect((error as RpcError).metadata.get("retry-after")).toBe("1");
    const seen: string[] = [];
    await expect(async () => {
      for await (const event of runtime.getContainerEvents({})) seen.push(event.containerId);
    }).rejects.toMatchObject({ code: "ABORTED" });
    expect(seen).toEqual(["a"]);
  });

  test("of any other sort is UNKNOWN with its sentence", async () => {
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        async version() {
          throw new Error("disk full");
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    await expect(runtime.version({})).rejects.toMatchObject({
      code: "UNKNOWN",
      rawMessage: "disk full",
    });
  });

  test("a method or a service that is not there is UNIMPLEMENTED", async () => {
    await using pair = await grpcPair((router) => router.service(RuntimeServiceDefinition, {}));
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    await expect(runtime.version({})).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    const images = createClient(ImageServiceDefinition, pair.transport);
    await expect(images.listImages({})).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
  });

  test("a message beyond the limit is RESOURCE_EXHAUSTED at either end", async () => {
    await using pair = await grpcPair(
      (router) =>
        router.service(RuntimeServiceDefinition, {
          execSync: () => ({ stdout: new Uint8Array(2000) }),
        }),
      { maxMessageBytes: 1000 },
    );
    const small = createClient(RuntimeServiceDefinition, pair.transport);
    await expect(small.execSync({})).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    await using large = transportTo(pair.path);
    const sent = createClient(RuntimeServiceDefinition, large).execSync({
      cmd: ["x".repeat(2000)],
    });
    await expect(sent).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
  });
});

describe("an end before the answer", () => {
  test("a deadline ends the call here, and the handler there", async () => {
    const told = deferred<unknown>();
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        version(_request, { signal, timeoutMs }) {
          expect(timeoutMs).toBe(200);
          signal.addEventListener("abort", () => told.resolve(signal.reason));
          return new Promise(() => {});
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    // So that the connection stands before the time begins.
    await expect(runtime.status({})).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
    await expect(runtime.version({}, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(await told.promise).toMatchObject({ name: "RpcError" });
  });

  test("an abort ends the call here, and the handler there", async () => {
    const begun = deferred<void>();
    const told = deferred<unknown>();
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        version(_request, { signal }) {
          signal.addEventListener("abort", () => told.resolve(signal.reason));
          begun.resolve();
          return new Promise(() => {});
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    const controller = new AbortController();
    const call = runtime.version({}, { signal: controller.signal });
    await begun.promise;
    controller.abort(new Error("changed my mind"));
    await expect(call).rejects.toMatchObject({
      code: "CANCELLED",
      cause: { message: "changed my mind" },
    });
    expect(await told.promise).toMatchObject({ code: "CANCELLED" });
  });

  test("leaving the loop over a stream cancels the call", async () => {
    const told = deferred<unknown>();
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        async *getContainerEvents(_request, { signal }) {
          signal.addEventListener("abort", () => told.resolve(signal.reason));
          for (;;) yield { containerId: "again" };
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    for await (const event of runtime.getContainerEvents({})) {
      expect(event.containerId).toBe("again");
      break;
    }
    expect(await told.promise).toMatchObject({ code: "CANCELLED" });
  });

  test("a reader that stands still makes the server wait", async () => {
    let sent = 0;
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        async *getContainerEvents() {
          for (;;) {
            sent++;
            yield { containerId: "x".repeat(100_000) };
          }
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    const events = runtime.getContainerEvents({})[Symbol.asyncIterator]();
    await events.next();
    let before = -1;
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // 4 MiB of window, and what the sockets hold: far from endless.
    expect(sent).toBeLessThan(200);
    await events.return?.();
  });

  test("closing the client ends its calls with UNAVAILABLE, and further ones at once", async () => {
    const begun = deferred<void>();
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        version() {
          begun.resolve();
          return new Promise(() => {});
        },
      }),
    );
    const transport = transportTo(pair.path);
    const runtime = createClient(RuntimeServiceDefinition, transport);
    const call = runtime.version({});
    const failed = expect(call).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await begun.promise;
    await transport[Symbol.asyncDispose]();
    await transport[Symbol.asyncDispose]();
    await failed;
    await expect(runtime.version({})).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("a server that closes", () => {
  test("lets running calls end within the grace, and refuses new ones", async () => {
    const begun = deferred<void>();
    const go = deferred<void>();
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        async version() {
          begun.resolve();
          await go.promise;
          return { runtimeName: "done" };
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    const call = runtime.version({});
    await begun.promise;
    const stopped = pair.stop(5000);
    await expect(runtime.version({})).rejects.toMatchObject({ code: "UNAVAILABLE" });
    go.resolve();
    expect(await call).toMatchObject({ runtimeName: "done" });
    await stopped;
  });

  test("ends what does not end by itself with UNAVAILABLE", async () => {
    const begun = deferred<void>();
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, {
        async *getContainerEvents() {
          begun.resolve();
          await new Promise(() => {});
          yield {};
        },
      }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    const events = runtime.getContainerEvents({})[Symbol.asyncIterator]();
    const next = events.next();
    const failed = expect(next).rejects.toMatchObject({
      code: "UNAVAILABLE",
      rawMessage: "the server is closing",
    });
    await begun.promise;
    await pair.stop();
    await failed;
  });

  test("comes back: the next call makes a new connection", async () => {
    await using pair = await grpcPair((router) =>
      router.service(RuntimeServiceDefinition, { version: () => ({ runtimeName: "one" }) }),
    );
    const runtime = createClient(RuntimeServiceDefinition, pair.transport);
    await runtime.version({});
    await pair.stop();
    await expect(runtime.version({})).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await new Promise<void>((resolve) => pair.server.http2.listen(pair.path, resolve));
    expect(await runtime.version({})).toMatchObject({ runtimeName: "one" });
  });
});
