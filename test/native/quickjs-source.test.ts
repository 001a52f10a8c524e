import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chooseSites } from "../../scripts/native/debian.ts";
import { unpackQuickjs } from "../../scripts/native/quickjs-source.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ocikit-source-"));
  mkdirSync(join(folder, "engine-1"));
  writeFileSync(join(folder, "engine-1/engine.c"), "int engine;\n");
  execFileSync("tar", ["-cJf", "engine.tar.xz", "engine-1"], { cwd: folder });
  process.env.OCIKIT_QUICKJS_SOURCE = join(folder, "engine.tar.xz");
});
afterEach(() => {
  delete process.env.OCIKIT_QUICKJS_SOURCE;
  rmSync(folder, { recursive: true, force: true });
});

/** Writes what pins the archive, and answers its path. */
function pin(sha256: string): string {
  const path = join(folder, "source.json");
  const source = { name: "engine", version: "1", archive: "engine.tar.xz", pool: "pool", sha256 };
  writeFileSync(path, JSON.stringify(source));
  return path;
}

function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

describe("the source of the engine", () => {
  test("an archive with the pinned digest is unpacked into a folder of its own", () => {
    const digest = digestOf(join(folder, "engine.tar.xz"));
    const unpacked = unpackQuickjs(pin(digest), join(folder, "build"));
    if (!unpacked.ok) throw new Error(unpacked.why);
    expect(unpacked.value).toContain(digest.slice(0, 8));
    expect(readFileSync(join(unpacked.value, "source/engine.c"), "utf8")).toBe("int engine;\n");
    expect(readdirSync(unpacked.value)).toEqual(["source"]);
  });

  test("an archive with another digest is refused and nothing of it is unpacked", () => {
    const unpacked = unpackQuickjs(pin("0".repeat(64)), join(folder, "build"));
    expect(unpacked).toEqual({
      ok: false,
      why: expect.stringMatching(/engine\.tar\.xz has SHA-256 [0-9a-f]{64}, not the pinned 0{64}$/),
    });
    expect(readdirSync(join(folder, "build"), { recursive: true })).toEqual(["quickjs-1-00000000"]);
  });
});

test("the sites of Debian's main archive are chosen among what apt is set up with", () => {
  const targets = [
    "http://mirror.example/debian|bookworm|Debian",
    "http://mirror.example/debian|bookworm-updates|Debian",
    "http://mirror.example/debian-security|bookworm-security|Debian",
    "https://packages.example/apt|nodistro|Somebody",
    "",
  ];
  expect(chooseSites(targets.join("\n"))).toEqual(["http://mirror.example/debian"]);
});
