import { expect, test } from "vitest";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";

test("a path is a unix socket, with and without its scheme", () => {
  for (const text of ["unix:///run/x.sock", "unix:/run/x.sock", "/run/x.sock"]) {
    expect(parseEndpoint(text)).toEqual({ kind: "unix", path: "/run/x.sock" });
  }
});

test("tcp has a host and a port", () => {
  expect(parseEndpoint("tcp://127.0.0.1:10010")).toEqual({
    kind: "tcp",
    host: "127.0.0.1",
    port: 10010,
  });
  expect(parseEndpoint("tcp://[::1]:1")).toEqual({ kind: "tcp", host: "::1", port: 1 });
});

test("npipe is a Windows pipe", () => {
  expect(parseEndpoint("npipe:////./pipe/containerd")).toEqual({
    kind: "pipe",
    path: "\\\\.\\pipe\\containerd",
  });
});

test("an endpoint is written as it is read", () => {
  for (const text of ["unix:///run/x.sock", "tcp://[::1]:1", "tcp://h:2", "npipe:////./pipe/x"]) {
    expect(formatEndpoint(parseEndpoint(text))).toBe(text);
  }
});

test("anything else is refused with what would do", () => {
  for (const text of [
    "",
    "run/x.sock",
    "unix://run/x.sock",
    "http://x:1",
    "tcp://h",
    "tcp://h:99999",
  ]) {
    expect(() => parseEndpoint(text)).toThrow(TypeError);
  }
});
