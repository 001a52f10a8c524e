// The snippets of the README are files in examples/: the same text, and they run as their readers run them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { makeLauncher } from "../native.ts";
import { bodies, rootMissing, runProgram } from "./bodies.ts";
import { baseConfig, makePlace } from "./bundle.ts";

const readme = readFileSync(join(repository, "packages/runtime-core/README.md"), "utf8");

const snippets = [
  ...readme.matchAll(/<!-- (examples\/[\w-]+\.ts) -->\n```ts\n(.*?)```\n\n```\n(.*?)```/gs),
].map(([, file = "", code = "", output = ""]) => ({ file, code, output }));

test("every block of the README names its file and what it prints", () => {
  expect(snippets.length).toBe(readme.split("```ts\n").length - 1);
});

describe.each(snippets)("$file", ({ file, code, output }) => {
  test("is what the README shows", () => {
    expect(code).toBe(readFileSync(join(repository, file), "utf8"));
  });

  test("prints what the README says", async (context) => {
    const missing = rootMissing();
    if (missing) context.skip(missing);
    makeLauncher("all");
    const [body] = bodies();
    if (body === undefined) throw new Error("no body of ocirun");
    const place = makePlace(body);
    const config = baseConfig("sh", "-c", "echo hello from web; cat; exit 3");
    place.configure({ ...config, root: { path: "rootfs" } });
    const printed = await runProgram(
      [process.execPath, "--conditions=@ocikit/source", join(repository, file), place.bundle],
      { env: { OCIRUN_ROOT: place.root } },
    );
    expect(printed).toEqual({ status: 0, stdout: output, stderr: "" });
    expect(existsSync(join(place.root, "web"))).toBe(false);
  });
});
