import { Metadata } from "@ocikit/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readMetadata, writeMetadata } from "./headers.ts";

const there = (metadata: Metadata): Record<string, string | string[]> => {
  const headers: Record<string, string | string[]> = {};
  writeMetadata(headers, metadata);
  return headers;
};

test("text and bytes arrive as they were sent", () => {
  const sent = new Metadata({
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "state-bin": Uint8Array.of(0, 255),
  });
  const headers = there(sent);
  expect(headers).toEqual({
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "state-bin": "AP8=",
  });
  const got = readMetadata(headers);
  expect(got.get("traceparent")).toBe(sent.get("traceparent"));
  expect([...(got.get("state-bin") ?? [])]).toEqual([0, 255]);
});

test("bytes of many values are taken apart, with and without padding", () => {
  const got = readMetadata({ "k-bin": "AA==, AQ,Ag" });
  expect(got.getAll("k-bin").map((bytes) => bytes[0])).toEqual([0, 1, 2]);
});

test("what is gRPC's own is not metadata", () => {
  const got = readMetadata({
    ":path": "/a/b",
    "grpc-timeout": "1S",
    te: "trailers",
    "user-agent": "x",
    "content-type": "application/grpc",
  });
  expect(got.size).toBe(0);
  expect(() => there(new Metadata({ "grpc-status": "0" }))).toThrow(/gRPC's own/);
});

test("headers that gRPC has no place for are passed over", () => {
  const got = readMetadata({ "x!y": "1", "x'y": "2", "x~-bin": "AA==", good: "3" });
  expect([...got]).toEqual([["good", "3"]]);
});

test("whatever headers a peer sends can be read", () => {
  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-z-]{1,20}$/);
  const value = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }));
  fc.assert(fc.property(fc.dictionary(token, value), (headers) => void readMetadata(headers)));
});

test("text that can't travel is refused before it is sent", () => {
  expect(() => there(new Metadata({ k: "a\r\nb: c" }))).toThrow(/printable ASCII/);
  expect(() => there(new Metadata({ k: "ü" }))).toThrow(/printable ASCII/);
});
