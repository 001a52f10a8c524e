import type { Digest } from "./digest.ts";
import type { Descriptor, ImageConfig, Index, Manifest, Platform } from "./document.ts";
import { ImageError } from "./error.ts";
import { isConfigType, isIndexType, isManifestType, layerCompression } from "./media-type.ts";
import { choosePlatform, formatPlatform, hostPlatform, parsePlatform } from "./platform.ts";
import {
  asImageConfig,
  asIndex,
  asManifest,
  documentType,
  MAX_CONFIG_BYTES,
  parseJson,
  readBytes,
} from "./read-document.ts";
import type { CallOptions, ReadOptions, Source } from "./store.ts";

/** Indexes inside indexes: none is met deeper than two, and a ring cannot be made of digests. */
const MAX_INDEX_DEPTH = 8;

/** One layer of an image: a view, nothing is read before it is asked for. */
export interface Layer {
  readonly descriptor: Descriptor;
  /** Digest of the archive inside, which the config states. */
  readonly diffId: Digest;
  /** Bytes of the blob as they are stored, not verified. */
  compressed(options?: ReadOptions): AsyncIterable<Uint8Array>;
}

/** An image as a source has it: immutable, and read only as far as it is asked. */
export interface Image {
  readonly kind: "image";
  readonly source: Source;
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  /** The manifest's bytes, over which its digest is. */
  readonly bytes: Uint8Array;
  /** Throws `DOCUMENT_INVALID`, and `UNSUPPORTED` for an artifact that is no image. */
  config(options?: CallOptions): Promise<ImageConfig>;
  /** The config's bytes, over which the image's id is. */
  configBytes(options?: CallOptions): Promise<Uint8Array>;
  /** Layers, lowest first. Throws as `config` does, and where layers and diff ids do not pair. */
  layers(options?: CallOptions): Promise<readonly Layer[]>;
}

/** Several images behind one name. */
export interface ImageIndex {
  readonly kind: "index";
  readonly source: Source;
  readonly descriptor: Descriptor;
  readonly index: Index;
  readonly bytes: Uint8Array;
  /** The image that fits a platform best, this machine's by default. Throws `NOT_FOUND`. */
  image(platform?: Platform | string, options?: CallOptions): Promise<Image>;
  /** What one of its descriptors points at. */
  open(descriptor: Descriptor, options?: CallOptions): Promise<Image | ImageIndex>;
}

/** What a tag or digest names in a source. Throws `NOT_FOUND`, `DOCUMENT_INVALID`, `UNSUPPORTED`. */
export async function resolve(
  source: Source,
  reference: string,
  options: CallOptions = {},
): Promise<Image | ImageIndex> {
  return openDocument(source, await source.find(reference, options), options);
}

/** The image a tag or digest names, the platform's where it is an index. */
export async function resolveImage(
  source: Source,
  reference: string,
  options: CallOptions & { readonly platform?: Platform | string | undefined } = {},
): Promise<Image> {
  const found = await resolve(source, reference, options);
  return found.kind === "image" ? found : found.image(options.platform, options);
}

/** What a descriptor points at, verified. */
export async function openDocument(
  source: Source,
  descriptor: Descriptor,
  options: CallOptions = {},
): Promise<Image | ImageIndex> {
  const bytes = await readBytes(dataOf(source, descriptor, options), descriptor);
  const what = `${descriptor.digest} of ${source.location}`;
  const value = parseJson(bytes, what);
  const type = documentType(value, descriptor.mediaType, what);
  const stated = { ...descriptor, mediaType: type };
  return isIndexType(type)
    ? new IndexView(source, stated, asIndex(value, what), bytes)
    : new ImageView(source, stated, asManifest(value, what), bytes);
}

/** Bytes of a descriptor: its own where it carries them. */
function dataOf(
  source: Source,
  descriptor: Descriptor,
  options: CallOptions,
): AsyncIterable<Uint8Array> {
  if (descriptor.data === undefined) return source.read(descriptor, options);
  const { data } = descriptor;
  return (async function* () {
    yield Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  })();
}

class ImageView implements Image {
  readonly kind = "image";
  readonly source: Source;
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;

  constructor(source: Source, descriptor: Descriptor, manifest: Manifest, bytes: Uint8Array) {
    this.source = source;
    this.descriptor = descriptor;
    this.manifest = manifest;
    this.bytes = bytes;
  }

  async configBytes(options: CallOptions = {}): Promise<Uint8Array> {
    const { config } = this.manifest;
    if (!isConfigType(config.mediaType)) {
      throw new ImageError(
        "UNSUPPORTED",
        `read config of ${this.descriptor.digest}: an artifact with a ${config.mediaType}, not an image`,
      );
    }
    return readBytes(dataOf(this.source, config, options), config, MAX_CONFIG_BYTES);
  }

  async config(options: CallOptions = {}): Promise<ImageConfig> {
    const what = `config ${this.manifest.config.digest}`;
    return asImageConfig(parseJson(await this.configBytes(options), what), what);
  }

  async layers(options: CallOptions = {}): Promise<readonly Layer[]> {
    const { rootfs } = await this.config(options);
    const { layers } = this.manifest;
    if (layers.length !== rootfs.diff_ids.length) {
      throw new ImageError(
        "DOCUMENT_INVALID",
        `read layers of ${this.descriptor.digest}: ${layers.length} layers, but ${rootfs.diff_ids.length} diff ids in its config`,
      );
    }
    return layers.map((descriptor, at) => {
      if (layerCompression(descriptor.mediaType) === undefined) {
        throw new ImageError(
          "UNSUPPORTED",
          `read layer ${descriptor.digest}: ${descriptor.mediaType} is not a layer's media type`,
        );
      }
      return {
        descriptor,
        diffId: rootfs.diff_ids[at] as Digest,
        compressed: (read = {}) => this.source.read(descriptor, read),
      };
    });
  }
}

class IndexView implements ImageIndex {
  readonly kind = "index";
  readonly source: Source;
  readonly descriptor: Descriptor;
  readonly index: Index;
  readonly bytes: Uint8Array;
  readonly #depth: number;

  constructor(source: Source, descriptor: Descriptor, index: Index, bytes: Uint8Array, depth = 0) {
    this.source = source;
    this.descriptor = descriptor;
    this.index = index;
    this.bytes = bytes;
    this.#depth = depth;
  }

  async image(
    platform: Platform | string = hostPlatform(),
    options: CallOptions = {},
  ): Promise<Image> {
    const wanted = typeof platform === "string" ? parsePlatform(platform) : platform;
    const { manifests } = this.index;
    const images = manifests.filter(({ mediaType }) => isManifestType(mediaType));
    const chosen = choosePlatform(images, wanted) ?? onlyOne(images);
    if (chosen !== undefined) {
      const opened = await this.open(chosen, options);
      if (opened.kind === "image") return opened;
    }
    for (const inner of manifests.filter(({ mediaType }) => isIndexType(mediaType))) {
      const opened = await this.open(inner, options);
      if (opened.kind === "image") return opened;
      try {
        return await opened.image(wanted, options);
      } catch (error) {
        if (!(error instanceof ImageError && error.code === "NOT_FOUND")) throw error;
      }
    }
    const there = images.flatMap((image) =>
      image.platform ? [formatPlatform(image.platform)] : [],
    );
    throw new ImageError(
      "NOT_FOUND",
      `find ${formatPlatform(wanted)} in ${this.descriptor.digest}: it has ${there.join(", ") || "no images"}`,
    );
  }

  async open(descriptor: Descriptor, options: CallOptions = {}): Promise<Image | ImageIndex> {
    if (this.#depth >= MAX_INDEX_DEPTH) {
      throw new ImageError(
        "LIMIT_EXCEEDED",
        `open ${descriptor.digest}: more than ${MAX_INDEX_DEPTH} indexes inside each other`,
      );
    }
    const opened = await openDocument(this.source, descriptor, options);
    if (opened.kind === "image") return opened;
    return new IndexView(
      this.source,
      opened.descriptor,
      opened.index,
      opened.bytes,
      this.#depth + 1,
    );
  }
}

/** An index of one image that names no platform means that image. */
function onlyOne(images: readonly Descriptor[]): Descriptor | undefined {
  return images.length === 1 && images[0]?.platform === undefined ? images[0] : undefined;
}
