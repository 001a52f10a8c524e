import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Issue } from "@ocikit/diagnostics";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addLayer, buildImage } from "../build.ts";
import { copy } from "../copy.ts";
import type { Descriptor, Index } from "../document.ts";
import { type Image, resolveImage } from "../image.ts";
import { MediaType } from "../media-type.ts";
import { writeTar } from "../tar/writer.ts";
import { ArchiveWriter } from "./archive-writer.ts";
import { checkLayout } from "./check-layout.ts";
import { Layout } from "./layout.ts";

let base: string;
let layout: Layout;
let image: Image;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "ocikit-check-"));
  layout = await Layout.open(join(base, "layout"), { create: true });
  const layer = await addLayer(layout, writeTar([{ type: "file", path: "a", body: "a" }]));
  await layout.tag(await buildImage(layout, { layers: [layer] }), "v1");
  image = await resolveImage(layout, "v1");
});
afterEach(() => rmSync(base, { recursive: true }));

async function check(path: string = layout.path): Promise<Issue[]> {
  const issues: Issue[] = [];
  for await (const issue of checkLayout(path)) issues.push(issue);
  return issues;
}

const rules = (issues: readonly Issue[]): string[] => issues.map(({ rule }) => rule);
const layerOf = (one: Image): Descriptor => one.manifest.layers[0] as Descriptor;

/** Puts another manifest behind the name. */
async function replaceManifest(change: object): Promise<void> {
  const manifest = await layout.add(
    MediaType.manifest,
    JSON.stringify({ ...image.manifest, ...change }),
  );
  await layout.tag(manifest, "v1");
  for await (const _ of layout.gc());
}

describe("a layout", () => {
  test("that is as it should be has no issues, as a directory and in a tar", async () => {
    expect(await check()).toEqual([]);
    const archive = await ArchiveWriter.create(join(base, "a.tar"));
    await copy(image, { target: archive, reference: "team/app:1" });
    await archive.finish();
    expect(await check(join(base, "a.tar"))).toEqual([]);
  });

  test("is told which byte count in which line of which file is wrong", async () => {
    const path = join(layout.path, "index.json");
    const index = JSON.parse(readFileSync(path, "utf8")) as Index;
    const wrong = { ...index, manifests: index.manifests.map((entry) => ({ ...entry, size: 1 })) };
    writeFileSync(path, JSON.stringify(wrong, undefined, 2));
    expect((await check())[0]).toMatchObject({
      rule: "blob/size",
      source: path,
      pointer: "/manifests/0/size",
      position: { line: 8 },
    });
  });

  test("with a changed blob is told so, and the rest is looked at all the same", async () => {
    writeFileSync(layout.blobPath(layerOf(image).digest), "other bytes");
    expect(rules(await check())).toEqual(["blob/size", "blob/digest", "layer/archive"]);
  });

  test("with a missing blob is told what points at it", async () => {
    rmSync(layout.blobPath(layerOf(image).digest));
    expect(await check()).toMatchObject([{ rule: "blob/missing", pointer: "/layers/0" }]);
  });

  test("with a blob nobody needs is warned", async () => {
    await layout.add("text/plain", "left over");
    expect(await check()).toMatchObject([{ rule: "blob/unreachable", severity: "warning" }]);
  });

  test("with a diff id that is another archive's is told so", async () => {
    const config = await image.config();
    const changed = {
      ...config,
      rootfs: { ...config.rootfs, diff_ids: [`sha256:${"0".repeat(64)}`] },
    };
    await replaceManifest({ config: await layout.add(MediaType.config, JSON.stringify(changed)) });
    expect(await check()).toMatchObject([{ rule: "layer/diff-id", pointer: "/layers/0" }]);
  });

  test("with more layers than diff ids is told so", async () => {
    await replaceManifest({ layers: [layerOf(image), layerOf(image)] });
    expect(rules(await check())).toEqual(["image/layer-count"]);
  });

  test("with a media type that promises another compression is warned", async () => {
    await replaceManifest({ layers: [{ ...layerOf(image), mediaType: MediaType.layerZstd }] });
    expect(await check()).toMatchObject([{ rule: "layer/compression", severity: "warning" }]);
  });

  test("in which two images have one name is warned", async () => {
    const path = join(layout.path, "index.json");
    const index = JSON.parse(readFileSync(path, "utf8")) as Index;
    writeFileSync(
      path,
      JSON.stringify({ ...index, manifests: [...index.manifests, ...index.manifests] }),
    );
    expect(rules(await check())).toEqual(["layout/name-twice"]);
  });

  test("that is none is refused", async () => {
    await expect(check(base)).rejects.toMatchObject({ code: "NOT_FOUND" });
    writeFileSync(join(base, "x"), "not a tar");
    await expect(check(join(base, "x"))).rejects.toMatchObject({ code: "TAR_INVALID" });
  });
});
