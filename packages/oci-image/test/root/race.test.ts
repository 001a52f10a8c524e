import { fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImageError, TarParser, writeTar } from "@ocikit/oci-image";
import { afterAll, expect, test } from "vitest";
import { Root } from "../../src/node/beneath.ts";
import { Extractor } from "../../src/node/extractor.ts";
import { scratch } from "./peers.ts";

const area = scratch();
afterAll(() => area.remove());

const ENTRIES = 2000;
const ROUNDS = 3;
/** On a busy machine racer and unpacker may miss each other for a while. */
const MOST_ROUNDS = 300;

test("a directory that is swapped for a symlink all the time while a layer is unpacked leads nothing outside", async () => {
  const root = join(area.path, "root");
  const outside = join(area.path, "outside");
  for (const path of [root, outside, join(root, "d")]) mkdirSync(path);
  writeFileSync(join(outside, "f7"), "untouched", { mode: 0o600 });
  const entries = Array.from({ length: ENTRIES }, (_, i) => [
    // The way is walked anew for each: another directory comes between.
    { type: "file" as const, path: `other/f${i}`, body: "x" },
    {
      type: i % 3 === 0 ? ("directory" as const) : ("file" as const),
      path: `d/f${i}`,
      mode: 0o777,
      uid: 12_345,
    },
  ]).flat();
  const parts: Uint8Array[] = [];
  for await (const chunk of writeTar(entries)) parts.push(chunk);
  const archive = Buffer.concat(parts);

  const racer = fork(new URL("swap.ts", import.meta.url), [root, outside], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await new Promise((resolve) => racer.once("message", resolve));
  try {
    // Where the symlink was met, it was followed as if the root were /.
    const met = (): boolean => existsSync(join(root, outside));
    for (let round = 0; round < ROUNDS || (!met() && round < MOST_ROUNDS); round++) {
      const extractor = new Extractor(Root.open(root), {
        ids: undefined,
        rootless: process.getuid?.() !== 0,
        whiteouts: "remove",
        warn: () => {},
      });
      extractor.beginLayer();
      const parser = new TarParser({
        entry: (entry) => attempt(() => extractor.entry(entry)),
        data: (bytes, offset) => attempt(() => extractor.data(bytes, offset)),
        end: () => attempt(() => extractor.end()),
      });
      parser.push(archive);
      extractor.close();
    }
  } finally {
    racer.kill("SIGKILL");
    await new Promise((resolve) => racer.once("close", resolve));
  }
  expect(readdirSync(outside)).toEqual(["f7"]);
  expect(readFileSync(join(outside, "f7"), "utf8")).toBe("untouched");
  const { mode, uid } = statSync(join(outside, "f7"));
  expect([mode & 0o777, uid]).toEqual([0o600, process.getuid?.()]);
  // Without one meeting the test would show nothing.
  expect(existsSync(join(root, outside))).toBe(true);

  /** What the racer breaks is refused, and the next entry goes on. */
  function attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
  }
}, 60_000);
