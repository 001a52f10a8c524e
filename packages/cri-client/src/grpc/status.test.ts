import { Metadata, RpcError } from "@ocikit/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeMessage, readStatus, writeStatus } from "./status.ts";

test("a status travels with code, sentence and metadata", () => {
  const trailers: Record<string, string> = { "retry-after": "3" };
  writeStatus(trailers, new RpcError("NOT_FOUND", "no pod “web” at 100 %"));
  expect(trailers["grpc-message"]).toBe("no pod %E2%80%9Cweb%E2%80%9D at 100 %25");
  const error = readStatus(trailers, "a.B/C");
  expect(error).toMatchObject({
    code: "NOT_FOUND",
    rawMessage: "no pod “web” at 100 %",
    method: "a.B/C",
  });
  expect(error?.metadata).toEqual(new Metadata({ "retry-after": "3" }));
});

test("typed details travel too", () => {
  const details = [{ typeUrl: "type.googleapis.com/x.Y", value: Uint8Array.of(1, 2) }];
  const trailers: Record<string, string> = {};
  writeStatus(trailers, new RpcError("ABORTED", "m", { details }));
  const [detail] = readStatus(trailers, "a.B/C")?.details ?? [];
  expect(detail?.typeUrl).toBe("type.googleapis.com/x.Y");
  expect([...(detail?.value ?? [])]).toEqual([1, 2]);
});

test("details that can't be read do not hide the status", () => {
  const error = readStatus(
    { "grpc-status": "5", "grpc-message": "m", "grpc-status-details-bin": "//8=" },
    "a.B/C",
  );
  expect(error).toMatchObject({ code: "NOT_FOUND", rawMessage: "m", details: [] });
});

test("zero is success, and what is no number is UNKNOWN", () => {
  expect(readStatus({ "grpc-status": "0" }, "m")).toBeUndefined();
  expect(readStatus({ "grpc-status": "x" }, "m")).toMatchObject({ code: "UNKNOWN" });
  expect(readStatus({ "grpc-status": "77" }, "m")).toMatchObject({ code: "UNKNOWN" });
});

test("any sentence comes back as it was, in printable ASCII on the way", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (message) => {
      const encoded = encodeMessage(message);
      expect(encoded).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeMessage(encoded)).toBe(message);
    }),
  );
});

test("any bytes of a broken peer read as some sentence", () => {
  expect(decodeMessage("100%")).toBe("100%");
  expect(decodeMessage("%zz%4")).toBe("%zz%4");
  fc.assert(fc.property(fc.string(), (text) => typeof decodeMessage(text) === "string"));
});
