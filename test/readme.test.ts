// The snippets of the README are files in examples/: the same text, and they run.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { describe, expect, test } from "vitest";

const readme = readFileSync(join(repository, "README.md"), "utf8");

/** Each snippet stands under a comment that names its file, and is followed by what it prints, if anything. */
const snippets = [
  ...readme.matchAll(/<!-- (examples\/[\w-]+\.ts) -->\n```ts\n(.*?)```\n(?:\n```\n(.*?)```)?/gs),
].map(([, file = "", code = "", output]) => ({ file, code, output }));

test("every TypeScript block names its file", () => {
  expect(snippets).toHaveLength(readme.split("```ts\n").length - 1);
  expect(snippets.length).toBeGreaterThan(0);
});

describe.each(snippets)("$file", ({ file, code, output }) => {
  test("is what the README shows", () => {
    expect(code).toBe(readFileSync(join(repository, file), "utf8"));
  });

  test("runs, and prints what the README says", () => {
    const printed = execFileSync(process.execPath, ["--conditions=@ocikit/source", file], {
      cwd: repository,
      encoding: "utf8",
    });
    if (output !== undefined) expect(printed).toBe(output);
  }, 30_000);
});
