import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageError } from "../error.ts";
import { TarParser } from "../tar/parser.ts";
import { type TarInput, writeTar } from "../tar/writer.ts";
import { Root } from "./beneath.ts";
import { Extractor, type ExtractorOptions } from "./extractor.ts";

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "ocikit-extract-"));
  root = join(base, "root");
  mkdirSync(root);
});
afterEach(() => rmSync(base, { recursive: true }));

const unprivileged = process.getuid?.() !== 0;

async function unpack(
  layers: readonly (readonly TarInput[])[],
  options: Partial<ExtractorOptions> = {},
): Promise<string[]> {
  const warnings: string[] = [];
  const extractor = new Extractor(Root.open(root), {
    ids: undefined,
    rootless: unprivileged,
    whiteouts: "remove",
    warn: (message) => void warnings.push(message),
    ...options,
  });
  try {
    for (const layer of layers) {
      extractor.beginLayer();
      const parser = new TarParser(extractor);
      for await (const chunk of writeTar(layer)) parser.push(chunk);
      parser.finish();
      extractor.endLayer();
    }
    extractor.finish();
  } finally {
    extractor.close();
  }
  return warnings;
}

const file = (path: string, body = path, more: Partial<TarInput> = {}): TarInput => ({
  type: "file",
  path,
  body,
  ...more,
});
const directory = (path: string, more: Partial<TarInput> = {}): TarInput => ({
  type: "directory",
  path,
  ...more,
});
const symlink = (path: string, linkPath: string): TarInput => ({ type: "symlink", path, linkPath });
const hardlink = (path: string, linkPath: string): TarInput => ({
  type: "hardlink",
  path,
  linkPath,
});

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const has = (path: string): boolean =>
  lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
const mtime = (path: string): bigint => lstatSync(join(root, path), { bigint: true }).mtimeNs;

describe("one layer", () => {
  test("makes files with their mode, time to the nanosecond, and bytes", async () => {
    await unpack([
      [file("bin/su", "elf", { mode: 0o4755, modifiedNs: 1_700_000_000_123_456_789n })],
    ]);
    expect(read("bin/su")).toBe("elf");
    expect(statSync(join(root, "bin/su")).mode & 0o7777).toBe(0o4755);
    expect(mtime("bin/su")).toBe(1_700_000_000_123_456_789n);
  });

  test("keeps directories' times although their entries come later", async () => {
    const modifiedNs = 1_600_000_000_000_000_000n;
    await unpack([
      [directory("a", { modifiedNs }), directory("a/b", { modifiedNs }), file("a/b/c")],
    ]);
    expect([mtime("a"), mtime("a/b")]).toEqual([modifiedNs, modifiedNs]);
  });

  test("makes the directories nobody described, open to all and without a time", async () => {
    await unpack([[file("x/y/z")]]);
    expect(statSync(join(root, "x")).mode & 0o7777).toBe(0o755);
    expect(mtime("x/y")).toBe(0n);
  });

  test("keeps symlinks as they are, also absolute and dangling ones", async () => {
    await unpack([
      [symlink("abs", "/etc/x"), symlink("up", "../../y"), symlink("none", "missing")],
    ]);
    expect(["abs", "up", "none"].map((name) => readlinkSync(join(root, name)))).toEqual([
      "/etc/x",
      "../../y",
      "missing",
    ]);
  });

  test("makes hardlinks the same file, also of symlinks", async () => {
    await unpack([[file("a"), hardlink("d/b", "a"), symlink("s", "a"), hardlink("t", "/s")]]);
    expect(lstatSync(join(root, "a")).ino).toBe(lstatSync(join(root, "d/b")).ino);
    expect(readlinkSync(join(root, "t"))).toBe("a");
  });

  test("leaves holes in sparse files", async () => {
    const extractor = new Extractor(Root.open(root), {
      ids: undefined,
      rootless: unprivileged,
      whiteouts: "remove",
      warn: () => {},
    });
    extractor.beginLayer();
    const { tarEntry } = await import("../tar/entry.ts");
    const size = 64 << 20;
    extractor.entry(
      tarEntry({ type: "file", path: "sparse", size, segments: [{ offset: 1 << 20, length: 1 }] }),
    );
    extractor.data(Uint8Array.of(7), 1 << 20);
    extractor.end();
    extractor.endLayer();
    extractor.close();
    const { size: found, blocks } = statSync(join(root, "sparse"));
    expect(found).toBe(size);
    expect(blocks * 512).toBeLessThan(1 << 20);
  });

  test("replaces what an earlier entry made, whatever both are", async () => {
    await unpack([
      [
        directory("a"),
        file("a/b"),
        file("a", "file"),
        symlink("l", "a"),
        file("l", "not through the link"),
        file("f"),
        directory("f"),
        file("f/g"),
      ],
    ]);
    expect(read("a")).toBe("file");
    expect(read("l")).toBe("not through the link");
    expect(read("f/g")).toBe("f/g");
  });

  test("keeps names that are not UTF-8", async () => {
    await unpack([[file("caf\udce9", "latin-1"), symlink("link", "caf\udce9")]]);
    const names = readdirSync(root, { encoding: "buffer" }).map((name) => name.toString("latin1"));
    expect(names.sort()).toEqual(["café", "link"]);
    expect(readFileSync(join(root, "link"), "utf8")).toBe("latin-1");
  });
});

describe("a later layer", () => {
  const lower = [
    directory("d", { modifiedNs: 5_000_000_000n }),
    file("d/a"),
    file("d/b"),
    file("d/sub/c"),
    file("e"),
  ];

  test("takes away what its whiteouts name", async () => {
    await unpack([
      lower,
      [file("d/.wh.a", ""), file("d/.wh.sub", ""), file(".wh.e", ""), file(".wh.missing", "")],
    ]);
    expect(readdirSync(join(root, "d"))).toEqual(["b"]);
    expect(has("e")).toBe(false);
  });

  test("leaves the time of a directory alone that it does not describe", async () => {
    await unpack([lower, [file("d/.wh.a", ""), file("d/new")]]);
    expect(mtime("d")).toBe(5_000_000_000n);
  });

  test.each([
    ["before", [file("d/.wh..wh..opq", ""), file("d/new"), file("d/sub/n")]],
    ["after", [file("d/new"), file("d/sub/n"), file("d/.wh..wh..opq", "")]],
  ])(
    "empties a directory by an opaque whiteout that comes %s its own entries",
    async (_, layer) => {
      await unpack([lower, layer]);
      expect(readdirSync(join(root, "d")).sort()).toEqual(["new", "sub"]);
      expect(readdirSync(join(root, "d/sub"))).toEqual(["n"]);
    },
  );

  test("cannot take away what it brings itself", async () => {
    await unpack([lower, [file("d/a", "new"), file("d/.wh.a", "")]]);
    expect(read("d/a")).toBe("new");
  });

  test("passes over AUFS's bookkeeping", async () => {
    await unpack([lower, [file(".wh..wh.aufs", ""), directory(".wh..wh.plnk")]]);
    expect(readdirSync(root).sort()).toEqual(["d", "e"]);
  });

  test("merges directories and takes its own mode for them", async () => {
    await unpack([
      lower,
      [directory("d", { mode: 0o700, modifiedNs: 9_000_000_000n }), file("d/x")],
    ]);
    expect(readdirSync(join(root, "d")).sort()).toEqual(["a", "b", "sub", "x"]);
    expect(statSync(join(root, "d")).mode & 0o7777).toBe(0o700);
    expect(mtime("d")).toBe(9_000_000_000n);
  });

  test("writes through a lower symlink to a directory beneath the root", async () => {
    await unpack([[directory("usr/lib"), symlink("lib", "/usr/lib")], [file("lib/libc")]]);
    expect(readlinkSync(join(root, "lib"))).toBe("/usr/lib");
    expect(read("usr/lib/libc")).toBe("lib/libc");
  });

  test("leaves the time of a directory alone in which it only implies another", async () => {
    await unpack([lower, [file("d/implied/x"), file("d/e")]]);
    expect(mtime("d")).toBe(5_000_000_000n);
  });

  test("puts a directory where a lower file stood in the way", async () => {
    await unpack([[file("a")], [file("a/b")]]);
    expect(read("a/b")).toBe("a/b");
  });
});

describe("a hostile layer", () => {
  let outside: string;
  beforeEach(() => {
    outside = join(base, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "victim"), "untouched", { mode: 0o600 });
  });
  const untouched = (): void => {
    expect(readdirSync(outside)).toEqual(["victim"]);
    expect(readFileSync(join(outside, "victim"), "utf8")).toBe("untouched");
    expect(statSync(join(outside, "victim")).mode & 0o777).toBe(0o600);
    expect(statSync(join(outside, "victim")).nlink).toBe(1);
    expect(readdirSync(base).sort()).toEqual(["outside", "root"]);
  };

  const attacks: readonly [string, () => readonly (readonly TarInput[])[]][] = [
    [
      "climbs with ..",
      () => [[file("../outside/victim", "x"), file("a/../../../outside/new", "x")]],
    ],
    ["names absolute paths", () => [[file(join(outside, "victim"), "x")]]],
    ["writes through an absolute symlink", () => [[symlink("l", outside), file("l/victim", "x")]]],
    [
      "writes through a relative symlink",
      () => [[symlink("l", "../outside"), file("l/victim", "x")]],
    ],
    [
      "writes through a chain of symlinks",
      () => [[symlink("a", ".."), symlink("b", "a/outside"), file("b/victim", "x")]],
    ],
    [
      "writes through a symlink in place of the file",
      () => [[symlink("v", join(outside, "victim")), file("v", "x")]],
    ],
    [
      "writes through a symlink of a lower layer",
      () => [[symlink("l", outside)], [file("l/victim", "x")]],
    ],
    [
      "changes a mode through a symlink",
      () => [[symlink("l", outside), directory("l", { mode: 0o777 })]],
    ],
    [
      "changes a mode through a symlink with a slash",
      () => [[symlink("l", outside), directory("l/", { mode: 0o777 })]],
    ],
    ["links a file outside", () => [[hardlink("h", "../outside/victim"), file("h", "x")]]],
    ["links a file outside by an absolute path", () => [[hardlink("h", join(outside, "victim"))]]],
    ["links through a symlink", () => [[symlink("l", outside), hardlink("h", "l/victim")]]],
    [
      "links a symlink and writes through the link",
      () => [[symlink("s", join(outside, "victim")), hardlink("h", "s"), file("h", "x")]],
    ],
    [
      "swaps a directory for a symlink after it was made",
      () => [[directory("d"), file("d/a"), symlink("d", outside), file("d/victim", "x")]],
    ],
    [
      "swaps a directory's parent",
      () => [[file("p/d/a"), symlink("p", base), file("p/outside/victim", "x")]],
    ],
    ["replaces the root by a symlink", () => [[symlink(".", outside), file("victim", "x")]]],
    [
      "replaces the root by a symlink named /",
      () => [[symlink("/", outside), file("victim", "x")]],
    ],
    [
      "takes away files outside by a whiteout",
      () => [[symlink("l", outside)], [file("l/.wh.victim", "")]],
    ],
    ["takes away files outside by ..", () => [[file("../outside/.wh.victim", "")]]],
    ["takes away its parent by a whiteout of ..", () => [[file("d/.wh...", "")]]],
    ["takes away itself by a whiteout of .", () => [[file("d/.wh..", "")]]],
    ["empties a directory outside", () => [[symlink("l", outside)], [file("l/.wh..wh..opq", "")]]],
    [
      "goes by /proc",
      () => [
        [
          symlink("l", "/proc/self/cwd"),
          file("l/victim", "x"),
          symlink("m", "/proc/self/root"),
          file(`m${base}/outside/victim`, "x"),
        ],
      ],
    ],
    ["links symlinks in a ring", () => [[symlink("a", "b"), symlink("b", "a"), file("a/x", "x")]]],
  ];

  test.each(attacks)("that %s reaches nothing outside", async (_, layers) => {
    try {
      await unpack(layers());
    } catch (error) {
      // A clear refusal is as good as a harmless tree.
      expect(error).toBeInstanceOf(ImageError);
      expect(["ENTRY_REFUSED", "FILESYSTEM"]).toContain((error as ImageError).code);
    }
    untouched();
  });

  test("with overlayfs's own attributes cannot send overlayfs elsewhere", async () => {
    const warnings = await unpack([
      [
        directory("d", {
          xattrs: new Map([["trusted.overlay.redirect", new TextEncoder().encode("/etc")]]),
        }),
      ],
    ]);
    expect(warnings).toEqual([
      "the attribute trusted.overlay.redirect belongs to the host and is left out",
    ]);
  });

  test("cannot grow a path or a ring without end", async () => {
    await expect(unpack([[file(`${"a/".repeat(3000)}b`)]])).rejects.toThrow("more than 4096 bytes");
    await expect(unpack([[symlink("a", "b"), symlink("b", "a"), file("a/x")]])).rejects.toThrow(
      "symlinks on the way",
    );
  });

  test("of any entries in any order writes nothing outside", async () => {
    const name = fc.constantFrom(
      "a",
      "b",
      "a/b",
      "b/a",
      "a/b/a",
      "..",
      "../outside",
      "../outside/victim",
      "/",
      ".",
      ".wh.a",
      "a/.wh..wh..opq",
      "b/.wh.b",
    );
    const entry: fc.Arbitrary<TarInput> = fc.record({
      type: fc.constantFrom("file", "directory", "symlink", "hardlink"),
      path: name,
      linkPath: fc.oneof(
        name,
        fc.constantFrom("../../outside", "/../outside", "a/../..", "/proc/self/cwd/../outside"),
      ),
      mode: fc.constantFrom(0o777, 0o600),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(entry, { maxLength: 12 }), { maxLength: 3 }),
        async (layers) => {
          rmSync(root, { recursive: true });
          mkdirSync(root);
          try {
            await unpack(layers);
          } catch (error) {
            expect(error).toBeInstanceOf(ImageError);
          }
          untouched();
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a tree that somebody changes meanwhile", () => {
  test("is written where the directory went, not where a symlink took its place", () => {
    const outside = join(base, "outside");
    mkdirSync(outside);
    mkdirSync(join(root, "d"));
    const walker = Root.open(root);
    const place = walker.place("d/f");
    rmSync(join(root, "d"), { recursive: true });
    symlinkSync(outside, join(root, "d"));
    expect(() => writeFileSync(String(place?.directory.at("f")), "x")).toThrow("ENOENT");
    walker.close();
    expect(existsSync(join(outside, "f"))).toBe(false);
  });
});
