// A client's methods are handlers as they stand: a server of them is a proxy.
import { join } from "node:path";
import { type Context, RpcError } from "@ocikit/rpc";
import { describe, expect, test } from "vitest";
import { deferred } from "../test/deferred.ts";
import { temporaryFolder } from "../test/grpc-pair.ts";
import { connect } from "./connect.ts";
import type { Cri } from "./cri.ts";
import { type RuntimeHandlers, serve } from "./serve.ts";

/** A client of a proxy of a runtime with these handlers. */
async function throughProxy(
  handlers: RuntimeHandlers,
  use: (cri: Cri) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const version = { runtimeName: "far", runtimeVersion: "1" };
  await using far = await serve(
    { runtime: { version: () => version, ...handlers } },
    `unix://${join(folder.path, "far.sock")}`,
  );
  await using between = await connect(far.endpoint);
  await using proxy = await serve(
    { runtime: between.runtime, image: between.image },
    `unix://${join(folder.path, "proxy.sock")}`,
  );
  await using cri = await connect(proxy.endpoint);
  await use(cri);
}

describe("a proxy passes on", () => {
  test("the deadline and the words beside a request, tracing headers among them", async () => {
    const seen = deferred<Context>();
    await throughProxy(
      {
        status(_request, context) {
          seen.resolve(context);
          return {};
        },
      },
      async ({ runtime }) => {
        const metadata = {
          traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          "state-bin": Uint8Array.of(1, 2),
        };
        await runtime.status({}, { metadata, timeoutMs: 60_000 });
        const context = await seen.promise;
        expect(context.metadata.get("traceparent")).toBe(metadata.traceparent);
        expect([...(context.metadata.get("state-bin") ?? [])]).toEqual([1, 2]);
        expect(context.timeoutMs).toBeGreaterThan(30_000);
        expect(context.timeoutMs).toBeLessThanOrEqual(60_000);
      },
    );
  });

  test("that the client gave up, of one answer and of a stream", async () => {
    const gone = [deferred<void>(), deferred<void>()];
    const begun = [deferred<void>(), deferred<void>()];
    const wait = (index: number, { signal }: Context): Promise<never> => {
      begun[index]?.resolve();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          gone[index]?.resolve();
          reject(signal.reason);
        });
      });
    };
    await throughProxy(
      {
        status: (_request, context) => wait(0, context),
        async *getContainerEvents(_request, context) {
          yield { containerId: "a" };
          await wait(1, context);
        },
      },
      async ({ runtime }) => {
        const stop = new AbortController();
        const asked = runtime.status({}, { signal: stop.signal });
        await begun[0]?.promise;
        stop.abort();
        await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
        await gone[0]?.promise;
        for await (const { containerId } of runtime.getContainerEvents({})) {
          expect(containerId).toBe("a");
          await begun[1]?.promise;
          break;
        }
        await gone[1]?.promise;
      },
    );
  });

  test("errors with their details, and what the runtime lacks", () =>
    throughProxy(
      {
        status() {
          throw new RpcError("NOT_FOUND", "no such thing", {
            details: [{ typeUrl: "example.com/a", value: Uint8Array.of(7) }],
          });
        },
      },
      async ({ runtime, version }) => {
        expect(version.runtimeName).toBe("far");
        await expect(runtime.status({})).rejects.toMatchObject({
          code: "NOT_FOUND",
          details: [{ typeUrl: "example.com/a" }],
        });
        await expect(runtime.listContainers({})).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
      },
    ));
});
