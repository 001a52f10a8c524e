import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { ImageError } from "../error.ts";
import { type TarEntry, type TarEntryInput, tarEntry } from "./entry.ts";
import { TarParser } from "./parser.ts";
import { concat } from "./pax.ts";
import { readTar } from "./reader.ts";
import { encodeHeader, padding, type TarInput, TRAILER, writeTar } from "./writer.ts";

const scratch = mkdtempSync(join(tmpdir(), "ocikit-tar-"));
afterAll(() => rmSync(scratch, { recursive: true }));

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part.slice());
  return concat(parts);
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  archive: Uint8Array,
  pieces = 1000,
): Promise<{ entry: TarEntry; body: Uint8Array }[]> {
  const items: { entry: TarEntry; body: Uint8Array }[] = [];
  for await (const { entry, body } of readTar(cut(archive, pieces))) {
    items.push({ entry, body: await bytesOf(body) });
  }
  return items;
}

/** What GNU tar makes of `script`'s files, run in an empty directory. */
function gnuTar(script: string, ...options: string[]): Uint8Array {
  const directory = mkdtempSync(join(scratch, "gnu-"));
  const made = spawnSync("sh", ["-ec", script], { cwd: directory });
  if (made.status !== 0) throw new Error(made.stderr.toString());
  const tar = spawnSync("tar", ["-c", "--sort=name", ...options, "-C", directory, "."], {
    maxBuffer: 1 << 28,
  });
  if (tar.status !== 0) throw new Error(tar.stderr.toString());
  return tar.stdout;
}

const long = `${"directory/".repeat(30)}${"f".repeat(120)}`;

describe("an archive written here", () => {
  const entries: TarInput[] = [
    { type: "directory", path: "etc/", mode: 0o1777, modifiedNs: 1_700_000_000_123_456_789n },
    { type: "file", path: "etc/hosts", mode: 0o4755, uid: 1000, gid: 70_000_000, body: "hello\n" },
    { type: "symlink", path: "etc/mtab", linkPath: "/proc/self/mounts" },
    { type: "hardlink", path: "etc/copy", linkPath: "etc/hosts" },
    { type: "character-device", path: "null", deviceMajor: 1, deviceMinor: 3 },
    { type: "block-device", path: "sda", deviceMajor: 8, deviceMinor: 300 },
    { type: "fifo", path: "pipe", modifiedNs: -2_000_000_000n },
    { type: "file", path: long, body: new Uint8Array(1500) },
    { type: "symlink", path: "étoile", linkPath: long, userName: "ü" },
    {
      type: "file",
      path: "name-\udcff",
      body: "",
      xattrs: new Map([["user.a\udcfe", Uint8Array.of(10, 0, 61)]]),
    },
  ];

  test("reads back as it was written, however it is cut", async () => {
    const archive = await bytesOf(writeTar(entries));
    for (const pieces of [1, 511, 512, 1_000_000]) {
      const items = await read(archive, pieces);
      const expected = entries.map(({ body = "", ...entry }) => {
        const bytes =
          typeof body === "string" ? new TextEncoder().encode(body) : (body as Uint8Array);
        return { entry: tarEntry({ ...entry, size: bytes.length }), body: bytes };
      });
      expect(items).toEqual(expected);
    }
  });

  test("is the same to GNU tar", async () => {
    const path = join(scratch, "ours.tar");
    writeFileSync(path, await bytesOf(writeTar(entries)));
    const listed = spawnSync("tar", ["-tvf", path, "--numeric-owner", "--full-time"], {
      env: { TZ: "UTC", LC_ALL: "C.UTF-8" },
      encoding: "utf8",
    });
    expect(listed.stderr).toBe("");
    const lines = listed.stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^drwxrwxrwt 0\/0 +0 2023-11-14 22:13:20\.123456789 etc\/$/);
    expect(lines[1]).toMatch(/^-rwsr-xr-x 1000\/70000000 +6 .* etc\/hosts$/);
    expect(lines[2]).toContain("etc/mtab -> /proc/self/mounts");
    expect(lines[3]).toContain("etc/copy link to etc/hosts");
    expect(lines[4]).toMatch(/^crw-r--r-- 0\/0 +1,3 .* null$/);
    expect(lines[5]).toMatch(/^brw-r--r-- 0\/0 +8,300 .* sda$/);
    expect(lines[6]).toMatch(/1969-12-31 23:59:58 +pipe$/);
    expect(lines[7]?.endsWith(long)).toBe(true);
  });

  test("any entry survives the round trip", async () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
      .filter((s) => !s.includes("\0"));
    const entry: fc.Arbitrary<TarEntryInput> = fc.record({
      type: fc.constantFrom("symlink", "hardlink", "fifo"),
      path: text,
      linkPath: text,
      mode: fc.nat(0o7777),
      uid: fc.nat(2 ** 31),
      gid: fc.nat(2 ** 31),
      userName: text,
      modifiedNs: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 20n }),
      xattrs: fc
        .array(
          fc.tuple(fc.stringMatching(/^user\.[a-z]{1,9}$/), fc.uint8Array({ maxLength: 600 })),
          { maxLength: 3 },
        )
        .map((pairs) => new Map(pairs)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 4 }),
        fc.integer({ min: 1, max: 3000 }),
        async (inputs, pieces) => {
          const archive = await bytesOf(writeTar(inputs));
          expect((await read(archive, pieces)).map((item) => item.entry)).toEqual(
            inputs.map(tarEntry),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("must hold as many bytes as its header says", async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(4);
    }
    const write = (size: number): Promise<Uint8Array> =>
      bytesOf(writeTar([{ type: "file", path: "a", size, body: body() }]));
    await expect(write(5)).rejects.toThrow('"a" has not the 5 bytes');
    await expect(write(3)).rejects.toThrow('"a" has not the 3 bytes');
  });
});

describe("an archive of GNU tar", () => {
  const script = `
    mkdir -p ${"d/".repeat(60)}; printf x > ${"d/".repeat(60)}${"n".repeat(150)}
    ln -s ${"l".repeat(180)} link; printf abc > file; ln file hard; mkfifo fifo
    touch -d @1700000000.25 file`;

  test.each(["gnu", "oldgnu", "posix"])("of format %s reads", async (format) => {
    const items = await read(gnuTar(script, `--format=${format}`));
    const byPath = new Map(items.map((item) => [item.entry.path.replace(/^\.\//, ""), item]));
    expect(byPath.has(`${"d/".repeat(60)}${"n".repeat(150)}`)).toBe(true);
    expect(byPath.get("link")?.entry.linkPath).toBe("l".repeat(180));
    expect(byPath.get("fifo")?.entry.type).toBe("fifo");
    const [file, hard] = [byPath.get("file"), byPath.get("hard")];
    expect(new TextDecoder().decode(file?.body)).toBe("abc");
    expect(hard?.entry).toMatchObject({ type: "hardlink", linkPath: "./file" });
    expect(file?.entry.modifiedNs).toBe(
      format === "posix" ? 1_700_000_000_250_000_000n : 1_700_000_000_000_000_000n,
    );
  });

  test.each([
    ["gnu", []],
    ["posix", ["--sparse-version=0.0"]],
    ["posix", ["--sparse-version=0.1"]],
    ["posix", ["--sparse-version=1.0"]],
  ])("keeps the holes of sparse files: %s %j", async (format, options) => {
    const parts = 40;
    const make = `truncate -s ${(parts + 1) * 65536} sparse
      i=0; while [ $i -lt ${parts} ]; do printf "part $i" | dd of=sparse bs=1 seek=$((i * 65536 + 4096)) conv=notrunc status=none; i=$((i + 1)); done
      truncate -s 1M hole`;
    const items = await read(gnuTar(make, "--sparse", `--format=${format}`, ...options));
    const sparse = items.find((item) => item.entry.path === "./sparse");
    expect(sparse?.entry.size).toBe((parts + 1) * 65536);
    expect(sparse?.entry.segments?.length).toBeGreaterThanOrEqual(parts);
    expect(sparse?.body.length).toBe((parts + 1) * 65536);
    for (let i = 0; i < parts; i++) {
      const at = i * 65536 + 4096;
      const text = `part ${i}`;
      expect(new TextDecoder().decode(sparse?.body.subarray(at, at + text.length))).toBe(text);
    }
    const hole = items.find((item) => item.entry.path === "./hole");
    expect(hole?.entry.size).toBe(1 << 20);
    expect(hole?.body.every((byte) => byte === 0)).toBe(true);
  });
});

describe("a damaged archive", () => {
  const header = encodeHeader({ type: "file", path: "a", size: 600 });
  const parse = (...parts: Uint8Array[]): void => {
    const parser = new TarParser({ entry: () => {}, data: () => {}, end: () => {} });
    for (const part of parts) parser.push(part);
    parser.finish();
  };
  const field = (offset: number, text: string, base = header): Uint8Array => {
    const block = base.slice();
    block.set(new TextEncoder().encode(text), offset);
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    return block;
  };

  test("may lack its trailer, since an end of the stream between entries loses nothing", () => {
    parse(header, new Uint8Array(600), padding(600));
    parse(new Uint8Array());
    parse(TRAILER);
  });

  test.each([
    ["stops inside a file", [header, new Uint8Array(10)]],
    ["stops inside a header", [header.subarray(0, 100)]],
    [
      "has a wrong checksum",
      [header.map((byte, i) => (i === 0 ? byte + 1 : byte)), new Uint8Array(1024)],
    ],
    ["has a size that is no number", [field(124, "zzz"), new Uint8Array(1024)]],
    ["has an entry of an unknown type", [field(156, "Q"), new Uint8Array(1024)]],
    ["goes on after one block of zeros", [new Uint8Array(512), header]],
    ["has a negative size", [field(124, "\u00ff".repeat(6)).fill(0xff, 124, 136)]],
  ])("is refused when it %s", (_, parts) => {
    expect(() => parse(...parts)).toThrow(ImageError);
  });

  test("is refused before an extended header is read whose size is beyond the limit", () => {
    const huge = field(124, "77777777777", field(156, "x"));
    expect(() => parse(huge)).toThrow("an extended header of 8589934591 bytes; at most 1048576");
  });

  test.each([
    ["5 a=b\n", "does not end"],
    ["99 a=b\n", "does not end"],
    ["6 a=b\n3 \n", "does not end|no key"],
    ["6 =ab\n", "no key"],
    ["x", "begin with its length"],
    ["13 path=a\0b\n", "zero byte|does not end"],
    ["11 size=-5\n", "negative"],
    ["14 mtime=soon\n", "not a time"],
    ["30 GNU.sparse.map=0,5,2,5\n", "does not say its size|does not end"],
  ])("is refused for the pax record %j", (record, why) => {
    const body = new TextEncoder().encode(record);
    const head = field(156, "x", encodeHeader({ type: "file", path: "x", size: body.length }));
    expect(() => parse(head, body, padding(body.length), header)).toThrow(new RegExp(why));
  });

  test("never does worse than throw an ImageError", async () => {
    const archive = gnuTar("printf abc > file; ln -s x link; mkdir -p d", "--format=posix");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: archive.length }),
        (edits, length) => {
          const bytes = new Uint8Array(archive);
          for (const [at, value] of edits) bytes[at] = value;
          try {
            parse(bytes.subarray(0, length));
          } catch (error) {
            expect(error).toBeInstanceOf(ImageError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
