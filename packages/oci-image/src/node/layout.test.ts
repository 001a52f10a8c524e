import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { MediaType } from "../media-type.ts";
import { type Content, contentOf } from "../store.ts";
import { Layout } from "./layout.ts";

let base: string;
let layout: Layout;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "ocikit-layout-"));
  layout = await Layout.open(join(base, "l"), { create: true });
});
afterEach(() => rmSync(base, { recursive: true }));

const bytes = randomBytes(100_000);
const blob: Descriptor = {
  mediaType: MediaType.layer,
  digest: digestOf(bytes),
  size: bytes.length,
};

/** Breaks off after `count` bytes. */
const broken = (count: number): Content =>
  async function* (offset) {
    yield bytes.subarray(offset, count);
    throw new Error("cut");
  };

describe("a blob", () => {
  test("is there only when it is whole, and goes on where it broke off", async () => {
    await expect(layout.write(blob, broken(60_000))).rejects.toThrow("cut");
    expect(await layout.has(blob)).toBe(false);
    const offsets: number[] = [];
    await layout.write(blob, (offset) => {
      offsets.push(offset);
      return contentOf(bytes)(offset);
    });
    expect(offsets).toEqual([60_000]);
    expect(readFileSync(layout.blobPath(blob.digest))).toEqual(bytes);
    expect(readdirSync(join(base, "l/partial"))).toEqual([]);
  });

  test("is begun anew when what was there of it is wrong", async () => {
    await expect(layout.write(blob, broken(60_000))).rejects.toThrow("cut");
    const [partial = ""] = readdirSync(join(base, "l/partial"));
    writeFileSync(join(base, "l/partial", partial), randomBytes(60_000));
    await expect(layout.write(blob, contentOf(bytes))).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    await layout.write(blob, contentOf(bytes));
    expect(await layout.has(blob)).toBe(true);
  });

  test("that many write at once is written once and whole", async () => {
    await Promise.all(Array.from({ length: 8 }, () => layout.write(blob, contentOf(bytes))));
    expect(readFileSync(layout.blobPath(blob.digest))).toEqual(bytes);
    expect(readdirSync(join(base, "l/partial"))).toEqual([]);
  });

  test("has no path outside the layout, whatever its digest says", () => {
    expect(() => layout.blobPath("sha256:../../etc/passwd")).toThrow("not algorithm:encoded");
  });
});

describe("a name", () => {
  test("is had by the image that got it last, and many can be given at once", async () => {
    const one = await layout.add(MediaType.manifest, "1");
    const two = await layout.add(MediaType.manifest, "2");
    await layout.tag(one, "latest");
    await layout.tag(two, "latest");
    expect(await layout.find("latest")).toMatchObject({ digest: two.digest });
    await Promise.all(Array.from({ length: 20 }, (_, i) => layout.tag(one, `t${i}`)));
    const names = [];
    for await (const name of layout.tags()) names.push(name);
    expect(names).toHaveLength(21);
    await layout.untag("t3");
    await expect(layout.find("t3")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(layout.untag("t3")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("survives a lock whose holder is gone", async () => {
    writeFileSync(join(base, "l/index.json.lock"), "999999999-1");
    await layout.tag(await layout.add(MediaType.manifest, "1"), "v1");
    expect(readdirSync(join(base, "l"))).not.toContain("index.json.lock");
  });
});

describe("a directory", () => {
  test("that is no layout, or one of a version to come, is not opened", async () => {
    await expect(Layout.open(join(base, "none"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    mkdirSync(join(base, "new"));
    writeFileSync(join(base, "new/oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
    await expect(Layout.open(join(base, "new"))).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
