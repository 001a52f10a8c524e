import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Every file that loading `file` loads, types aside. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  const url = new URL(file, import.meta.url);
  if (seen.has(url.pathname)) return seen;
  seen.add(url.pathname);
  const text = readFileSync(url, "utf8");
  for (const [, clause = "", from = ""] of text.matchAll(
    /^(?:import|export) ([^;]*?)from "([^"]+)";/gm,
  )) {
    const isTypes = clause.startsWith("type ") || /^\{(\s*type \w+,?)+\s*\}\s*$/.test(clause);
    if (isTypes) continue;
    expect(from, `${file} imports ${from}`).toMatch(/^\.\.?\//);
    loaded(new URL(from, url).pathname, seen);
  }
  return seen;
}

test("compiling loads no platform, no package, no profile and no words", () => {
  const names = [...loaded("./compile.ts")].map((path) => path.split("/").at(-1)).sort();
  expect(names).toMatchInlineSnapshot(`
    [
      "action.ts",
      "architecture.ts",
      "assembler.ts",
      "compile.ts",
      "condition.ts",
      "decision.ts",
      "faults.ts",
      "flags.ts",
      "lay-decision.ts",
      "lay-spans.ts",
      "line-drawer.ts",
      "multiplexer.ts",
      "number-line.ts",
      "rules.ts",
      "syscall.ts",
      "syscalls.ts",
    ]
  `);
});

test("nothing of the subpath needs a platform or a package", () => {
  expect(loaded("./index.ts").size).toBeGreaterThan(25);
});
