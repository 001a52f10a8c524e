import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeHosts } from "./hosts.ts";
import { useScratch } from "./scratch.ts";

const at = useScratch();
const missing = { code: "ENOENT" };

describeHosts("reading files", ({ files }) => {
  test("a file is read whole, as text or as bytes", async () => {
    writeFileSync(at("file"), "häuser\0€𐍈\n");
    expect(await files.readText(at("file"))).toBe("häuser\0€𐍈\n");
    expect(await files.readBytes(at("file"))).toEqual(new TextEncoder().encode("häuser\0€𐍈\n"));
  });

  test("a file that is not there is undefined", async () => {
    expect(await files.readText(at("none"))).toBeUndefined();
    expect(await files.readBytes(at("none", "deeper"))).toBeUndefined();
  });

  test("an empty file is empty", async () => {
    writeFileSync(at("empty"), "");
    expect(await files.readText(at("empty"))).toBe("");
    expect(await files.readBytes(at("empty"))).toEqual(new Uint8Array());
  });

  test("a kernel file, whose size says nothing, is read to its end", async () => {
    expect(await files.readText("/proc/self/mountinfo")).toContain(" / ");
  });

  test("a file larger than any buffer comes whole", async () => {
    const line = "0123456789abcde\n";
    writeFileSync(at("large"), line.repeat(40_000));
    expect(await files.readText(at("large"))).toBe(line.repeat(40_000));
  });

  test("a file above the limit is refused and one at the limit is not", async () => {
    writeFileSync(at("ten"), "0123456789");
    expect(await files.readText(at("ten"), 10)).toBe("0123456789");
    await expect(files.readText(at("ten"), 9)).rejects.toMatchObject({ code: "EFBIG" });
    await expect(files.readBytes(at("ten"), 0)).rejects.toMatchObject({ code: "EFBIG" });
  });

  test("without a limit it is 16 MiB", async () => {
    execFileSync("truncate", ["-s", String(16 * 1024 * 1024 + 1), at("huge")]);
    await expect(files.readText(at("huge"))).rejects.toMatchObject({ code: "EFBIG" });
  });

  test("an error says what was tried, on what, and the errno", async () => {
    mkdirSync(at("folder"));
    await expect(files.readText(at("folder"))).rejects.toMatchObject({
      code: "EISDIR",
      syscall: "read",
      path: at("folder"),
      message: expect.stringMatching(new RegExp(`^read ${at("folder")}: EISDIR \\(.+\\)$`)),
    });
    writeFileSync(at("file"), "");
    await expect(files.readText(at("file", "below"))).rejects.toMatchObject({
      code: "ENOTDIR",
      syscall: "open",
      path: at("file", "below"),
    });
  });

  test("a path with a NUL is refused, not cut", async () => {
    writeFileSync(at("file"), "");
    await expect(files.readText(`${at("file")}\0x`)).rejects.toMatchObject({ code: "EINVAL" });
    await expect(files.unlink(`${at("file")}\0x`)).rejects.toMatchObject({ code: "EINVAL" });
    expect(existsSync(at("file"))).toBe(true);
  });
});

describeHosts("malformed UTF-8", ({ files }) => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  test("malformed UTF-8 is replaced as the WHATWG decoder replaces it", async () => {
    const lead = fc.constantFrom(0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5);
    const byte = fc.oneof(lead, fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x22, 0x41));
    const texts = fc.sample(fc.array(byte, { maxLength: 12 }), { numRuns: 300, seed: 7 });
    // One file with all of them, a quote between: a decoder that swallows a quote shows at once.
    const bytes = Uint8Array.from(texts.flatMap((part) => [...part, 0x22]));
    writeFileSync(at("bytes"), bytes);
    expect(await files.readText(at("bytes"))).toBe(decoder.decode(bytes));
  });

  test("a byte order mark stays", async () => {
    writeFileSync(at("bom"), "\ufeff{}");
    expect(await files.readText(at("bom"))).toBe("\ufeff{}");
  });
});

describeHosts("writing files", ({ files }) => {
  test("replace puts a file there with exactly that mode", async () => {
    await files.replace(at("state"), "one", 0o666);
    expect(readFileSync(at("state"), "utf8")).toBe("one");
    expect(statSync(at("state")).mode & 0o7777).toBe(0o666);
    await files.replace(at("state"), Uint8Array.of(0, 255), 0o600);
    expect([...readFileSync(at("state"))]).toEqual([0, 255]);
    expect(statSync(at("state")).mode & 0o7777).toBe(0o600);
  });

  test("replace puts a new file in the old one's place, and leaves no other", async () => {
    writeFileSync(at("state"), "old");
    const before = statSync(at("state")).ino;
    await files.replace(at("state"), "new", 0o600);
    expect(statSync(at("state")).ino).not.toBe(before);
    expect(readdirSync(at())).toEqual(["state"]);
  });

  test("replace takes a symlink's place instead of writing through it", async () => {
    writeFileSync(at("target"), "kept");
    symlinkSync(at("target"), at("link"));
    await files.replace(at("link"), "new", 0o600);
    expect(readFileSync(at("target"), "utf8")).toBe("kept");
    expect(lstatSync(at("link")).isFile()).toBe(true);
  });

  test("a replace that fails leaves nothing behind", async () => {
    mkdirSync(at("folder"));
    await expect(files.replace(at("folder"), "x", 0o600)).rejects.toMatchObject({
      code: "EISDIR",
      path: at("folder"),
    });
    await expect(files.replace(at("none", "x"), "x", 0o600)).rejects.toMatchObject(missing);
    expect(readdirSync(at())).toEqual(["folder"]);
  });

  test("text is written as UTF-8", async () => {
    await files.replace(at("text"), "a€𐍈\n", 0o600);
    expect(readFileSync(at("text"), "utf8")).toBe("a€𐍈\n");
    await files.replace(at("text"), "\ud800|\udfff€\udc00", 0o600);
    expect(readFileSync(at("text"), "utf8")).toBe("\ufffd|\ufffd€\ufffd");
  });

  test("append adds to the end, and makes the file when there is none", async () => {
    await files.append(at("log"), "one\n", 0o640);
    await files.append(at("log"), "two €\n", 0o600);
    expect(readFileSync(at("log"), "utf8")).toBe("one\ntwo €\n");
    expect(statSync(at("log")).mode & 0o7777).toBe(0o640);
    await expect(files.append(at("none", "log"), "x", 0o600)).rejects.toMatchObject({
      ...missing,
      syscall: "open",
    });
  });

  test("writeExisting writes into a file, neither making nor cutting one", async () => {
    writeFileSync(at("control"), "12345");
    await files.writeExisting(at("control"), "ab");
    expect(readFileSync(at("control"), "utf8")).toBe("ab345");
    await expect(files.writeExisting(at("none"), "x")).rejects.toMatchObject({
      ...missing,
      syscall: "open",
    });
    expect(existsSync(at("none"))).toBe(false);
  });

  test("writeExisting says what the kernel answered to the write", async () => {
    await expect(
      files.writeExisting("/proc/self/oom_score_adj", "not a number"),
    ).rejects.toMatchObject({ code: "EINVAL", syscall: "write", path: "/proc/self/oom_score_adj" });
  });
});

describeHosts("directories and names", ({ files }) => {
  test("a directory is made with exactly that mode, whatever the umask", async () => {
    await files.makeDirectory(at("claimed"), 0o711);
    await files.makeDirectory(at("open"), 0o1777);
    expect(statSync(at("claimed")).mode & 0o7777).toBe(0o711);
    expect(statSync(at("open")).mode & 0o7777).toBe(0o1777);
  });

  test("an id can be claimed only once", async () => {
    await files.makeDirectory(at("claimed"), 0o711);
    await expect(files.makeDirectory(at("claimed"), 0o711)).rejects.toMatchObject({
      code: "EEXIST",
      syscall: "mkdir",
      path: at("claimed"),
    });
    await expect(files.makeDirectory(at("none", "x"), 0o711)).rejects.toMatchObject(missing);
  });

  test("missing ancestors are made, and what exists stays as it is", async () => {
    mkdirSync(at("a"), 0o755);
    chmodSync(at("a"), 0o700);
    await files.makeDirectories(at("a", "b", "c"), 0o711);
    expect(statSync(at("a")).mode & 0o7777).toBe(0o700);
    expect(statSync(at("a", "b")).mode & 0o7777).toBe(0o711);
    await files.makeDirectories(at("a", "b", "c"), 0o755);
    expect(statSync(at("a", "b", "c")).mode & 0o7777).toBe(0o711);
    await files.makeDirectories(`${at("a", "d")}//e/`, 0o711);
    expect(statSync(at("a", "d", "e")).isDirectory()).toBe(true);
  });

  test("a file where an ancestor should be is an error", async () => {
    writeFileSync(at("file"), "");
    await expect(files.makeDirectories(at("file"), 0o700)).rejects.toMatchObject({
      code: "EEXIST",
    });
    await expect(files.makeDirectories(at("file", "x"), 0o700)).rejects.toMatchObject({
      code: "ENOTDIR",
    });
  });

  test("a fifo is made with exactly that mode", async () => {
    await files.makeFifo(at("exec.fifo"), 0o622);
    expect(await files.status(at("exec.fifo"))).toMatchObject({ kind: "fifo", mode: 0o622 });
    await expect(files.makeFifo(at("exec.fifo"), 0o622)).rejects.toMatchObject({ code: "EEXIST" });
  });

  test("a fifo is awaited while somebody has its reading end open", async () => {
    await files.makeFifo(at("fifo"), 0o600);
    writeFileSync(at("file"), "");
    expect(await files.isAwaited(at("fifo"))).toBe(false);
    expect(await files.isAwaited(at("none"))).toBe(false);
    expect(await files.isAwaited(at("file"))).toBe(false);
    const end = openSync(at("fifo"), constants.O_RDWR);
    expect(await files.isAwaited(at("fifo"))).toBe(true);
    closeSync(end);
    expect(await files.isAwaited(at("fifo"))).toBe(false);
  });

  test("a directory lists its names", async () => {
    for (const name of ["b", "a", ".hidden", "mit Leerzeichen €"]) writeFileSync(at(name), "");
    expect([...((await files.list(at())) ?? [])].sort()).toEqual(readdirSync(at()).sort());
    expect(await files.list(at("none"))).toBeUndefined();
    await expect(files.list(at("a"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  test("a directory that is removed once it is open has no names", async () => {
    mkdirSync(at("gone"));
    const open = openSync(at("gone"), constants.O_RDONLY);
    try {
      rmdirSync(at("gone"));
      expect(await files.list(`/proc/${process.pid}/fd/${open}`)).toEqual([]);
    } finally {
      closeSync(open);
    }
  });

  test("a directory of thousands lists every one", async () => {
    for (let i = 0; i < 3000; i++) writeFileSync(at(`some rather long name of a file ${i}`), "");
    expect([...((await files.list(at())) ?? [])].sort()).toEqual(readdirSync(at()).sort());
  }, 30_000);

  test("status tells what is there and follows no last symlink", async () => {
    writeFileSync(at("file"), "12345", { mode: 0o640 });
    symlinkSync("file", at("link"));
    const found = lstatSync(at("file"));
    expect(await files.status(at("file"))).toEqual({
      kind: "file",
      mode: 0o640,
      uid: found.uid,
      gid: found.gid,
      sizeBytes: 5,
      device: found.dev,
      inode: found.ino,
    });
    expect(await files.status(at("link"))).toMatchObject({ kind: "symlink" });
    expect(await files.status(at())).toMatchObject({ kind: "directory" });
    expect(await files.status("/dev/null")).toMatchObject({ kind: "character" });
    expect(await files.status(at("none"))).toBeUndefined();
    await expect(files.status(at("file", "x"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  test("readLink tells what a symlink says, path or not", async () => {
    symlinkSync("../no/such thing", at("somewhere"));
    expect(await files.readLink(at("somewhere"))).toBe("../no/such thing");
    expect(await files.readLink(at("nothing"))).toBeUndefined();
    expect(await files.readLink("/proc/self/ns/uts")).toMatch(/^uts:\[\d+\]$/);
    await expect(files.readLink(at())).rejects.toMatchObject({
      code: "EINVAL",
      syscall: "readlink",
      path: at(),
    });
  });

  test("realPath follows every symlink", async () => {
    mkdirSync(at("real"));
    symlinkSync("real", at("link"));
    symlinkSync("loop", at("loop"));
    expect(await files.realPath(at("link", ".", "..", "link"))).toBe(realpathSync(at("real")));
    expect(await files.realPath(at("link", "none"))).toBeUndefined();
    await expect(files.realPath(at("loop"))).rejects.toMatchObject({ code: "ELOOP" });
  });

  test("rename moves a file over another", async () => {
    writeFileSync(at("from"), "new");
    writeFileSync(at("to"), "old");
    await files.rename(at("from"), at("to"));
    expect(readFileSync(at("to"), "utf8")).toBe("new");
    expect(existsSync(at("from"))).toBe(false);
    await expect(files.rename(at("from"), at("to"))).rejects.toMatchObject({
      ...missing,
      syscall: "rename",
      path: at("from"),
    });
  });
});

describeHosts("removing", ({ files }) => {
  test("what is not there is removed already", async () => {
    await files.unlink(at("none"));
    await files.removeDirectory(at("none"));
    await files.removeTree(at("none"));
  });

  test("unlink removes files only, removeDirectory empty directories only", async () => {
    writeFileSync(at("file"), "");
    mkdirSync(at("folder", "below"), { recursive: true });
    await files.unlink(at("file"));
    expect(existsSync(at("file"))).toBe(false);
    await expect(files.unlink(at("folder"))).rejects.toMatchObject({ syscall: "unlink" });
    await expect(files.removeDirectory(at("folder"))).rejects.toMatchObject({
      code: "ENOTEMPTY",
      syscall: "rmdir",
    });
    await files.removeDirectory(at("folder", "below"));
    expect(readdirSync(at("folder"))).toEqual([]);
  });

  test("removeTree takes a whole tree and follows no symlink", async () => {
    mkdirSync(at("kept"));
    writeFileSync(at("kept", "file"), "");
    mkdirSync(at("tree", "a", "b"), { recursive: true });
    writeFileSync(at("tree", "a", "file"), "");
    symlinkSync(at("kept"), at("tree", "a", "link"));
    symlinkSync(at("kept"), at("tree", "link"));
    await files.removeTree(at("tree"));
    expect(existsSync(at("tree"))).toBe(false);
    expect(readdirSync(at("kept"))).toEqual(["file"]);
  });

  test("removeTree of a symlink removes the link", async () => {
    mkdirSync(at("kept", "folder"), { recursive: true });
    symlinkSync("kept", at("link"));
    await files.removeTree(at("link"));
    expect(readdirSync(at())).toEqual(["kept"]);
    expect(readdirSync(at("kept"))).toEqual(["folder"]);
  });
});
