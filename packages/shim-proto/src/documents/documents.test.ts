import { describeShared, listShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { makeAddress } from "../../test/socket.ts";
import { decodeEvent, type EventInit, type EventTopic, encodeEvent } from "../event.ts";
import { CreateTaskRequest } from "../gen/runtime/task/v3/shim.ts";
import { messageTable } from "../generated/message-table.ts";
import { packPayload } from "../payload.ts";
import { TaskService } from "../services.ts";
import { connect } from "../ttrpc/connect.ts";
import { serve } from "../ttrpc/serve.ts";
import { codecOf } from "./codecs.ts";
import {
  checkEventOrder,
  checkRequests,
  documentsNamed,
  documentsOf,
  messageRules,
  messageToJson,
} from "./index.ts";

describe("documents of messages", () => {
  test("hold the message, ready to be sent, with what an Any holds in sight", () => {
    const text = `{
      "id": "web", "bundle": "/run/web", "terminal": true,
      "rootfs": [{"type": "bind", "source": "/a", "options": ["rbind"]}],
      "options": {"@type": "containerd.runc.v1.Options", "binary_name": "crun"}
    }`;
    const result = documentsOf(CreateTaskRequest).checkText(text);
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    expect(result.value).toEqual(
      CreateTaskRequest.fromPartial({
        id: "web",
        bundle: "/run/web",
        terminal: true,
        rootfs: [{ type: "bind", source: "/a", options: ["rbind"] }],
        options: packPayload("containerd.runc.v1.Options", { binaryName: "crun" }),
      }),
    );
  });

  test("with faults are refused with the place in the text, all of them at once", () => {
    const text =
      '{\n  "id": "../web",\n  "bundle": "web",\n  "terminal": "yes",\n  "stdot": "/x"\n}';
    const result = documentsOf(CreateTaskRequest).checkText(text, { unknownFields: "error" });
    if (result.ok) throw new Error("no fault found");
    const found = result.issues.map(({ rule, pointer, position }) => [
      rule,
      pointer,
      position?.line,
    ]);
    expect(found).toEqual(
      expect.arrayContaining([
        ["id/container", "/id", 2],
        ["path/bundle", "/bundle", 3],
        [expect.any(String), "/terminal", 4],
        [expect.any(String), "/stdot", 5],
      ]),
    );
  });

  test("exist for every message", () => {
    for (const name of Object.keys(messageTable.types)) {
      expect(documentsNamed(name), name).toBeDefined();
      expect(codecOf(name), name).toBeDefined();
    }
    expect(documentsNamed("x.Y")).toBeUndefined();
  });
});

describe("rules", () => {
  test("have an id of their own each", () => {
    const ids = messageRules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+\/[a-z-]+$/);
  });

  test.each(messageRules.map((rule) => [rule.id, rule] as const))(
    "%s speaks of its bad example and not of its good one",
    (id, { on, doc, severity }) => {
      const documents = documentsNamed(on[0] ?? "");
      const speaks = (form: object): boolean => {
        const result = documents?.check(form);
        const issues = result?.ok ? result.warnings : (result?.issues ?? []);
        const found = issues.filter((issue) => issue.rule === id);
        for (const issue of found) expect(issue.severity).toBe(severity);
        return found.length > 0;
      };
      expect(speaks(doc.bad)).toBe(true);
      expect(speaks(doc.good)).toBe(false);
      const good = documents?.check(doc.good);
      expect(good?.ok ? [] : good?.issues).toEqual([]);
    },
  );

  test("are about messages that there are", () => {
    for (const { id, on } of messageRules) {
      expect(on.length, id).toBeGreaterThan(0);
      for (const name of on) expect(messageTable.types[name], `${id}: ${name}`).toBeDefined();
    }
  });
});

describe("a server that checks requests", () => {
  test("answers what the protocol does not allow with INVALID_ARGUMENT, before a handler sees it", async () => {
    const seen: string[] = [];
    const address = makeAddress();
    await using _server = await serve(
      address,
      (router) =>
        router.service(TaskService, {
          create({ id }) {
            seen.push(id);
            return { pid: 1 };
          },
        }),
      { interceptors: [checkRequests()] },
    );
    await using connection = await connect(address);
    const task = connection.client(TaskService);
    await expect(task.create({ id: "a/b", bundle: "x", stdout: "http://x" })).rejects.toThrow(
      /INVALID_ARGUMENT: .*\/id.*\/bundle.*\/stdout/,
    );
    const options = packPayload("containerd.runc.v1.ProcessDetails", { execId: "e" });
    await expect(task.create({ id: "a", bundle: "/x", options })).rejects.toThrow(
      "does not belong here",
    );
    const broken = { typeUrl: "containerd.runc.v1.Options", value: Uint8Array.of(0x0a, 0x7f) };
    await expect(task.create({ id: "a", bundle: "/x", options: broken })).rejects.toThrow(
      "its bytes are no containerd.runc.v1.Options",
    );
    expect(await task.create({ id: "a", bundle: "/x" })).toEqual({ pid: 1 });
    expect(seen).toEqual(["a"]);
  });
});

describe("the order of events", () => {
  const of = <Topic extends EventTopic>(topic: Topic, event: EventInit<Topic>) => {
    const found = decodeEvent(encodeEvent(topic, event));
    if (found === undefined) throw new Error(topic);
    return found;
  };
  const container = { containerId: "c" };
  const exec = { containerId: "c", execId: "e" };
  const life = [
    of("/tasks/create", container),
    of("/tasks/start", container),
    of("/tasks/exec-added", exec),
    of("/tasks/exec-started", exec),
    of("/tasks/paused", container),
    of("/tasks/resumed", container),
    of("/tasks/exit", { containerId: "c", id: "e" }),
    of("/tasks/exit", { containerId: "c", id: "c" }),
    of("/tasks/delete", container),
  ];

  test("of a whole life is in order", () => {
    expect(checkEventOrder(life)).toEqual([]);
  });

  test("is broken by an event that comes too early, twice, or after the container's own end", () => {
    const said = (events: typeof life): string[] =>
      checkEventOrder(events).map(({ pointer, message }) => `${pointer} ${message}`);
    const pick = (...indices: number[]): typeof life =>
      indices.flatMap((index) => life[index] ?? []);
    expect(said(pick(1, 0))).toEqual(["/0 /tasks/start of c: it starts before it is created"]);
    expect(said(pick(0, 1, 1))).toEqual(["/2 /tasks/start of c: it starts a second time"]);
    expect(said(pick(0, 1, 7, 7))).toEqual(["/3 /tasks/exit of c: it ends a second time"]);
    expect(said(pick(0, 1, 8))).toEqual(["/2 /tasks/delete of c: it has not ended yet"]);
    expect(said(pick(0, 1, 2, 3, 7))).toEqual(["/4 /tasks/exit of c: exec e has not ended yet"]);
    expect(said(pick(0, 1, 3))).toEqual(["/2 /tasks/exec-started of c: exec e was not added"]);
    expect(said(pick(4))).toEqual(["/0 /tasks/paused of c: it was not created"]);
  });
});

describeShared("recorded messages", () => {
  const files = listShared("vectors/proto").filter((file) => file !== "runtime.v1.json");
  test.each(files)("of %s go through JSON and back byte for byte", (file) => {
    const { vectors } = readSharedJson<{ vectors: { message: string; base64: string }[] }>(
      `vectors/proto/${file}`,
    );
    for (const { message: name, base64 } of vectors) {
      const codec = codecOf(name);
      const documents = documentsNamed(name);
      if (documents === undefined) continue;
      const message = codec?.decode(Buffer.from(base64, "base64"));
      const text = JSON.stringify(messageToJson(name, message));
      const result = documents.checkText(text, { unknownFields: "error" });
      // Recorded values are made up, so rules may speak; what the types say must hold.
      const faults = result.ok
        ? []
        : result.issues.filter(({ rule }) => !messageRules.some(({ id }) => id === rule));
      expect([name, faults]).toEqual([name, []]);
      if (!result.ok) continue;
      const written = codec?.encode(result.value).finish() ?? new Uint8Array(0);
      expect([name, Buffer.from(written).toString("base64")]).toEqual([name, base64]);
    }
  });

  test.each(listShared("vectors/shim"))("of %s break no rule", (file) => {
    const { calls } = readSharedJson<{
      calls: { method: string; requestFrame: string; status?: { code: number } }[];
    }>(`vectors/shim/${file}`);
    let checked = 0;
    for (const { method, requestFrame, status } of calls) {
      const name = method.split("/")[1];
      const found = Object.values(TaskService.methods).find((one) => one.name === name);
      if (found === undefined || status !== undefined) continue;
      const frame = Buffer.from(requestFrame, "base64").subarray(10);
      const envelope = codecOf("ttrpc.Request")?.decode(frame) as { payload: Uint8Array };
      const documents = documentsNamed(found.requestType.$type);
      const request = found.requestType.decode(envelope.payload);
      const result = documents?.checkMessage(request);
      expect([method, result?.ok ? [] : result?.issues]).toEqual([method, []]);
      checked++;
    }
    expect(checked).toBeGreaterThan(20);
  });
});
