import type { ImageHandlers } from "../serve.ts";
import { now } from "./ids.ts";
import { toImage } from "./image-store.ts";
import type { RuntimeState } from "./state.ts";

/** Images: pull, look at, remove. */
export function imageMethods(state: RuntimeState): ImageHandlers {
  const list = (reference = "") => {
    if (reference === "") return state.images.all;
    const found = state.images.find(reference);
    return found === undefined ? [] : [found];
  };
  return {
    listImages: ({ filter }) => ({
      images: list(filter?.image?.image).map((image) => toImage(image)),
    }),
    async *streamImages({ filter }) {
      for (const image of list(filter?.image?.image)) yield { images: [toImage(image)] };
    },
    imageStatus({ image, verbose }) {
      const found = state.images.find(image?.image ?? "");
      if (found === undefined) return {};
      return {
        image: toImage(found),
        info: verbose ? { info: JSON.stringify({ id: found.id }) } : {},
      };
    },
    pullImage: ({ image }) => ({ imageRef: state.images.pull(image?.image ?? "").id }),
    removeImage({ image }) {
      state.images.remove(image?.image ?? "");
      return {};
    },
    imageFsInfo() {
      const used = state.images.all.reduce((sum, { sizeBytes = 1_000_000 }) => sum + sizeBytes, 0);
      const filesystem = {
        timestamp: now(),
        fsId: { mountpoint: "/memory" },
        usedBytes: { value: BigInt(used) },
        inodesUsed: { value: BigInt(state.images.all.length) },
      };
      return { imageFilesystems: [filesystem], containerFilesystems: [filesystem] };
    },
  };
}
