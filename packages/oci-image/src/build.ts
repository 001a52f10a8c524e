import { compress } from "#compress";
import { type Digest, Digester } from "./digest.ts";
import type {
  ContainerConfig,
  Descriptor,
  History,
  ImageConfig,
  Index,
  Manifest,
  Platform,
} from "./document.ts";
import type { Image } from "./image.ts";
import { type Compression, layerMediaType, MediaType, toOciMediaType } from "./media-type.ts";
import { hostPlatform, normalizePlatform } from "./platform.ts";
import { type CallOptions, contentOf, type Target } from "./store.ts";

export interface AddLayerOptions extends CallOptions {
  /** gzip by default, which everything reads. */
  readonly compression?: Compression | undefined;
  /** Level of the compression; its own default otherwise. */
  readonly level?: number | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A layer that is in a store, and the digest of the archive inside. */
export interface AddedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** Writes an archive as a layer's blob. The same archive gives the same blob. */
export async function addLayer(
  target: Target,
  archive: AsyncIterable<Uint8Array>,
  { compression = "gzip", level, annotations, signal }: AddLayerOptions = {},
): Promise<AddedLayer> {
  const digester = new Digester();
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of archive) {
      digester.update(chunk);
      yield chunk;
    }
  }
  const bytes = compression === "none" ? counted() : compress(counted(), compression, level);
  const added = await target.add(layerMediaType(compression), bytes, { signal });
  return {
    descriptor: annotations === undefined ? added : { ...added, annotations },
    diffId: digester.digest(),
  };
}

export interface BuildImageOptions extends CallOptions {
  /** Image whose layers lie below and whose config is gone on from; its blobs must be in the target. */
  readonly base?: Image | undefined;
  readonly layers?: readonly AddedLayer[] | undefined;
  /** This machine's by default, the base's where there is one. */
  readonly platform?: Platform | undefined;
  /** Goes over the base's, property by property. */
  readonly config?: ContainerConfig | undefined;
  readonly author?: string | undefined;
  /** When the image was made, and each of its new layers; 1970 by default, so that images repeat. */
  readonly created?: Date | undefined;
  /** How each layer came about, in order. */
  readonly history?: readonly History[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Writes config and manifest of an image and says what points at it. */
export async function buildImage(
  target: Target,
  options: BuildImageOptions = {},
): Promise<Descriptor> {
  const { base, layers = [], signal } = options;
  const lower = base === undefined ? undefined : await base.config({ signal });
  const created = (options.created ?? new Date(0)).toISOString();
  const platform = normalizePlatform(options.platform ?? lower ?? hostPlatform());
  const config: ImageConfig = {
    ...lower,
    created,
    ...(options.author === undefined ? {} : { author: options.author }),
    ...platformFields(platform),
    config: { ...lower?.config, ...options.config },
    rootfs: {
      type: "layers",
      diff_ids: [...(lower?.rootfs.diff_ids ?? []), ...layers.map(({ diffId }) => diffId)],
    },
    history: [...(lower?.history ?? []), ...historyOf(layers, options.history, created)],
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: await addJson(target, MediaType.config, config, signal),
    layers: [
      ...(base?.manifest.layers ?? []).map((layer) => ({
        ...layer,
        mediaType: toOciMediaType(layer.mediaType),
      })),
      ...layers.map(({ descriptor }) => descriptor),
    ],
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  };
  const descriptor = await addJson(target, MediaType.manifest, manifest, signal);
  return { ...descriptor, platform: platformFields(platform) };
}

export interface BuildIndexOptions extends CallOptions {
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly artifactType?: string | undefined;
  readonly subject?: Descriptor | undefined;
}

/** Writes an index of images, each with its platform in its descriptor. */
export async function buildIndex(
  target: Target,
  manifests: readonly Descriptor[],
  { annotations, artifactType, subject, signal }: BuildIndexOptions = {},
): Promise<Descriptor> {
  const index: Index = {
    schemaVersion: 2,
    mediaType: MediaType.index,
    ...(artifactType === undefined ? {} : { artifactType }),
    manifests,
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return addJson(target, MediaType.index, index, signal);
}

export interface BuildArtifactOptions extends CallOptions {
  /** What the artifact is: a media type of its maker's. */
  readonly artifactType: string;
  readonly layers?: readonly Descriptor[] | undefined;
  /** The empty object by default. */
  readonly config?: Descriptor | undefined;
  /** What the artifact is about. */
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Writes the manifest of anything that is not an image (image-spec manifest.md, artifact usage). */
export async function buildArtifact(
  target: Target,
  { artifactType, layers = [], config, subject, annotations, signal }: BuildArtifactOptions,
): Promise<Descriptor> {
  const empty = await target.add(MediaType.empty, "{}", { signal });
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType,
    config: config ?? { ...empty, data: "e30=" },
    // A manifest without layers is refused by some registries; the empty one stands for none.
    layers: layers.length > 0 ? layers : [{ ...empty, data: "e30=" }],
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const descriptor = await addJson(target, MediaType.manifest, manifest, signal);
  return { ...descriptor, artifactType };
}

/** Writes a document as compact JSON, in the order its properties stand. */
export async function addJson(
  target: Target,
  mediaType: string,
  value: unknown,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const digester = new Digester();
  digester.update(bytes);
  const descriptor: Descriptor = { mediaType, digest: digester.digest(), size: bytes.length };
  await target.write(descriptor, contentOf(bytes), { signal });
  return descriptor;
}

function platformFields(platform: Platform): Platform {
  const { os, architecture, variant } = platform;
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(platform["os.version"] === undefined ? {} : { "os.version": platform["os.version"] }),
    ...(platform["os.features"] === undefined ? {} : { "os.features": platform["os.features"] }),
  };
}

function historyOf(
  layers: readonly AddedLayer[],
  history: readonly History[] | undefined,
  created: string,
): readonly History[] {
  return history ?? layers.map(() => ({ created, created_by: "ocikit" }));
}
