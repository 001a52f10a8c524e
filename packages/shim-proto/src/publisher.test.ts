import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeAddress, makeFolder } from "../test/socket.ts";
import { decodeEvent } from "./event.ts";
import { Any } from "./gen/google/protobuf/any.ts";
import type { Envelope } from "./gen/types/event.ts";
import { commandEventSink, Publisher, ttrpcEventSink } from "./publisher.ts";
import { EventsService } from "./services.ts";
import { type Server, serve } from "./ttrpc/serve.ts";

async function engine(address: string, seen: Envelope[]): Promise<Server> {
  return await serve(address, (router) =>
    router.service(EventsService, {
      forward({ envelope }) {
        if (envelope !== undefined) seen.push(envelope);
        return {};
      },
    }),
  );
}

describe("a publisher", () => {
  test("delivers events by ttrpc in the order they were given", async () => {
    const address = makeAddress();
    const seen: Envelope[] = [];
    await using _server = await engine(address, seen);
    await using publisher = new Publisher({ namespace: "ns", sink: ttrpcEventSink(address) });
    for (let pid = 0; pid < 50; pid++) publisher.publish("/tasks/start", { containerId: "c", pid });
    await publisher.flush();
    publisher.publish("/tasks/exit", { containerId: "c", id: "c" });
    await publisher.flush();
    const pids = seen.map(({ event }) => {
      const found = decodeEvent(event);
      return found?.topic === "/tasks/start" ? found.event.pid : found?.topic;
    });
    expect(pids).toEqual([...Array(50).keys(), "/tasks/exit"]);
    expect(seen[0]).toMatchObject({ namespace: "ns", topic: "/tasks/start" });
  });

  test("keeps the order while the engine is away, and connects anew when it is back", async () => {
    const address = makeAddress();
    const seen: Envelope[] = [];
    const publisher = new Publisher({
      namespace: "ns",
      sink: ttrpcEventSink(address),
      retryDelayMs: 10,
      retries: 50,
    });
    publisher.publish("/tasks/create", { containerId: "c" });
    publisher.publish("/tasks/start", { containerId: "c" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const first = await engine(address, seen);
    await publisher.flush();
    await first.close({ signal: AbortSignal.abort() });
    publisher.publish("/tasks/exit", { containerId: "c" });
    await using _second = await engine(address, seen);
    await publisher.flush();
    expect(seen.map(({ topic }) => topic)).toEqual([
      "/tasks/create",
      "/tasks/start",
      "/tasks/exit",
    ]);
    await publisher.close();
  });

  test("drops an event after its last try, tells so, and goes on", async () => {
    const dropped: string[] = [];
    const delivered: string[] = [];
    const publisher = new Publisher({
      namespace: "ns",
      retries: 2,
      retryDelayMs: 1,
      async sink({ topic }) {
        if (topic === "/tasks/start") throw new Error("no");
        delivered.push(topic);
      },
      onDropped: ({ topic }, { message }) => dropped.push(`${topic}: ${message}`),
    });
    publisher.publish("/tasks/start", {});
    publisher.publish("/tasks/exit", {});
    await publisher.flush();
    expect(dropped).toEqual(["/tasks/start: no"]);
    expect(delivered).toEqual(["/tasks/exit"]);
  });

  test("drops what its queue has no room for, and what comes after its end", async () => {
    const dropped: string[] = [];
    let go: () => void = () => {};
    const publisher = new Publisher({
      namespace: "ns",
      queueSize: 1,
      sink: () =>
        new Promise((resolve) => {
          go = resolve;
        }),
      onDropped: (_envelope, { message }) => dropped.push(message),
    });
    publisher.publish("/tasks/start", {});
    publisher.publish("/tasks/exit", {});
    expect(dropped).toEqual(["the queue is full"]);
    go();
    await publisher.close();
    publisher.publish("/tasks/exit", {});
    expect(dropped).toEqual(["the queue is full", "the publisher is closed"]);
  });

  test("speaks the command of old: topic and namespace as flags, the event on its input", async () => {
    const folder = makeFolder();
    const binary = join(folder, "containerd");
    writeFileSync(binary, `#!/bin/sh\necho "$@" > ${folder}/args\ncat > ${folder}/event\n`);
    chmodSync(binary, 0o755);
    const publisher = new Publisher({ namespace: "ns", sink: commandEventSink(binary, "/run/c") });
    publisher.publish("/tasks/oom", { containerId: "web" });
    await publisher.flush();
    expect(readFileSync(join(folder, "args"), "utf8")).toBe(
      "--address /run/c publish --topic /tasks/oom --namespace ns\n",
    );
    const any = Any.decode(readFileSync(join(folder, "event")));
    expect(decodeEvent(any)).toEqual({ topic: "/tasks/oom", event: { containerId: "web" } });
  });

  test("says what a command that fails said", async () => {
    const binary = join(makeFolder(), "containerd");
    writeFileSync(binary, "#!/bin/sh\necho no bus >&2\nexit 3\n");
    chmodSync(binary, 0o755);
    const dropped: string[] = [];
    const publisher = new Publisher({
      namespace: "ns",
      retries: 0,
      sink: commandEventSink(binary, "/run/c"),
      onDropped: (_envelope, { message }) => dropped.push(message),
    });
    publisher.publish("/tasks/oom", {});
    await publisher.flush();
    expect(dropped).toEqual([`UNAVAILABLE: ${binary} publish: no bus`]);
  });
});
