import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../digest.ts";
import { resolveImage } from "../image.ts";
import { concat } from "../tar/pax.ts";
import { type TarInput, writeTar } from "../tar/writer.ts";
import { Archive } from "./archive.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "ocikit-archive-"));
});
afterEach(() => rmSync(base, { recursive: true }));

async function tar(entries: readonly TarInput[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(entries)) parts.push(part.slice());
  return concat(parts);
}

const json = (path: string, value: unknown): TarInput => ({
  type: "file",
  path,
  body: JSON.stringify(value),
});

async function write(entries: readonly TarInput[]): Promise<string> {
  const path = join(base, "a.tar");
  writeFileSync(path, await tar(entries));
  return path;
}

describe("an archive of docker save as it was before layouts", () => {
  async function old(compressed: boolean): Promise<string> {
    const layer = await tar([{ type: "file", path: "hello", body: "hello" }]);
    const config = {
      os: "linux",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: [digestOf(layer), digestOf(layer)] },
    };
    return write([
      { type: "directory", path: "aaa/" },
      { type: "file", path: "aaa/layer.tar", body: compressed ? gzipSync(layer) : layer },
      // A layer that stands twice is written once, and linked.
      { type: "symlink", path: "bbb/layer.tar", linkPath: "../aaa/layer.tar" },
      json("config.json", config),
      json("manifest.json", [
        {
          Config: "config.json",
          RepoTags: ["team/app:1"],
          Layers: ["aaa/layer.tar", "bbb/layer.tar"],
        },
      ]),
    ]);
  }

  test.each([false, true])(
    "has images by their names, also familiar ones; layers compressed: %s",
    async (compressed) => {
      await using archive = await Archive.open(await old(compressed));
      for (const name of ["team/app:1", "docker.io/team/app:1", ""]) {
        const image = await resolveImage(archive, name);
        const layers = await image.layers();
        expect(layers).toHaveLength(2);
        const parts: Uint8Array[] = [];
        for await (const chunk of layers[1]?.compressed() ?? []) parts.push(chunk);
        expect(digestOf(concat(parts))).toBe(layers[1]?.descriptor.digest);
      }
      await expect(archive.find("other")).rejects.toThrow("it has team/app:1");
    },
  );
});

describe("an archive that is not what it should be", () => {
  test.each<readonly [string, () => Promise<string>]>([
    [
      "neither an OCI layout nor of docker save",
      () => write([{ type: "file", path: "x", body: "x" }]),
    ],
    [
      'it has no "config.json"',
      () => write([json("manifest.json", [{ Config: "config.json", Layers: [] }])]),
    ],
    ["not a list", () => write([json("manifest.json", {})])],
    [
      "an image without Config, Layers or RepoTags",
      () => write([json("manifest.json", [{ Config: 5 }])]),
    ],
    ["layout version", () => write([json("oci-layout", { imageLayoutVersion: "9" })])],
    ["read manifest.json of", () => write([{ type: "file", path: "manifest.json", body: "{" }])],
  ])("is refused: %s", async (why, make) => {
    await expect(Archive.open(await make())).rejects.toThrow(why);
  });

  test("is refused when it is compressed as a whole, and says what to do", async () => {
    const path = join(base, "a.tar.gz");
    writeFileSync(path, gzipSync(await tar([json("manifest.json", [])])));
    await expect(Archive.open(path)).rejects.toThrow("decompress it first");
  });

  test("is refused when it stops in the middle", async () => {
    const path = join(base, "cut.tar");
    writeFileSync(
      path,
      (
        await tar([json("manifest.json", []), { type: "file", path: "b", body: "b".repeat(5000) }])
      ).subarray(0, 2000),
    );
    await expect(Archive.open(path)).rejects.toMatchObject({ code: "TAR_INVALID" });
  });
});
