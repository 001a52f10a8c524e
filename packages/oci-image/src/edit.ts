import { addJson } from "./build.ts";
import type { Descriptor, History, ImageConfig, Manifest } from "./document.ts";
import { ImageError } from "./error.ts";
import type { Image } from "./image.ts";
import { MediaType, toOciMediaType } from "./media-type.ts";
import type { CallOptions, Target } from "./store.ts";

/** A change of an image's documents; what is left out stays. */
export interface ImageChange {
  readonly config?: (config: ImageConfig) => ImageConfig;
  readonly manifest?: (manifest: Manifest) => Manifest;
}

/**
 * Writes an image with other documents and the same layers, whose blobs must be in the target. What
 * comes out is an OCI image, also where docker's went in.
 */
export async function editImage(
  target: Target,
  image: Image,
  change: ImageChange,
  { signal }: CallOptions = {},
): Promise<Descriptor> {
  const before = await image.config({ signal });
  const config = change.config?.(before) ?? before;
  const manifest: Manifest = {
    ...image.manifest,
    mediaType: MediaType.manifest,
    config: await addJson(target, MediaType.config, config, signal),
    layers: image.manifest.layers.map((layer) => ({
      ...layer,
      mediaType: toOciMediaType(layer.mediaType),
    })),
  };
  const { os, architecture, variant } = config;
  const descriptor = await addJson(
    target,
    MediaType.manifest,
    change.manifest?.(manifest) ?? manifest,
    signal,
  );
  return {
    ...descriptor,
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
  };
}

/**
 * Puts the layers an image has above `oldBase` on top of `newBase`, which costs no byte of a layer.
 * All blobs must be in the target. Throws `CONFIG_INVALID` where the image is not on `oldBase`.
 */
export async function rebaseImage(
  target: Target,
  image: Image,
  bases: { readonly oldBase: Image; readonly newBase: Image },
  options: CallOptions = {},
): Promise<Descriptor> {
  const [config, oldConfig, newConfig] = (await Promise.all(
    [image, bases.oldBase, bases.newBase].map((one) => one.config(options)),
  )) as [ImageConfig, ImageConfig, ImageConfig];
  const ids = config.rootfs.diff_ids;
  const below = oldConfig.rootfs.diff_ids;
  if (below.some((id, i) => ids[i] !== id)) {
    throw new ImageError(
      "CONFIG_INVALID",
      `rebase ${image.descriptor.digest}: its lowest layers are not those of ${bases.oldBase.descriptor.digest}`,
    );
  }
  const own = image.manifest.layers.slice(below.length);
  return editImage(
    target,
    image,
    {
      config: () => ({
        ...config,
        rootfs: {
          type: "layers",
          diff_ids: [...newConfig.rootfs.diff_ids, ...ids.slice(below.length)],
        },
        history: [...(newConfig.history ?? []), ...historyAbove(config, below.length)],
      }),
      manifest: (manifest) => ({
        ...manifest,
        layers: [...bases.newBase.manifest.layers, ...own].map((layer) => ({
          ...layer,
          mediaType: toOciMediaType(layer.mediaType),
        })),
      }),
    },
    options,
  );
}

/** The steps that made the layers from `count` on, and those between them that made none. */
function historyAbove({ history = [] }: ImageConfig, count: number): readonly History[] {
  let layers = 0;
  for (const [i, { empty_layer }] of history.entries()) {
    if (layers >= count && empty_layer !== true) return history.slice(i);
    if (empty_layer !== true) layers++;
  }
  return [];
}
