import { createClient, createLocalTransport, Router, RpcError } from "@ocikit/rpc";
import { describe, expect, test } from "vitest";
import { StreamHub } from "../byte-stream.ts";
import type { Envelope } from "../gen/types/event.ts";
import { Status } from "../gen/types/task/task.ts";
import { Publisher } from "../publisher.ts";
import { TaskService } from "../services.ts";
import { type ProcessExit, type ShimContainer, type ShimProcess, TaskTable } from "./task-table.ts";

/** A process that ends when it is told to. */
function makeProcess(pid: number): ShimProcess & { readonly end: (status: number) => void } {
  let end: (exit: ProcessExit) => void = () => {};
  const exited = new Promise<ProcessExit>((resolve) => {
    end = resolve;
  });
  return {
    pid,
    exited,
    start: () => pid,
    kill: (signal) => end({ status: 128 + signal }),
    end: (status) => end({ status }),
  };
}

function setup(container: (pid: number) => ShimContainer | Promise<ShimContainer>) {
  const events: string[] = [];
  let shut = 0;
  const publisher = new Publisher({
    namespace: "ns",
    sink: async ({ topic }: Envelope) => void events.push(topic),
  });
  const context = {
    id: "c",
    namespace: "ns",
    bundle: "/b",
    publisher,
    log: () => {},
    extensions: [],
    streams: new StreamHub(),
    signal: new AbortController().signal,
    shutdown: () => {
      shut++;
    },
  };
  let pid = 100;
  const table = new TaskTable(context, () => container(pid++));
  const router = new Router().service(TaskService, table.implementation);
  const task = createClient(TaskService, createLocalTransport(router));
  return { table, task, events, publisher, shut: () => shut };
}

async function codeOf(call: PromiseLike<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    if (error instanceof RpcError) return error.code;
    throw error;
  }
}

describe("TaskTable", () => {
  test("tells of a start before the exit, however fast the process ends", async () => {
    const { task, events, publisher } = setup((pid) => {
      const init = makeProcess(pid);
      init.end(0);
      return { init };
    });
    await task.create({ id: "c", bundle: "/b" });
    const waiting = task.wait({ id: "c" });
    await task.start({ id: "c" });
    expect(await waiting).toMatchObject({ exitStatus: 0 });
    await task.delete({ id: "c" });
    await publisher.flush();
    expect(events).toEqual(["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"]);
  });

  test("takes execs along when a container ends, and tells of them first", async () => {
    const { task, events, publisher } = setup((pid) => ({
      init: makeProcess(pid),
      exec: () => makeProcess(pid + 1000),
    }));
    await task.create({ id: "c", bundle: "/b" });
    await task.start({ id: "c" });
    await task.exec({ id: "c", execId: "e" });
    await task.start({ id: "c", execId: "e" });
    await task.kill({ id: "c", signal: 15 });
    expect(await task.wait({ id: "c" })).toMatchObject({ exitStatus: 143 });
    expect((await task.state({ id: "c", execId: "e" })).exitStatus).toBe(137);
    await publisher.flush();
    expect(events.slice(-2)).toEqual(["/tasks/exit", "/tasks/exit"]);
  });

  test("ends a wait whose caller gave up, and answers the next one", async () => {
    const { task } = setup((pid) => ({ init: makeProcess(pid) }));
    await task.create({ id: "c", bundle: "/b" });
    expect(await codeOf(task.wait({ id: "c" }, { timeoutMs: 10 }))).toBe("DEADLINE_EXCEEDED");
    await task.start({ id: "c" });
    await task.kill({ id: "c", signal: 9 });
    expect((await task.wait({ id: "c" })).exitStatus).toBe(137);
  });

  test("lets a container that never ran be deleted, and its id be used again", async () => {
    const { task } = setup((pid) => ({ init: makeProcess(pid) }));
    for (let turn = 0; turn < 2; turn++) {
      expect(await task.create({ id: "c", bundle: "/b" })).toEqual({ pid: 100 + turn });
      expect((await task.delete({ id: "c" })).pid).toBe(100 + turn);
    }
  });

  test("makes a container once when it is asked twice at the same time", async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { task } = setup(async (pid) => {
      await gate;
      return { init: makeProcess(pid) };
    });
    const both = [0, 1].map(() => codeOf(task.create({ id: "c", bundle: "/b" })));
    await new Promise((resolve) => setImmediate(resolve));
    release();
    expect((await Promise.all(both)).sort()).toEqual(["ALREADY_EXISTS", "OK"]);
  });

  test("forgets a container whose creation failed", async () => {
    let fail = true;
    const { task, table } = setup((pid) => {
      if (fail) throw new RpcError("INTERNAL", "no room");
      return { init: makeProcess(pid) };
    });
    expect(await codeOf(task.create({ id: "c", bundle: "/b" }))).toBe("INTERNAL");
    expect(table.size).toBe(0);
    fail = false;
    expect(await codeOf(task.create({ id: "c", bundle: "/b" }))).toBe("OK");
    expect(table.ids).toEqual(["c"]);
    expect(table.get("c")?.init.pid).toBe(101);
  });

  test("stays while a container is left, unless it must go", async () => {
    const { task, shut } = setup((pid) => ({ init: makeProcess(pid) }));
    await task.create({ id: "c", bundle: "/b" });
    await task.shutdown({ id: "c" });
    expect(shut()).toBe(0);
    await task.shutdown({ id: "c", now: true });
    expect(shut()).toBe(1);
    await task.delete({ id: "c" });
    await task.shutdown({ id: "c" });
    expect(shut()).toBe(2);
  });

  test("tells of memory that ran out", async () => {
    const { task, table, events, publisher } = setup((pid) => ({ init: makeProcess(pid) }));
    await task.create({ id: "c", bundle: "/b" });
    table.publishOom("c");
    await publisher.flush();
    expect(events).toEqual(["/tasks/create", "/tasks/oom"]);
    expect((await task.state({ id: "c" })).status).toBe(Status.CREATED);
  });
});
