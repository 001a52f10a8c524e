import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { expect, test } from "vitest";

const built = join(repository, "native/launcher/build");
const notBuilt = "the native programs are not built: npm run build:native -- --tests";

test("the heap keeps every block whole, bounded and accounted for", (context) => {
  if (!existsSync(join(built, "heap-test"))) return context.skip(notBuilt);
  expect(execFileSync(join(built, "heap-test"), { encoding: "utf8" })).toBe("the heap holds\n");
}, 60_000);

test("the C of the static body is formatted as the repository says", (context) => {
  if (!existsSync("/usr/bin/clang-format-14")) return context.skip("clang-format-14 is missing");
  const folder = join(repository, "native/launcher/quickjs");
  execFileSync("make", ["-s", "-C", folder, "check-format"], { stdio: "pipe" });
});

test("a missing stderr is filled, so that no file is ever taken for it", (context) => {
  const agent = join(built, "host-agent");
  if (!existsSync(agent)) return context.skip(notBuilt);
  const input = JSON.stringify([{ path: "files.list", args: ["/proc/self/fd"] }]);
  const closed = ["-c", 'exec "$0" 2>&-', agent];
  const answer = execFileSync("sh", closed, { input, encoding: "utf8" });
  expect(JSON.parse(answer)[0].value).toEqual(expect.arrayContaining(["0", "1", "2"]));
});

test("ocirun is smaller than 2.5 MB, and what only an error needs sleeps in it", (context) => {
  const ocirun = join(built, "ocirun");
  const asleep = `${ocirun}.asleep.list`;
  if (!existsSync(ocirun) || !existsSync(asleep)) return context.skip(notBuilt);
  expect(statSync(ocirun).size).toBeLessThan(2_500_000);
  const words = readFileSync(asleep, "utf8").trim().split("\n");
  const bytes = words.reduce((sum, path) => sum + statSync(path).size, 0);
  // The validators of `@ocikit/oci-spec`: a static import of that package anywhere would wake them all.
  expect(bytes).toBeGreaterThan(100_000);
});

test("a static body needs no loader and no library, and carries no JavaScript compiler", (context) => {
  const agent = join(built, "host-agent");
  if (!existsSync(agent)) return context.skip(notBuilt);
  const headers = execFileSync("readelf", ["--program-headers", agent], { encoding: "utf8" });
  expect(headers).not.toMatch(/INTERP|DYNAMIC/);
  // What the parser says of wrong source text; it is in the compiler of the build.
  const complaint = "invalid assignment left-hand side";
  expect(readFileSync(agent).includes(complaint)).toBe(false);
});
