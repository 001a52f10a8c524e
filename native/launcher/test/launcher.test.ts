import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

function make(...targets: readonly string[]): string {
  mkdirSync(`${folder}/build`, { recursive: true });
  const argv = [`${folder}/build/.lock`, "make", "-s", "-C", folder, ...targets];
  return execFileSync("flock", argv, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function has(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

describe("the launcher", () => {
  beforeAll(() => void make(), 120_000);

  test("is static, stripped and under 100 KiB", () => {
    const file = readFileSync(`${folder}/build/launcher`);
    expect(statSync(`${folder}/build/launcher`).size).toBeLessThan(100 * 1024);
    // Program headers of ELF: 2 is DYNAMIC, 3 is INTERP, and a static program has neither.
    const offset = Number(file.readBigUInt64LE(32));
    const kinds = Array.from({ length: file.readUInt16LE(56) }, (_, index) =>
      file.readUInt32LE(offset + index * file.readUInt16LE(54)),
    );
    expect(kinds).not.toContain(2);
    expect(kinds).not.toContain(3);
    expect(file.includes(".symtab")).toBe(false);
  });

  test("is no program for people", () => {
    const run = spawnSync(`${folder}/build/launcher`, { encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stderr).toBe("the launcher is a part of ocirun and not meant to be called\n");
  });

  test("is written as .clang-format says", (context) => {
    if (!has("clang-format")) context.skip("needs clang-format");
    expect(make("format-check")).toBe("");
  });

  // Who reads each, and what is looked for, is said in test/fuzz*.c.
  test.for([
    ["plans", "run-fuzz"],
    ["requests", "run-fuzz-requests"],
    ["messages", "run-fuzz-messages"],
  ] as const)("stands %s broken at random", { timeout: 240_000 }, ([, target], context) => {
    if (!has("clang")) context.skip("needs clang");
    make(target, "FUZZ_SECONDS=5");
  });

  test("static analysis of two compilers finds nothing in it", { timeout: 600_000 }, (context) => {
    if (!has("clang")) context.skip("needs clang");
    expect(make("analyze")).toBe("");
  });
});
