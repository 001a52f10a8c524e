/** Media types of image-spec 1.1.1 and of the docker formats that say the same. */
export const MediaType = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  layerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  layerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  empty: "application/vnd.oci.empty.v1+json",
  layoutHeader: "application/vnd.oci.layout.header.v1+json",
  descriptor: "application/vnd.oci.descriptor.v1+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  dockerLayerZstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
} as const;

/** Layers that a licence kept in their vendor's registry; deprecated, but still met. */
const FOREIGN: Readonly<Record<string, Compression>> = {
  "application/vnd.oci.image.layer.nondistributable.v1.tar": "none",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip": "gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd": "zstd",
  "application/vnd.docker.image.rootfs.foreign.diff.tar": "none",
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": "gzip",
};

const LAYERS: Readonly<Record<string, Compression>> = {
  [MediaType.layer]: "none",
  [MediaType.layerGzip]: "gzip",
  [MediaType.layerZstd]: "zstd",
  [MediaType.dockerLayer]: "none",
  [MediaType.dockerLayerGzip]: "gzip",
  [MediaType.dockerLayerZstd]: "zstd",
  ...FOREIGN,
};

/** How a layer's archive is compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** A media type without parameters, in lower case. */
export function bareMediaType(text: string): string {
  return (text.split(";", 1)[0] ?? "").trim().toLowerCase();
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === MediaType.index || mediaType === MediaType.dockerIndex;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === MediaType.manifest || mediaType === MediaType.dockerManifest;
}

export function isConfigType(mediaType: string): boolean {
  return mediaType === MediaType.config || mediaType === MediaType.dockerConfig;
}

/** Whether a registry keeps such documents under /manifests/ instead of /blobs/. */
export function isDocumentType(mediaType: string): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType);
}

/** Compression that a layer's media type promises, or undefined where it is no layer's. */
export function layerCompression(mediaType: string): Compression | undefined {
  return Object.hasOwn(LAYERS, mediaType) ? LAYERS[mediaType] : undefined;
}

/** Whether the bytes are to be had from their `urls` rather than from where the manifest is. */
export function isForeignLayer(mediaType: string): boolean {
  return Object.hasOwn(FOREIGN, mediaType);
}

/** Media type of an ordinary layer in an OCI manifest. */
export function layerMediaType(compression: Compression): string {
  return { none: MediaType.layer, gzip: MediaType.layerGzip, zstd: MediaType.layerZstd }[
    compression
  ];
}

const DOCKER_TO_OCI: Readonly<Record<string, string>> = {
  [MediaType.dockerIndex]: MediaType.index,
  [MediaType.dockerManifest]: MediaType.manifest,
  [MediaType.dockerConfig]: MediaType.config,
  [MediaType.dockerLayer]: MediaType.layer,
  [MediaType.dockerLayerGzip]: MediaType.layerGzip,
  [MediaType.dockerLayerZstd]: MediaType.layerZstd,
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip":
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
};

/** OCI's media type for docker's; any other stays as it is. */
export function toOciMediaType(mediaType: string): string {
  return Object.hasOwn(DOCKER_TO_OCI, mediaType)
    ? (DOCKER_TO_OCI[mediaType] ?? mediaType)
    : mediaType;
}

/** What the first bytes of a layer say its compression is. */
export function sniffCompression(bytes: Uint8Array): Compression {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip";
  const magic =
    bytes.length >= 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  // A zstd stream may begin with skippable frames, as stargz's and seekable ones do.
  if (magic === 0xfd2fb528 || (magic >= 0x184d2a50 && magic <= 0x184d2a5f)) return "zstd";
  return "none";
}
