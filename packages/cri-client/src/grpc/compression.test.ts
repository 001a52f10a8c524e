import { deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { decompress } from "./compression.ts";

const packed = (data: Uint8Array) => ({ compressed: true, data });

test("gzip and deflate are read", () => {
  const data = Buffer.from("hello");
  expect(decompress(packed(gzipSync(data)), "gzip", 100)).toEqual(data);
  expect(decompress(packed(deflateSync(data)), "deflate", 100)).toEqual(data);
  expect(decompress({ compressed: false, data }, "gzip", 100)).toEqual(data);
});

test("a small message that unpacks to a huge one is refused", () => {
  const bomb = packed(gzipSync(Buffer.alloc(1 << 20)));
  expect(() => decompress(bomb, "gzip", 1000)).toThrow(/RESOURCE_EXHAUSTED.*more than 1000/);
});

test("bytes that do not unpack, an unknown encoding and none at all each have their error", () => {
  const junk = packed(Uint8Array.of(1, 2, 3));
  expect(() => decompress(junk, "gzip", 100)).toThrow(/INTERNAL/);
  expect(() => decompress(junk, "br", 100)).toThrow(/UNIMPLEMENTED/);
  expect(() => decompress(junk, undefined, 100)).toThrow(/INTERNAL/);
});
