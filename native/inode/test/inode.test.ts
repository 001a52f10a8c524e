import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  available,
  getXattr,
  listXattrs,
  makeNode,
  removeXattr,
  setTimes,
  setXattr,
} from "../index.js";

const directory = mkdtempSync(join(tmpdir(), "ocikit-inode-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string): string {
  const path = join(directory, name);
  writeFileSync(path, "");
  return path;
}

describe.runIf(available)("the inode module", () => {
  test("an attribute comes back with the bytes it was set to", () => {
    const path = file("attribute");
    setXattr(path, "user.colour", Uint8Array.of(0, 255, 10));
    expect(listXattrs(path)).toEqual(["user.colour"]);
    expect(getXattr(path, "user.colour")).toEqual(Uint8Array.of(0, 255, 10));
    expect(getXattr(path, "user.shape")).toBeUndefined();
    removeXattr(path, "user.colour");
    expect(listXattrs(path)).toEqual([]);
  });

  test("times keep their nanoseconds, also before 1970", () => {
    const path = file("times");
    for (const ns of [1_700_000_000_123_456_789n, 1n, -1n, -1_500_000_001n]) {
      setTimes(path, ns, ns);
      expect(statSync(path, { bigint: true }).mtimeNs).toBe(ns);
    }
  });

  test("a symlink's own time is set, not its target's", () => {
    const target = file("target");
    setTimes(target, 5n, 5n);
    symlinkSync(target, join(directory, "link"));
    setTimes(join(directory, "link"), 7n, 7n);
    expect(statSync(target, { bigint: true }).mtimeNs).toBe(5n);
  });

  test("a fifo is made", () => {
    makeNode(join(directory, "fifo"), 0o010600, 0, 0);
    expect(statSync(join(directory, "fifo")).isFIFO()).toBe(true);
  });

  test("a refusal names the call, the path and the code", () => {
    const path = join(directory, "missing");
    expect(() => setTimes(path, 0n, 0n)).toThrow(`utimensat ${path}: ENOENT`);
    expect(() => setTimes("a\0b", 0n, 0n)).toThrow(TypeError);
  });
});
