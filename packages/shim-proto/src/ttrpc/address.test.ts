import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "./address.ts";

test("every form of address is read, and written so that it reads the same", () => {
  const forms = {
    "unix:///run/s": { kind: "unix", path: "/run/s" },
    "/run/s": { kind: "unix", path: "/run/s" },
    "unix://@name": { kind: "abstract", name: "name" },
    "@name": { kind: "abstract", name: "name" },
    "\0name": { kind: "abstract", name: "name" },
    "vsock://3:1024": { kind: "vsock", cid: 3, port: 1024 },
    "hvsock:///run/vm.sock:1024": { kind: "hvsock", path: "/run/vm.sock", port: 1024 },
  } as const;
  for (const [text, address] of Object.entries(forms)) {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(formatAddress(address))).toEqual(address);
  }
});

test("what is no address is refused with the reason", () => {
  expect(() => parseAddress("")).toThrow("names no path");
  expect(() => parseAddress("tcp://1.2.3.4:5")).toThrow("ttrpc knows no tcp://");
  expect(() => parseAddress(`unix:///${"x".repeat(107)}`)).toThrow(
    "at most 107 bytes, this one 108",
  );
  expect(() => parseAddress("unix:///a\0b")).toThrow("no NUL");
  expect(() => parseAddress("vsock://x:1")).toThrow("vsock://CID:PORT");
  expect(() => parseAddress("vsock://3")).toThrow("a colon and a port");
  expect(() => parseAddress("hvsock:///run/vm")).toThrow("a colon and a port");
  expect(() => parseAddress("unix://@")).toThrow("1 to 107 bytes");
});
