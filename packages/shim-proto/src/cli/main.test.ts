import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { makeAddress, makeFolder } from "../../test/socket.ts";
import { encodeEvent } from "../event.ts";
import { EventsService, TaskService } from "../services.ts";
import { connect } from "../ttrpc/connect.ts";
import { encodeFrame } from "../ttrpc/frame.ts";
import { serve } from "../ttrpc/serve.ts";
import { runShimctl } from "./main.ts";

interface Outcome {
  readonly status: number;
  readonly out: string[];
  readonly err: string[];
}

async function shimctl(
  args: readonly string[],
  stdin = "",
  signal?: AbortSignal,
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await runShimctl(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    stdin: async () => Buffer.from(stdin),
    signal: signal ?? new AbortController().signal,
  });
  return { status, out, err };
}

describe("shimctl call", () => {
  test("sends JSON and prints the answer as JSON", async () => {
    const address = makeAddress();
    const seen: unknown[] = [];
    await using _server = await serve(address, (router) =>
      router.service(TaskService, {
        state({ id, execId }, { metadata }) {
          seen.push(execId, metadata.get("containerd-namespace-ttrpc"));
          return { id, pid: 7, status: 2, exitedAt: { seconds: 1n, nanos: 0 } };
        },
      }),
    );
    const { status, out } = await shimctl(
      ["call", address, "task.state", "-", "--namespace", "k8s.io"],
      '{"id": "web", "exec_id": "e1"}',
    );
    expect(status).toBe(0);
    expect(JSON.parse(out.join(""))).toEqual({
      id: "web",
      pid: 7,
      status: "RUNNING",
      exitedAt: "1970-01-01T00:00:01Z",
    });
    expect(seen).toEqual(["e1", "k8s.io"]);
  });

  test("says what the shim said when it fails", async () => {
    const address = makeAddress();
    await using _server = await serve(address, (router) => router.service(TaskService, {}));
    const { status, err } = await shimctl(["call", address, "Task/Pids", '{"id": "web"}']);
    expect(status).toBe(1);
    expect(err).toEqual(["shimctl: containerd.task.v3.Task/Pids: UNIMPLEMENTED: method Pids"]);
  });

  test("sends what the protocol does not allow when it is forced to", async () => {
    const address = makeAddress();
    const seen: string[] = [];
    await using _server = await serve(address, (router) =>
      router.service(TaskService, {
        state({ id }) {
          seen.push(id);
          return {};
        },
      }),
    );
    const args = ["call", address, "Task/State", '{"id": "../x"}'];
    expect((await shimctl(args)).status).toBe(2);
    expect((await shimctl([...args, "--force"])).status).toBe(0);
    expect(seen).toEqual(["../x"]);
  });

  test("refuses what is no request before it calls anybody", async () => {
    for (const [json, message] of [
      ["{", "1:2: the document ends inside an object"],
      ['{"id": 7}', "1:8: /id: "],
      ['{"id": "a/b"}', '1:8: /id: "a/b" is no identifier'],
      ['{"id": "a", "idd": "x"}', "/idd: "],
    ] as const) {
      const { status, err } = await shimctl(["call", "/nowhere", "Task/State", json]);
      expect([status, err[0]]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});

test("shimctl events prints the events that shims send to its socket", async () => {
  const socket = join(makeFolder(), "s");
  const controller = new AbortController();
  const out: string[] = [];
  const running = runShimctl(["events", socket, "--topic", "/tasks/"], {
    out: (line) => out.push(line),
    err: () => {},
    stdin: async () => new Uint8Array(0),
    signal: controller.signal,
  });
  await expect
    .poll(async () => {
      await using connection = await connect(socket).catch(() => undefined);
      if (connection === undefined) return false;
      const events = connection.client(EventsService);
      const timestamp = { seconds: 1n, nanos: 5 };
      const event = encodeEvent("/tasks/oom", { containerId: "web" });
      await events.forward({ envelope: { timestamp, namespace: "ns", topic: "/other" } });
      await events.forward({
        envelope: { timestamp, namespace: "ns", topic: "/tasks/oom", event },
      });
      return true;
    })
    .toBe(true);
  controller.abort();
  expect(await running).toBe(0);
  expect(out.map((line) => JSON.parse(line))).toEqual([
    {
      timestamp: "1970-01-01T00:00:01.000000005Z",
      namespace: "ns",
      topic: "/tasks/oom",
      event: { "@type": "containerd.events.TaskOOM", containerId: "web" },
    },
  ]);
});

describe("shimctl decode", () => {
  test("says of a cut or broken stream where it is so, and ends with 1", async () => {
    const path = join(makeFolder(), "stream");
    const broken = encodeFrame({ streamId: 1, type: 1, flags: 0, data: Uint8Array.of(0x0a, 9) });
    writeFileSync(path, Buffer.concat([broken, broken.subarray(0, 4)]));
    const { status, out } = await shimctl(["decode", path]);
    expect(status).toBe(1);
    expect(out.map((line) => JSON.parse(line))).toEqual([
      {
        stream: 1,
        type: "request",
        flags: [],
        bytes: 2,
        unreadable: "malformed message: a field longer than its message",
      },
      { unreadable: "4 bytes of a frame that is cut off" },
    ]);
  });
});

describe("shimctl", () => {
  test("lists every method", async () => {
    const { out } = await shimctl(["methods"]);
    expect(out).toContain(
      "containerd.task.v3.Task/State containerd.task.v3.StateRequest -> containerd.task.v3.StateResponse",
    );
    // Task twice, sandbox, streaming, events.
    expect(out.length).toBe(17 + 17 + 9 + 1 + 1);
  });

  test("used wrongly says how, and ends with 2", async () => {
    for (const [args, message] of [
      [[], "no command given"],
      [["dance"], "no command dance"],
      [["call", "/x"], "an argument is missing"],
      [["call", "/x", "Task/Dance"], "no method Task/Dance"],
      [["call", "/x", "Task/State", "{}", "more"], "unknown argument more"],
      [["call", "/x", "Task/State", "--loud"], "--loud"],
      [["call", "/x", "Task/State", "--timeout", "soon"], "--timeout takes milliseconds"],
      [["verify", "/x", "--dialect", "9"], "--dialect takes 1.6, 1.7, 2.0, 2.3"],
      [["info", "nonsense"], "neither a name"],
    ] as const) {
      const { status, err } = await shimctl(args);
      expect([status, err[0]]).toEqual([2, expect.stringContaining(message)]);
    }
  });

  test("that finds no shim, or nobody at an address, ends with 1", async () => {
    expect((await shimctl(["verify", "/nowhere/shim"])).status).toBe(1);
    expect((await shimctl(["call", "/nowhere", "Task/State", '{"id": "a"}'])).status).toBe(1);
    expect((await shimctl(["decode", "/nowhere"])).status).toBe(1);
  });

  test("helps", async () => {
    expect((await shimctl(["help"])).out[0]).toContain("shimctl verify PROGRAM");
  });
});

describeShared("shimctl decode on what a real shim said", () => {
  test("shows every call with its answer", async () => {
    const { calls } = readSharedJson<{
      calls: { method: string; requestFrame: string; responseFrame?: string; status?: object }[];
    }>("vectors/shim/shim-main.json");
    const folder = makeFolder();
    const join64 = (frames: readonly string[]): Buffer =>
      Buffer.concat(frames.map((frame) => Buffer.from(frame, "base64")));
    const answered = calls.flatMap(({ responseFrame }) => responseFrame ?? []);
    writeFileSync(join(folder, "sent"), join64(calls.map(({ requestFrame }) => requestFrame)));
    writeFileSync(join(folder, "answered"), join64(answered).toString("base64"));
    writeFileSync(
      join(folder, "sent64"),
      join64(calls.map(({ requestFrame }) => requestFrame)).toString("base64"),
    );
    const { status, out } = await shimctl([
      "decode",
      join(folder, "sent64"),
      join(folder, "answered"),
      "--base64",
    ]);
    expect(status).toBe(0);
    const lines = out.map((line) => JSON.parse(line));
    expect(lines.length).toBe(calls.length + answered.length);
    expect(lines.slice(0, calls.length).map(({ method }) => method)).toEqual(
      calls.map(({ method }) => method),
    );
    expect(lines[2].message).toMatchObject({
      id: "s1",
      options: { "@type": "containerd.runc.v1.Options", binaryName: "runc" },
    });
    expect(lines[calls.length]).toMatchObject({
      type: "response",
      method: "containerd.task.v3.Task/State",
      code: "NOT_FOUND",
    });
  });
});
