import { describe, expect, test } from "vitest";
import { addLayer, buildImage } from "./build.ts";
import { editImage, rebaseImage } from "./edit.ts";
import { type Image, openDocument } from "./image.ts";
import { MemoryStore } from "./memory-store.ts";
import { writeTar } from "./tar/writer.ts";

const store = new MemoryStore();
async function imageOf(base: Image | undefined, ...names: string[]): Promise<Image> {
  const layers = [];
  for (const name of names)
    layers.push(await addLayer(store, writeTar([{ type: "file", path: name, body: name }])));
  const descriptor = await buildImage(store, {
    ...(base === undefined ? {} : { base }),
    layers,
    history: names.map((name) => ({ created_by: name })),
  });
  const opened = await openDocument(store, descriptor);
  if (opened.kind !== "image") throw new Error("not an image");
  return opened;
}
const made = async (image: Image): Promise<unknown> =>
  (await image.config()).history?.map(({ created_by }) => created_by);

describe("an image", () => {
  test("can get layers on top", async () => {
    const base = await imageOf(undefined, "a", "b");
    const top = await imageOf(base, "c");
    expect(await made(top)).toEqual(["a", "b", "c"]);
    expect(top.manifest.layers.slice(0, 2)).toEqual(base.manifest.layers);
    expect((await top.config()).rootfs.diff_ids).toHaveLength(3);
  });

  test("can move to another base", async () => {
    const [oldBase, newBase] = [await imageOf(undefined, "a", "b"), await imageOf(undefined, "x")];
    const image = await imageOf(oldBase, "c");
    const opened = await openDocument(store, await rebaseImage(store, image, { oldBase, newBase }));
    const moved = opened as Image;
    expect(await made(moved)).toEqual(["x", "c"]);
    expect(moved.manifest.layers.map(({ digest }) => digest)).toEqual([
      newBase.manifest.layers[0]?.digest,
      image.manifest.layers[2]?.digest,
    ]);
    expect(await moved.layers()).toHaveLength(2);
  });

  test("cannot move from a base it does not stand on", async () => {
    const [one, two] = [await imageOf(undefined, "a"), await imageOf(undefined, "x")];
    await expect(rebaseImage(store, one, { oldBase: two, newBase: two })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  test("can get another config", async () => {
    const image = await imageOf(undefined, "a");
    const changed = (await openDocument(
      store,
      await editImage(store, image, { config: (config) => ({ ...config, author: "me" }) }),
    )) as Image;
    expect((await changed.config()).author).toBe("me");
    expect(changed.manifest.layers).toEqual(image.manifest.layers);
  });
});
