import { describe, expect, test } from "vitest";
import { parseSize } from "./size.ts";

describe("a size on the command line", () => {
  test.each([
    ["512", 512],
    ["64M", 64 << 20],
    ["64mb", 64 << 20],
    ["1.5k", 1536],
    ["2GiB", 2 * 1024 ** 3],
    ["3 T", 3 * 1024 ** 4],
    ["-1", -1],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize("memory", text)).toBe(bytes);
  });

  test.each(["", "M", "-2", "1x", "1,5M", "0x10"])("%j is none", (text) => {
    expect(() => parseSize("memory", text)).toThrow("invalid value for memory: invalid size");
  });
});
