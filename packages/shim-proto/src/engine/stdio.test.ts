import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeFolder } from "../../test/socket.ts";
import { formatStdio, makeFifoStdio, parseStdio, type StdioTarget } from "./stdio.ts";

const path = fc.stringMatching(/^\/[a-zA-Z0-9 äß%#_./-]{0,40}$/);
const target: fc.Arbitrary<StdioTarget> = fc.oneof(
  fc.constant({ kind: "none" } as const),
  path.map((path) => ({ kind: "fifo", path }) as const),
  path.map((path) => ({ kind: "file", path: path.replace("#", "") }) as const),
  fc.record({
    kind: fc.constant("binary" as const),
    version: fc.constantFrom(1 as const, 2 as const),
    path: path.map((path) => path.replace(/[#%]/g, "")),
    args: fc.dictionary(fc.stringMatching(/^[a-z=& ]{1,8}$/), fc.string({ maxLength: 8 })),
  }),
  fc
    .stringMatching(/^[a-z0-9 &-]{1,20}$/)
    .map((streamId) => ({ kind: "stream", address: "unix:///run/s", streamId }) as const),
);

describe("stdio", () => {
  test("is read as it was written, whatever its kind", () => {
    fc.assert(
      fc.property(target, (one) => {
        expect(parseStdio(formatStdio(one))).toEqual(one);
      }),
    );
  });

  test("of the forms engines write is understood", () => {
    expect(parseStdio("/run/containerd/fifo/1/web-stdout")).toMatchObject({ kind: "fifo" });
    expect(parseStdio("binary:///usr/bin/log?id=web&tag=a%20b")).toEqual({
      kind: "binary",
      version: 1,
      path: "/usr/bin/log",
      args: { id: "web", tag: "a b" },
    });
    expect(parseStdio("ttrpc+unix:///run/containerd/s/1?streaming_id=web-stdout")).toEqual({
      kind: "stream",
      address: "unix:///run/containerd/s/1",
      streamId: "web-stdout",
    });
    expect(parseStdio("ttrpc+vsock://3:1024?streaming_id=x")).toMatchObject({
      address: "vsock://3:1024",
    });
  });

  test("that goes nowhere is refused with the reason", () => {
    for (const [text, why] of [
      ["relative", "not absolute"],
      ["file://relative", "not absolute"],
      ["ttrpc+unix:///s", "no streaming_id"],
      ["https://x/", "no stdio goes to https://"],
      ["/a\0b", "no NUL"],
      ["file:///%zz", "not encoded"],
    ] as const) {
      expect(() => parseStdio(text)).toThrow(why);
    }
  });

  test("by FIFO ends when the last writer goes, and not before a writer came", async () => {
    const folder = makeFolder();
    const io = await makeFifoStdio(folder, { stdin: true });
    let text = "";
    let ended = false;
    io.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    io.stdout.on("end", () => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(false);
    const writer = openSync(io.fields.stdout, "w");
    io.opened();
    writeSync(writer, "line");
    closeSync(writer);
    await expect.poll(() => [text, ended]).toEqual(["line", true]);
    await io[Symbol.asyncDispose]();
    expect(existsSync(io.fields.stdout)).toBe(false);
    await io[Symbol.asyncDispose]();
  });
});
