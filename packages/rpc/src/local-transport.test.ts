import { describe, expect, test } from "vitest";
import { EchoService, type Line } from "../test/echo-service.ts";
import {
  type CallOptions,
  type Client,
  createClient,
  createLocalTransport,
  type HandlerInterceptor,
  type Implementation,
  type Metadata,
  Router,
  RpcError,
} from "./index.ts";

function clientOf(
  implementation: Implementation<typeof EchoService>,
  interceptors: readonly HandlerInterceptor[] = [],
): Client<typeof EchoService> {
  const router = new Router({ interceptors }).service(EchoService, implementation);
  return createClient(EchoService, createLocalTransport(router));
}

async function failure(promise: PromiseLike<unknown>): Promise<RpcError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("a unary call", () => {
  test("completes what the caller and the handler leave out", async () => {
    const client = clientOf({ echo: async ({ text, number }) => ({ text: `${text}${number}` }) });
    expect(await client.echo({ text: "a" })).toEqual({ text: "a0", number: 0 });
  });

  test("may be answered without a promise", async () => {
    const client = clientOf({ echo: (line) => line });
    expect(await client.echo({ text: "now" })).toEqual({ text: "now", number: 0 });
  });

  test("without a handler answers UNIMPLEMENTED", async () => {
    const error = await failure(clientOf({}).echo({}));
    expect(error.code).toBe("UNIMPLEMENTED");
    expect(error.message).toBe("test.Echo/Echo: UNIMPLEMENTED: method Echo");
  });

  test("of a service the router lacks answers UNIMPLEMENTED", async () => {
    const client = createClient(EchoService, createLocalTransport(new Router()));
    expect((await failure(client.echo({}))).rawMessage).toBe("service test.Echo");
  });

  test("carries the code, the sentence and the details of the handler's error", async () => {
    const details = [{ typeUrl: "test.Why", value: Uint8Array.of(1) }];
    const client = clientOf({
      echo() {
        throw new RpcError("NOT_FOUND", "no line a", { details });
      },
    });
    const error = await failure(client.echo({}));
    expect(error).toMatchObject({ code: "NOT_FOUND", rawMessage: "no line a", details });
    expect(error.method).toBe("test.Echo/Echo");
  });

  test("turns any other error into UNKNOWN with the same sentence, and keeps it as the cause", async () => {
    const thrown = new Error("disk full");
    const error = await failure(clientOf({ echo: () => Promise.reject(thrown) }).echo({}));
    expect(error).toMatchObject({ code: "UNKNOWN", rawMessage: "disk full", cause: thrown });
  });

  test("ends with CANCELLED when its signal aborts, and the handler's signal aborts too", async () => {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    let seen: unknown;
    const client = clientOf({
      async echo(_line, { signal }) {
        signal.addEventListener("abort", () => {
          seen = signal.reason;
        });
        controller.abort(reason);
        return never(signal);
      },
    });
    const error = await failure(client.echo({}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "CANCELLED", cause: reason });
    expect(seen).toBeInstanceOf(RpcError);
  });

  test("with an aborted signal never reaches the handler", async () => {
    const client = clientOf({ echo: (line) => line });
    const error = await failure(client.echo({}, { signal: AbortSignal.abort("no") }));
    expect(error).toMatchObject({ code: "CANCELLED", rawMessage: "no" });
  });

  test("ends with DEADLINE_EXCEEDED when its time is over, and the handler knows its time", async () => {
    let given: number | undefined;
    const client = clientOf({
      echo(_line, { signal, timeoutMs }) {
        given = timeoutMs;
        return never(signal);
      },
    });
    const error = await failure(client.echo({}, { timeoutMs: 5 }));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", rawMessage: "no answer within 5 ms" });
    expect(given).toBe(5);
  });

  test("takes words along and brings words back", async () => {
    const client = clientOf({
      echo(line, { metadata, header, trailer }) {
        header.set("seen", metadata.get("who") ?? "nobody");
        trailer.set("sum-bin", Uint8Array.of(9));
        return line;
      },
    });
    let header: Metadata | undefined;
    let trailer: Metadata | undefined;
    const options: CallOptions = {
      metadata: { Who: "me" },
      onHeader: (value) => {
        header = value;
      },
      onTrailer: (value) => {
        trailer = value;
      },
    };
    await client.echo({}, options);
    expect(header?.get("seen")).toBe("me");
    expect(trailer?.get("sum-bin")).toEqual(Uint8Array.of(9));
  });
});

describe("a streaming call", () => {
  test("brings many responses in order", async () => {
    const client = clientOf({
      async *count({ number }) {
        for (let i = 1; i <= number; i++) yield { number: i };
      },
    });
    const numbers = await collect(client.count({ number: 3 }));
    expect(numbers.map((line) => line.number)).toEqual([1, 2, 3]);
  });

  test("takes many requests to one response", async () => {
    const client = clientOf({
      async sum(lines) {
        let sum = 0;
        for await (const { number } of lines) sum += number;
        return { sum };
      },
    });
    expect(await client.sum([{ number: 1 }, { number: 2 }, {}])).toEqual({ sum: 3 });
  });

  test("goes both ways at once", async () => {
    const client = clientOf({
      async *shout(lines) {
        for await (const { text } of lines) yield { text: text.toUpperCase() };
      },
    });
    async function* words(): AsyncGenerator<Partial<Line>> {
      yield { text: "a" };
      yield { text: "b" };
    }
    expect((await collect(client.shout(words()))).map((line) => line.text)).toEqual(["A", "B"]);
  });

  test("left early by its reader is cancelled for the handler, which may clean up", async () => {
    let cleaned = false;
    let aborted = false;
    const client = clientOf({
      async *count(_line, { signal }) {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        try {
          for (let number = 1; ; number++) yield { number };
        } finally {
          cleaned = true;
        }
      },
    });
    for await (const { number } of client.count({})) if (number === 2) break;
    await expect.poll(() => cleaned).toBe(true);
    expect(aborted).toBe(true);
  });

  test("that fails half-way brings what came before its error", async () => {
    const client = clientOf({
      async *count() {
        yield { number: 1 };
        throw new RpcError("DATA_LOSS", "the tape tore");
      },
    });
    const seen: number[] = [];
    const error = await failure(
      (async () => {
        for await (const { number } of client.count({})) seen.push(number);
      })(),
    );
    expect(seen).toEqual([1]);
    expect(error.code).toBe("DATA_LOSS");
  });

  test("whose handler waits ends with DEADLINE_EXCEEDED when its time is over", async () => {
    const client = clientOf({
      async *count(_line, { signal }) {
        yield await never(signal);
      },
    });
    expect((await failure(collect(client.count({}, { timeoutMs: 5 })))).code).toBe(
      "DEADLINE_EXCEEDED",
    );
  });
});

test("an interceptor sees every request before its handler, and can refuse it", async () => {
  const seen: string[] = [];
  const refuseEmpty: HandlerInterceptor = (handler) => {
    if (handler.kind !== "unary") return handler;
    return {
      kind: "unary",
      method: handler.method,
      handle(request, context) {
        seen.push(context.method);
        if ((request as Line).text === "") throw new RpcError("INVALID_ARGUMENT", "text is empty");
        return handler.handle(request, context);
      },
    };
  };
  const client = clientOf({ echo: (line) => line }, [refuseEmpty]);
  expect((await client.echo({ text: "x" })).text).toBe("x");
  expect((await failure(client.echo({}))).code).toBe("INVALID_ARGUMENT");
  expect(seen).toEqual(["test.Echo/Echo", "test.Echo/Echo"]);
});

test("a service can't have handlers twice", () => {
  const router = new Router().service(EchoService, {});
  expect(() => router.service(EchoService, {})).toThrow(/test\.Echo has handlers already/);
});
