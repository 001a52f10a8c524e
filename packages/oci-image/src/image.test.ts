import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addLayer, buildImage, buildIndex } from "./build.ts";
import type { Descriptor } from "./document.ts";
import { ImageError } from "./error.ts";
import { resolve, resolveImage } from "./image.ts";
import { MediaType } from "./media-type.ts";
import { MemoryStore } from "./memory-store.ts";
import { writeTar } from "./tar/writer.ts";

async function imageFor(store: MemoryStore, architecture: string): Promise<Descriptor> {
  const layer = await addLayer(
    store,
    writeTar([{ type: "file", path: architecture, body: architecture }]),
  );
  return buildImage(store, { layers: [layer], platform: { os: "linux", architecture } });
}

describe("an index", () => {
  test("gives the image of a platform, also from an index inside it", async () => {
    const store = new MemoryStore();
    const inner = await buildIndex(store, [await imageFor(store, "arm64")]);
    await store.tag(await buildIndex(store, [await imageFor(store, "amd64"), inner]), "all");
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      const config = await (await resolveImage(store, "all", { platform })).config();
      expect(`${config.os}/${config.architecture}`).toBe(platform);
    }
    await expect(resolveImage(store, "all", { platform: "linux/s390x" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("of one image that names no platform means that image", async () => {
    const store = new MemoryStore();
    const { platform: _, ...plain } = await imageFor(store, "s390x");
    await store.tag(await buildIndex(store, [plain]), "one");
    expect((await resolveImage(store, "one")).descriptor.digest).toBe(plain.digest);
  });

  test("inside an index inside an index has an end", async () => {
    const store = new MemoryStore();
    let inner = await buildIndex(store, [await imageFor(store, "amd64")]);
    for (let depth = 0; depth < 20; depth++) inner = await buildIndex(store, [inner]);
    await store.tag(inner, "deep");
    await expect(resolveImage(store, "deep", { platform: "linux/amd64" })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });
});

describe("an image", () => {
  test("is not unpacked when its layers and diff ids do not pair", async () => {
    const store = new MemoryStore();
    await store.tag(await imageFor(store, "amd64"), "v1");
    const image = await resolveImage(store, "v1");
    const [layer] = image.manifest.layers;
    const manifest = await store.add(
      MediaType.manifest,
      JSON.stringify({ ...image.manifest, layers: [layer, layer] }),
    );
    await store.tag(manifest, "v2");
    await expect((await resolveImage(store, "v2")).layers()).rejects.toThrow(
      "2 layers, but 1 diff ids",
    );
  });

  test("is told from an artifact, which has no config to run", async () => {
    const store = new MemoryStore();
    const empty = await store.add(MediaType.empty, "{}");
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      artifactType: "a/b",
      config: empty,
      layers: [],
    };
    await store.tag(await store.add(MediaType.manifest, JSON.stringify(manifest)), "a");
    await expect((await resolveImage(store, "a")).config()).rejects.toThrow(
      "an artifact with a application/vnd.oci.empty",
    );
  });

  test("may carry its config in the descriptor, held to the digest all the same", async () => {
    const store = new MemoryStore();
    await store.tag(await imageFor(store, "amd64"), "v1");
    const image = await resolveImage(store, "v1");
    const wrong = { ...image.manifest, config: { ...image.manifest.config, data: btoa("{}") } };
    await store.tag(await store.add(MediaType.manifest, JSON.stringify(wrong)), "v2");
    await expect((await resolveImage(store, "v2")).config()).rejects.toMatchObject({
      code: "SIZE_MISMATCH",
    });
  });
});

test("no document does worse than an ImageError", async () => {
  const descriptor = fc.record({
    mediaType: fc.constantFrom(...Object.values(MediaType), "x", ""),
    digest: fc.constantFrom(`sha256:${"0".repeat(64)}`, "sha256:../../x", "", "md5:0"),
    size: fc.oneof(fc.integer(), fc.constant(2 ** 53), fc.double()),
    platform: fc.oneof(
      fc.constant(undefined),
      fc.record({ os: fc.string(), architecture: fc.string() }),
    ),
    data: fc.oneof(fc.constant(undefined), fc.string()),
  });
  const document = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        schemaVersion: fc.constantFrom(1, 2, "2"),
        mediaType: fc.constantFrom(...Object.values(MediaType), 5),
        config: fc.oneof(descriptor, fc.jsonValue()),
        layers: fc.oneof(fc.array(descriptor), fc.jsonValue()),
        manifests: fc.oneof(fc.array(descriptor), fc.jsonValue()),
      },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      document,
      fc.constantFrom(MediaType.manifest, MediaType.index, MediaType.config),
      async (value, mediaType) => {
        const store = new MemoryStore();
        await store.tag(await store.add(mediaType, JSON.stringify(value)), "x");
        try {
          const found = await resolve(store, "x");
          const image = found.kind === "image" ? found : await found.image("linux/amd64");
          await image.layers();
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      },
    ),
    { numRuns: 500 },
  );
});
