// The very config.json that `runc spec` writes: what its container prints, word for word as under runc.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringifyJson } from "@ocikit/diagnostics";
import type { Config } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { type Body, bodies, rootMissing, runProgram } from "./bodies.ts";
import { makePlace, newId, type Place } from "./bundle.ts";

const missing =
  rootMissing() ??
  (spawnSync("runc", ["--version"]).status === 0 ? undefined : "needs runc to compare with") ??
  (spawnSync("script", ["--version"]).status === 0 ? undefined : "needs script for a terminal");

const looks = [
  "id",
  "cat /proc/self/status | grep -E '^(Cap|NoNewPrivs|Seccomp)'",
  "mount",
  // When devices were made is as it is.
  "ls -l /dev | sed 's/[A-Z][a-z][a-z]  *[0-9]*  *[0-9:]* //'",
  "ulimit -a",
  "hostname",
];

function writeSpec(place: Place, terminal: boolean, look: string): void {
  const path = join(place.bundle, "config.json");
  const { status } = spawnSync("runc", ["spec", "--bundle", place.bundle]);
  expect(status).toBe(0);
  const config = JSON.parse(readFileSync(path, "utf8")) as Required<Config>;
  place.configure(
    stringifyJson({
      ...config,
      process: { ...config.process, terminal, args: ["sh", "-c", look] },
    }),
  );
}

async function output(
  [program, ...args]: readonly [string, ...string[]],
  place: Place,
  terminal: boolean,
): Promise<string> {
  const root = join(place.folder, `root-${program.replaceAll("/", "-")}`);
  const command = [program, ...args, "--root", root, "run", newId()] as const;
  const quoted = command.map((word) => `'${word}'`).join(" ");
  const { status, stdout, stderr } = await runProgram(
    terminal ? ["script", "--quiet", "--return", "--command", quoted, "/dev/null"] : command,
    { cwd: place.bundle },
  );
  // What script types once its own input has ended may be echoed, here or there.
  return `${status}\n${stderr}${stdout.replaceAll("^@", "")}`;
}

function compare(body: Body): void {
  test.each(looks)("%s", async (look) => {
    for (const terminal of [false, true]) {
      const place = makePlace(body);
      writeSpec(place, terminal, look);
      const theirs = await output(["runc"], place, terminal);
      expect(theirs.split("\n").length).toBeGreaterThan(2);
      expect(await output(body.argv, place, terminal)).toBe(theirs);
    }
  });
}

if (missing) {
  test("compares with runc", (context) => context.skip(missing));
} else {
  const list = bodies().filter(({ name }) => !name.includes("sanitizers"));
  describe.each(list)("the config of runc spec prints as under runc ($name)", compare);
}
