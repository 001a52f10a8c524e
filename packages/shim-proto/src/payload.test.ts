import { describeShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { packPayload, payloadUrlOf, payloadUrls, unpackPayload } from "./payload.ts";

describe("payloads", () => {
  test("of every type are unpacked to the type they were packed as", () => {
    for (const typeUrl of payloadUrls) {
      expect(unpackPayload(packPayload(typeUrl, {}))?.typeUrl).toBe(typeUrl);
    }
  });

  test("keep what they hold", () => {
    const options = packPayload("containerd.runc.v1.Options", { binaryName: "crun" });
    const found = unpackPayload(options);
    if (found?.typeUrl !== "containerd.runc.v1.Options") throw new Error("another type");
    expect(found.value).toMatchObject({ binaryName: "crun", systemdCgroup: false });
  });

  test("of the runtime-spec are JSON", () => {
    const url = "types.containerd.io/opencontainers/runtime-spec/1/Process";
    const any = packPayload(url, { args: ["sh"], cwd: "/" });
    expect(Buffer.from(any.value).toString()).toBe('{"args":["sh"],"cwd":"/"}');
    expect(unpackPayload(any)?.value).toEqual({ args: ["sh"], cwd: "/" });
  });

  test("of an unknown type, or none, are undefined", () => {
    expect(unpackPayload(undefined)).toBeUndefined();
    expect(unpackPayload({ typeUrl: "toString", value: new Uint8Array(0) })).toBeUndefined();
    expect(payloadUrlOf("type.googleapis.com/containerd.runc.v1.Options")).toBe(
      "containerd.runc.v1.Options",
    );
  });

  test("that can't be read are refused", () => {
    const url = "types.containerd.io/opencontainers/runtime-spec/1/Spec";
    for (const text of ["{", "[]", "null", "\xff"]) {
      const value = Buffer.from(text, "latin1");
      expect(() => unpackPayload({ typeUrl: url, value }), text).toThrow("can't be read");
    }
  });
});

describeShared("type URLs", () => {
  test("are those the facts list, and the older one of containerd 1.6 and those of streams", () => {
    const { typeUrls } = readSharedJson<{ typeUrls: Record<string, string> }>(
      "facts/shim/protocol.json",
    );
    expect(payloadUrls).toEqual(expect.arrayContaining(Object.keys(typeUrls)));
    expect(payloadUrls.filter((url) => !(url in typeUrls))).toEqual([
      "containerd.linux.runc.CreateOptions",
      "containerd.services.streaming.v1.StreamInit",
      "containerd.types.transfer.Data",
      "containerd.types.transfer.WindowUpdate",
    ]);
  });
});
