import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repository } from "@ocikit/testing";
import { expect, test } from "vitest";

const readme = fileURLToPath(new URL("../README.md", import.meta.url));

test("the code of the README runs, and prints what its comments say", () => {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, "utf8")) ?? [];
  const said = [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
  // Inside the package, so that its own name leads to its sources.
  const folder = mkdtempSync(fileURLToPath(new URL("../readme-", import.meta.url)));
  try {
    const file = join(folder, "readme.ts");
    writeFileSync(
      file,
      `const errors: string[] = [];\nconsole.error = (...text) => errors.push(text.join(" "));\n${code}\nconsole.log(errors.join("\\n"));\n`,
    );
    const node = join(repository, "node_modules/.bin/node");
    const output = execFileSync(node, ["--conditions=@ocikit/source", file], { encoding: "utf8" });
    for (const line of said) expect(output).toContain(line);
    expect(said.length).toBeGreaterThan(1);
    expect(output).toContain("INVALID_DOCUMENT doc/json-syntax 1");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
