import { fileURLToPath } from "node:url";
import { repository, runCommand } from "@ocikit/testing";
import { expect, test } from "vitest";

/** For a minute unless told; `npm run fuzz` does it for ten. */
const seconds = process.env.OCIKIT_FUZZ_SECONDS ?? "60";

test("no hostile document crashes a check, takes a second or 200 MB", async () => {
  const script = fileURLToPath(new URL("../../scripts/fuzz.ts", import.meta.url));
  const node = `${repository}/node_modules/.bin/node`;
  const timeoutMs = (Number(seconds) + 60) * 1000;
  const { status, stdout, stderr } = await runCommand([node, script, seconds], { timeoutMs });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(Number(/^(\d+) documents/.exec(stdout)?.[1])).toBeGreaterThan(100);
}, 180_000);
