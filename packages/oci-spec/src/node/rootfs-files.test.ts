import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "@ocikit/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RootfsFiles } from "./rootfs-files.ts";

let outside: string;
let root: string;
let files: RootfsFiles;

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "ocikit-rootfs-"));
  root = join(outside, "rootfs");
  mkdirSync(join(root, "bin"), { recursive: true });
  mkdirSync(join(root, "etc"));
  writeFileSync(join(outside, "secret"), "outside");
  writeFileSync(join(root, "etc/secret"), "inside");
  writeFileSync(join(root, "bin/sh"), "#!", { mode: 0o755 });
  files = new RootfsFiles(root);
});
afterEach(() => rmSync(outside, { recursive: true, force: true }));

const link = (name: string, target: string): void => symlinkSync(target, join(root, name));

async function textOf(path: string): Promise<string> {
  const bytes = await files.read(path, 100);
  return typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
}

describe("nothing leads out of a root filesystem", () => {
  test("parents of the root are the root", async () => {
    expect(await textOf("/../secret")).toBe("missing");
    expect(await textOf("../../../etc/secret")).toBe("inside");
    expect(await files.look("/bin/../..")).toMatchObject({ path: "/", type: "directory" });
  });

  test("links to absolute paths begin at the root", async () => {
    link("abs", "/etc/secret");
    link("real", join(outside, "secret"));
    link("rootdir", "/");
    expect(await textOf("/abs")).toBe("inside");
    expect(await textOf("/real")).toBe("missing");
    expect(await textOf("/rootdir/rootdir/etc/secret")).toBe("inside");
  });

  test("links climb no higher than the root, in the middle of a path or at its end", async () => {
    link("up", "../../..");
    link("bin/up", "../../../../etc");
    expect(await textOf("/up/secret")).toBe("missing");
    expect(await textOf("/up/etc/secret")).toBe("inside");
    expect(await files.look("/bin/up/secret")).toMatchObject({ path: "/etc/secret" });
  });

  test("links of the kernel to open files are taken as text", async () => {
    link("self", "/proc/self/root/etc/passwd");
    expect(await textOf("/self")).toBe("missing");
  });
});

describe("hostile trees are only looked at", () => {
  test("links in a circle, and more links than the kernel follows, lead nowhere", async () => {
    link("a", "b");
    link("b", "a");
    link("l0", "etc/secret");
    for (let number = 1; number <= 45; number++) link(`l${number}`, `l${number - 1}`);
    expect(await files.look("/a")).toBe("missing");
    expect(await textOf("/l39")).toBe("inside");
    expect(await files.look("/l45")).toBe("missing");
  });

  test("links that grow as they are followed end", async () => {
    link("grow", "grow/grow/grow/grow");
    expect(await files.look("/grow")).toBe("missing");
  });

  test("a FIFO is not waited for, and only regular files are read", async () => {
    await mustRun(["mkfifo", join(root, "fifo")]);
    expect(await files.look("/fifo")).toMatchObject({ type: "fifo" });
    expect(await textOf("/fifo")).toBe("missing");
    expect(await textOf("/etc")).toBe("missing");
  });

  test("names with NUL, of more length than there is, and below files are missing", async () => {
    expect(await files.look("/etc/\0")).toBe("missing");
    expect(await files.look(`/${"x".repeat(300)}`)).toBe("missing");
    expect(await files.look("/".repeat(100_000))).toBe("missing");
    expect(await files.look("/bin/sh/x")).toBe("missing");
    expect(await files.look("/bin/sh/.")).toBe("missing");
  });

  test("of a file no more is read than was asked for", async () => {
    writeFileSync(join(root, "long"), "x".repeat(1000));
    expect(await textOf("/long")).toHaveLength(100);
  });
});

test("a link is told as itself when it is not followed", async () => {
  link("abs", "/etc/secret");
  expect(await files.look("/abs", { follow: false })).toMatchObject({
    path: "/abs",
    type: "symlink",
    target: "/etc/secret",
  });
  expect(await files.look("/bin/sh")).toMatchObject({ type: "file", mode: 0o755 });
});
