import { execFile } from "node:child_process";
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/grpc-pair.ts";
import { packBytes, packTree } from "./pack.ts";
import { padding, type TarEntry } from "./tar-entry.ts";
import { readTar } from "./tar-reader.ts";
import { encodeEnd, encodeHeader } from "./tar-writer.ts";
import { unpackTree } from "./unpack.ts";

const run = promisify(execFile);

type Item = Partial<TarEntry> & { readonly content?: string };

/** An archive of entries as they are given, whatever they say. */
async function* archive(...items: readonly Item[]): AsyncGenerator<Uint8Array> {
  for (const { content = "", ...entry } of items) {
    const bytes = Buffer.from(content);
    yield encodeHeader({
      name: "x",
      type: "file",
      mode: 0o644,
      mtime: 0,
      target: "",
      size: bytes.length,
      ...entry,
    });
    yield bytes;
    yield Buffer.alloc(padding(bytes.length));
  }
  yield encodeEnd();
}

async function entriesOf(
  source: AsyncIterable<Uint8Array>,
): Promise<(TarEntry & { text: string })[]> {
  const entries: (TarEntry & { text: string })[] = [];
  for await (const { entry, content } of readTar(source)) {
    entries.push({ ...entry, text: (await buffer(Readable.from(content))).toString() });
  }
  return entries;
}

describe("an archive", () => {
  test("is read as it was written, whatever names and sizes, however it was cut", async () => {
    const name = fc
      .array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), {
        minLength: 1,
        maxLength: 4,
      })
      .map((parts) => parts.map((part) => part.replaceAll(/[/\0\n]/g, "_")).join("/"));
    const item = fc.record({
      name,
      type: fc.constantFrom("file" as const, "directory" as const, "symlink" as const),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      mtime: fc.integer({ min: 0, max: 2 ** 32 }),
      text: fc.string({ maxLength: 2000 }),
      target: fc.string({ minLength: 1, maxLength: 200 }).map((t) => t.replaceAll("\0", "_")),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 5 }),
        fc.integer({ min: 1, max: 3000 }),
        async (items, cut) => {
          const whole = await buffer(
            Readable.from(
              archive(
                ...items.map(({ text, target, type, ...rest }) => ({
                  ...rest,
                  type,
                  ...(type === "file" ? { content: text } : {}),
                  ...(type === "symlink" ? { target } : {}),
                })),
              ),
            ),
          );
          const pieces = async function* (): AsyncGenerator<Uint8Array> {
            for (let at = 0; at < whole.length; at += cut) yield whole.subarray(at, at + cut);
          };
          const read = await entriesOf(pieces());
          expect(
            read.map(({ name, type, mode, mtime, text, target }) => ({
              name,
              type,
              mode,
              mtime,
              text,
              target,
            })),
          ).toEqual(
            items.map(({ name, type, mode, mtime, text, target }) => ({
              name: name.replace(/\/+$/, ""),
              type,
              mode,
              mtime,
              text: type === "file" ? text : "",
              target: type === "symlink" ? target : "",
            })),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test("of ours is read by tar, and one of tar's by us", async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, "source");
    const long = "d".repeat(90);
    await mkdir(join(source, long, long), { recursive: true });
    await writeFile(join(source, "hello"), "hello");
    await writeFile(join(source, long, long, "f".repeat(90)), "deep");
    await symlink("hello", join(source, "link"));

    const ours = join(folder.path, "ours.tar");
    await writeFile(ours, await buffer(Readable.from(packTree(source, "copy"))));
    const unpacked = join(folder.path, "unpacked");
    await mkdir(unpacked);
    await run("tar", ["-xf", ours, "-C", unpacked]);
    await run("diff", ["-r", source, join(unpacked, "copy")]);

    for (const format of ["gnu", "pax", "ustar"]) {
      const theirs = join(folder.path, `${format}.tar`);
      const names = format === "ustar" ? ["hello", "link"] : ["."];
      await run("tar", [`--format=${format}`, "-cf", theirs, "-C", source, ...names]);
      const entries = await entriesOf(Readable.from([await readFile(theirs)]));
      expect(entries.find(({ name }) => name.endsWith("hello"))?.text).toBe("hello");
      expect(entries.find(({ name }) => name.endsWith("link"))).toMatchObject({
        type: "symlink",
        target: "hello",
      });
      if (format !== "ustar") {
        expect(entries.find(({ name }) => name.endsWith("f".repeat(90)))?.text).toBe("deep");
      }
    }
  });

  test("that is none, or ends early, is a TarError", async () => {
    const whole = await buffer(Readable.from(packBytes(Buffer.from("hello"), "x", 0o644)));
    const bad: [string, Uint8Array][] = [
      ["text", Buffer.from("hello".repeat(200))],
      ["a checksum that is wrong", Buffer.concat([Buffer.from("y"), whole.subarray(1)])],
      ["half a header", whole.subarray(0, 100)],
      ["no content", whole.subarray(0, 512)],
      ["half its content", whole.subarray(0, 514)],
    ];
    for (const [, bytes] of bad) {
      await expect(entriesOf(Readable.from([bytes]))).rejects.toMatchObject({ name: "TarError" });
    }
  });

  test("of any bytes either is read or is a TarError", async () => {
    const whole = await buffer(Readable.from(archive({ name: "n".repeat(150), content: "abc" })));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        await entriesOf(Readable.from([changed])).catch((error: unknown) => {
          expect(error).toHaveProperty("name", "TarError");
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe("unpacking", () => {
  const unpack = async (target: string, ...items: readonly Item[]) =>
    unpackTree(archive(...items), "top", target, 1000);

  test("makes files, folders and links that stay inside, with their permissions", async () => {
    await using folder = await temporaryFolder();
    const target = join(folder.path, "copy");
    const copied = await unpack(
      target,
      { name: "top", type: "directory", mode: 0o755 },
      { name: "top/sub", type: "directory", mode: 0o500 },
      { name: "top/sub/run", mode: 0o4755, content: "#!/bin/sh" },
      { name: "top/link", type: "symlink", target: "sub/run" },
      { name: "top/twin", type: "hardlink", target: "top/sub/run" },
      { name: "top/device", type: "other" },
    );
    expect(copied).toEqual({ files: 1, bytes: 9, skipped: ["top/device"] });
    expect((await lstat(join(target, "sub/run"))).mode & 0o7777).toBe(0o755);
    expect((await lstat(join(target, "sub"))).mode & 0o777).toBe(0o500);
    expect(await readlink(join(target, "link"))).toBe("sub/run");
    expect(await readFile(join(target, "twin"), "utf8")).toBe("#!/bin/sh");
  });

  test("refuses names that lead out", async () => {
    for (const name of ["/etc/passwd", "top/../../x", "other/x", "..", "top/./../x"]) {
      await using folder = await temporaryFolder();
      await expect(unpack(join(folder.path, "copy"), { name, content: "x" })).rejects.toMatchObject(
        {
          code: "DATA_LOSS",
        },
      );
      expect(await readdir(folder.path)).toEqual([]);
    }
  });

  test("follows no link that the archive brings", async () => {
    await using folder = await temporaryFolder();
    const outside = join(folder.path, "outside");
    await mkdir(outside);
    const target = join(folder.path, "copy");
    const copied = await unpack(
      target,
      { name: "top", type: "directory" },
      { name: "top/escape", type: "symlink", target: outside },
      { name: "top/escape/file", content: "x" },
      { name: "top/up", type: "symlink", target: "../outside" },
      { name: "top/a/b/root", type: "symlink", target: "../.." },
      { name: "top/sly", type: "symlink", target: "a/b/root/../outside" },
      { name: "top/steal", type: "hardlink", target: "top/escape" },
    );
    expect(copied.skipped).toEqual(["top/escape", "top/up", "top/sly", "top/steal"]);
    expect(await readdir(outside)).toEqual([]);
    expect((await lstat(join(target, "escape"))).isDirectory()).toBe(true);
  });

  test("follows no link that lies in the way either", async () => {
    await using folder = await temporaryFolder();
    const outside = join(folder.path, "outside");
    const target = join(folder.path, "copy");
    await mkdir(outside);
    await writeFile(join(outside, "file"), "mine");
    await mkdir(target);
    await symlink(outside, join(target, "sub"));
    await symlink(join(outside, "file"), join(target, "file"));
    await unpack(target, { name: "top/sub/new", content: "x" }, { name: "top/file", content: "x" });
    expect(await readdir(outside)).toEqual(["file"]);
    expect(await readFile(join(outside, "file"), "utf8")).toBe("mine");
  });

  test("stops at the limit", async () => {
    await using folder = await temporaryFolder();
    const big = { name: "top", content: "x".repeat(1001) };
    await expect(unpack(join(folder.path, "copy"), big)).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTED",
    });
    const empty = ["top/a", "top/b", "top/c"].map((name) => ({ name, content: "" }));
    await expect(
      unpackTree(archive(...empty), "top", join(folder.path, "many"), 1000, 2),
    ).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
  });
});
