import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { addLayer, buildImage, type Image, resolveImage, writeTar } from "@ocikit/oci-image";
import { Layout, packDiff, packOverlay, unpack, unpackLayers } from "@ocikit/oci-image/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EVERY_KIND, writeEveryKind } from "./every-kind.ts";
import { describeTree, missing, run, scratch } from "./peers.ts";

const area = scratch();
const at = (...parts: string[]): string => join(area.path, ...parts);
const reason = missing("mount");
const mounts: string[] = [];
let layout: Layout;
let image: Image;

beforeAll(async () => {
  if (reason) return;
  // overlayfs does not stand on every filesystem a test may run on; on this one it does.
  mkdirSync(at("memory"));
  run("mount", ["-t", "tmpfs", "ocikit-overlay", at("memory")]);
  mounts.push(at("memory"));
  layout = await Layout.open(at("memory", "layout"), { create: true });
  await writeEveryKind(layout, "every");
  image = await resolveImage(layout, "every");
});

afterAll(() => {
  for (const path of mounts.reverse()) run("umount", [path]);
  area.remove();
});

/** Mounts directories over each other, lowest first. */
function overlay(name: string, layers: readonly string[]): string {
  const target = at("memory", name);
  mkdirSync(target);
  run("mount", [
    "-t",
    "overlay",
    "overlay",
    "-o",
    `lowerdir=${[...layers].reverse().join(":")}`,
    target,
  ]);
  mounts.push(target);
  return target;
}

describe("layers in directories of their own", () => {
  test("are the image's tree when they are mounted over each other", async (context) => {
    if (reason) context.skip(reason);
    const layers = await unpackLayers(image, at("memory", "layers"));
    const mounted = overlay(
      "merged",
      layers.map(({ path }) => path),
    );
    await unpack(image, at("memory", "plain"));
    expect(describeTree(mounted)).toEqual(describeTree(at("memory", "plain")));
  });

  test("become the layers they were when they are packed", async (context) => {
    if (reason) context.skip(reason);
    const layers = await unpackLayers(image, at("memory", "layers"));
    const packed = await Layout.open(at("memory", "packed"), { create: true });
    const added = [];
    for (const { path } of layers) added.push(await addLayer(packed, packOverlay(path)));
    await packed.tag(await buildImage(packed, { layers: added }), "again");
    await unpack(await resolveImage(packed, "again"), at("memory", "again"));
    await unpack(image, at("memory", "first"));
    expect(describeTree(at("memory", "again"))).toEqual(describeTree(at("memory", "first")));
  });

  test("hide what a whiteout and a new directory of one layer hide together", async (context) => {
    if (reason) context.skip(reason);
    const file = (path: string, body = "x"): { type: "file"; path: string; body: string } => ({
      type: "file",
      path,
      body,
    });
    const lower = [file("d/old"), file("e/old"), file("f/old")];
    // A whiteout before, after, and without the directory that takes its place.
    const upper = [
      file(".wh.d", ""),
      file("d/new"),
      file("e/new"),
      file(".wh.e", ""),
      file("f/.wh..wh..opq", ""),
      file("f/.wh.old", ""),
      file("f/new"),
    ];
    const added = [];
    for (const entries of [lower, upper]) added.push(await addLayer(layout, writeTar(entries)));
    await layout.tag(await buildImage(layout, { layers: added }), "hidden");
    const hidden = await resolveImage(layout, "hidden");
    const layers = await unpackLayers(hidden, at("memory", "hidden"));
    const mounted = overlay(
      "hidden-merged",
      layers.map(({ path }) => path),
    );
    await unpack(hidden, at("memory", "hidden-plain"));
    const names = (root: string): string[] =>
      describeTree(root).map((line) => line.split(" ", 1)[0] ?? "");
    expect(names(mounted)).toEqual(names(at("memory", "hidden-plain")));
  });
});

describe("the difference of two trees", () => {
  test("makes the second of the first", async (context) => {
    if (reason) context.skip(reason);
    const added = [];
    for (const entries of EVERY_KIND) added.push(await addLayer(layout, writeTar(entries)));
    const [lowest] = added;
    if (lowest === undefined) throw new Error("no layers");
    await layout.tag(await buildImage(layout, { layers: [lowest] }), "lower");
    await unpack(await resolveImage(layout, "lower"), at("memory", "lower"));
    await unpack(image, at("memory", "upper"));
    const difference = await addLayer(
      layout,
      packDiff(at("memory", "lower"), at("memory", "upper")),
    );
    await layout.tag(await buildImage(layout, { layers: [lowest, difference] }), "sum");
    await unpack(await resolveImage(layout, "sum"), at("memory", "sum"));
    expect(describeTree(at("memory", "sum"))).toEqual(describeTree(at("memory", "upper")));
  });

  test("of a tree with itself is an archive without entries", async (context) => {
    if (reason) context.skip(reason);
    await unpack(image, at("memory", "same"));
    let size = 0;
    for await (const chunk of packDiff(at("memory", "same"), at("memory", "same")))
      size += chunk.length;
    expect(size).toBe(1024);
  });
});
