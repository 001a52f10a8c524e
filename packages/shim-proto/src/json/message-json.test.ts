import { describeShared, listShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { packPayload } from "../payload.ts";
import { codecOf } from "./codecs.ts";
import { messageFromJson, messageToJson } from "./message-json.ts";

describe("messages in JSON", () => {
  test("have 64-bit numbers and bytes as text, enums by name, times in RFC 3339", () => {
    const json = {
      id: "web",
      status: "RUNNING",
      exitedAt: "2026-11-20T12:00:00.000000007Z",
      terminal: true,
    };
    const message = messageFromJson("containerd.task.v3.StateResponse", json);
    expect(message).toMatchObject({ status: 2, exitedAt: { nanos: 7 }, terminal: true, pid: 0 });
    expect(messageToJson("containerd.task.v3.StateResponse", message)).toEqual(json);
  });

  test("take either form of a field's name, and null for none", () => {
    const type = "containerd.task.v3.KillRequest";
    expect(messageFromJson(type, { id: "a", exec_id: "b", signal: 9, all: null })).toEqual(
      messageFromJson(type, { id: "a", execId: "b", signal: "9" }),
    );
  });

  test("show what an Any holds, and documents of the runtime-spec as they are", () => {
    const process = "types.containerd.io/opencontainers/runtime-spec/1/Process";
    const type = "google.protobuf.Any";
    for (const [any, json] of [
      [
        packPayload("containerd.runc.v1.Options", { binaryName: "crun" }),
        { "@type": "containerd.runc.v1.Options", binaryName: "crun" },
      ],
      [packPayload(process, { args: ["sh"] }), { "@type": process, value: { args: ["sh"] } }],
      [
        { typeUrl: "x.Unknown", value: Uint8Array.of(1, 2) },
        { "@type": "x.Unknown", value: "AQI=" },
      ],
    ]) {
      expect(messageToJson(type, any)).toEqual(json);
      expect(messageFromJson(type, json)).toEqual(any);
    }
  });

  test("that do not fit are refused with the place and what belongs there", () => {
    const type = "containerd.task.v3.CreateTaskRequest";
    const refused: [unknown, string][] = [
      [[], "/: must be an object"],
      [{ id: 7 }, "/id: must be text"],
      [{ nonsense: 1 }, "/nonsense: no field of containerd.task.v3.CreateTaskRequest"],
      [{ constructor: 1 }, "/constructor: no field"],
      [{ rootfs: {} }, "/rootfs: must be a list"],
      [{ rootfs: [{ type: 1 }] }, "/rootfs/0/type: must be text"],
      [{ terminal: "yes" }, "/terminal: must be true or false"],
      [{ options: {} }, "/options/@type: must be a type URL"],
    ];
    for (const [json, message] of refused)
      expect(() => messageFromJson(type, json)).toThrow(message);
    const kill = "containerd.task.v3.KillRequest";
    expect(() => messageFromJson(kill, { signal: -1 })).toThrow("from 0 to 4294967295");
    const state = "containerd.task.v3.StateResponse";
    expect(() => messageFromJson(state, { status: "DANCING" })).toThrow("one of UNKNOWN, CREATED");
    expect(() => messageFromJson(state, { exitedAt: "2026-02-30T00:00:00Z" })).toThrow("RFC 3339");
    const metrics = "io.containerd.cgroups.v2.PidsStat";
    expect(() => messageFromJson(metrics, { current: "-1" })).toThrow("whole number of 64 bits");
    expect(() => messageFromJson("x.Y", {})).toThrow("no message x.Y");
  });
});

describeShared("recorded messages", () => {
  const files = listShared("vectors/proto").filter((file) => file !== "runtime.v1.json");
  test.each(files)("of %s go through JSON and back byte for byte", (file) => {
    const { vectors } = readSharedJson<{ vectors: { message: string; base64: string }[] }>(
      `vectors/proto/${file}`,
    );
    for (const { message: type, base64 } of vectors) {
      const codec = codecOf(type);
      const json = messageToJson(type, codec?.decode(Buffer.from(base64, "base64")));
      const again = messageFromJson(type, JSON.parse(JSON.stringify(json)));
      const written = codec?.encode(again).finish() ?? new Uint8Array(0);
      expect([type, Buffer.from(written).toString("base64")]).toEqual([type, base64]);
    }
  });
});
