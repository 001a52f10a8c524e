import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  addLayer,
  buildImage,
  type Image,
  ImageError,
  type Layer,
  MemoryStore,
  resolveImage,
  type TarInput,
  writeTar,
} from "@ocikit/oci-image";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { unpackTree } from "../../src/node/unpack-tree.ts";
import { EVERY_KIND } from "./every-kind.ts";
import { describeTree, missing, scratch } from "./peers.ts";

const area = scratch();
afterAll(() => area.remove());

async function imageOf(layers: readonly (readonly TarInput[])[]): Promise<Image> {
  const store = new MemoryStore();
  const added = [];
  for (const entries of layers)
    added.push(await addLayer(store, writeTar(entries), { compression: "none" }));
  await store.tag(await buildImage(store, { layers: added }), "v1");
  return resolveImage(store, "v1");
}

/** The tree, or that it was refused. */
async function unpacked(
  layers: readonly Layer[],
  parallel: boolean,
): Promise<readonly string[] | string> {
  const base = join(area.path, parallel ? "parallel" : "sequential");
  rmSync(base, { recursive: true, force: true });
  mkdirSync(join(base, "tree"), { recursive: true });
  try {
    await unpackTree(layers, join(base, "tree"), {
      ids: undefined,
      rootless: false,
      limits: undefined,
      signal: undefined,
      parallel,
      warn: () => {},
      begin: () => {},
      bytes: ({ descriptor, diffId, compressed }) => ({
        digest: descriptor.digest,
        size: descriptor.size,
        diffId,
        read: (signal) => compressed({ signal }),
      }),
    });
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    // Which of several things that are wrong is met first is nobody's business.
    return "refused";
  }
  return describeTree(join(base, "tree"));
}

const withoutNow = (tree: readonly string[] | string): readonly string[] | string =>
  // The root of an image that does not describe it has the time of its making.
  typeof tree === "string"
    ? tree
    : tree.map((line) => (line.startsWith(". ") ? line.replace(/ \d{15,} /, " ") : line));

test("layers unpacked beside each other and merged are the tree they are one after the other", async (context) => {
  const reason = missing();
  if (reason) context.skip(reason);
  const { length } = EVERY_KIND;
  const image = await imageOf(EVERY_KIND);
  const layers = await image.layers();
  expect(layers).toHaveLength(length);
  expect(withoutNow(await unpacked(layers, true))).toEqual(
    withoutNow(await unpacked(layers, false)),
  );
});

test.for<[string, readonly (readonly TarInput[])[]]>([
  [
    "a layer that makes sense only through a link of the one below",
    [
      [{ type: "symlink", path: "a/b", linkPath: "a" }],
      [
        { type: "file", path: "a/b/c", body: "x" },
        { type: "hardlink", path: "a/b", linkPath: "a/b/c" },
      ],
    ],
  ],
  [
    "a layer whose directory turns opaque when there is something in it",
    [
      [{ type: "directory", path: "a/b", modifiedNs: 3n }],
      [
        { type: "directory", path: "a/b/c", modifiedNs: 3n },
        { type: "file", path: "a/.wh..wh..opq" },
      ],
    ],
  ],
  [
    "a layer on top of one that replaced a directory and could not be merged",
    [
      [{ type: "symlink", path: "a/b", linkPath: "a" }],
      [
        { type: "symlink", path: "a", linkPath: "a" },
        { type: "directory", path: "a", modifiedNs: 3n },
        { type: "directory", path: "a/b/c", modifiedNs: 3n },
      ],
      [
        { type: "file", path: "a/.wh.c" },
        { type: "file", path: "a/b/c/d", body: "x" },
      ],
    ],
  ],
])("%s is unpacked as if in turn", async ([, layersOf], context) => {
  const reason = missing();
  if (reason) context.skip(reason);
  const image = await imageOf(layersOf);
  const layers = await image.layers();
  expect(withoutNow(await unpacked(layers, true))).toEqual(
    withoutNow(await unpacked(layers, false)),
  );
});

test("whatever the layers do to each other", async (context) => {
  const reason = missing();
  if (reason) context.skip(reason);
  const name = fc.constantFrom("a", "b", "c", "a/b", "a/c", "b/a", "b/c", "a/b/c", "c/a/b");
  const entry: fc.Arbitrary<TarInput> = fc.oneof(
    fc.record({
      type: fc.constant("file" as const),
      path: name,
      body: fc.constantFrom("x", "yy"),
      modifiedNs: fc.constantFrom(1n, 2n),
    }),
    fc.record({
      type: fc.constant("directory" as const),
      path: name,
      mode: fc.constantFrom(0o755, 0o700),
      modifiedNs: fc.constantFrom(3n, 4n),
    }),
    fc.record({
      type: fc.constant("symlink" as const),
      path: name,
      linkPath: fc.constantFrom("a", "b", "/c", "../a", "/a/b", "none", "/none/x"),
      modifiedNs: fc.constant(5n),
    }),
    fc.record({ type: fc.constant("hardlink" as const), path: name, linkPath: name }),
    fc.record({
      type: fc.constant("file" as const),
      path: name.map((path) => path.replace(/([^/]+)$/, ".wh.$1")),
    }),
    fc.record({
      type: fc.constant("file" as const),
      path: name.map((path) => `${path}/.wh..wh..opq`),
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(entry, { maxLength: 6 }), { minLength: 2, maxLength: 4 }),
      async (layers) => {
        const image = await imageOf(layers);
        const found = await image.layers();
        expect(withoutNow(await unpacked(found, true))).toEqual(
          withoutNow(await unpacked(found, false)),
        );
      },
    ),
    { numRuns: 300 },
  );
}, 120_000);
