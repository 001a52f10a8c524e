import { Metadata } from "@ocikit/rpc";
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

test("text that can't travel is refused before it is sent", () => {
  expect(() => there(new Metadata({ k: "a\r\nb: c" }))).toThrow(/printable ASCII/);
  expect(() => there(new Metadata({ k: "ü" }))).toThrow(/printable ASCII/);
});
