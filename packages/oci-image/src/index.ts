// For everybody.

export {
  type AddedLayer,
  type AddLayerOptions,
  addLayer,
  type BuildArtifactOptions,
  type BuildImageOptions,
  type BuildIndexOptions,
  buildArtifact,
  buildImage,
  buildIndex,
} from "./build.ts";
export { type CopyDestination, type CopyEvent, type CopyOptions, copy } from "./copy.ts";
export {
  type Digest,
  Digester,
  digestOf,
  isDigest,
  parseDigest,
  Verifier,
  verified,
} from "./digest.ts";
export type { ContainerConfig, History, Platform } from "./document.ts";
export { editImage, type ImageChange, rebaseImage } from "./edit.ts";
export { ImageError, type ImageErrorCode, type RegistryErrorCode } from "./error.ts";
export {
  type Image,
  type ImageIndex,
  type Layer,
  openDocument,
  resolve,
  resolveImage,
} from "./image.ts";
export {
  type Compression,
  isDocumentType,
  isIndexType,
  isManifestType,
  layerCompression,
  MediaType,
} from "./media-type.ts";
export { MemoryStore } from "./memory-store.ts";
export type { Operation } from "./operation.ts";
export {
  choosePlatform,
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  normalizePlatform,
  parsePlatform,
} from "./platform.ts";
export {
  formatReference,
  parseReference,
  type Reference,
  referenceIdentifier,
} from "./reference.ts";
export type { Credential, Credentials } from "./registry/auth.ts";
export { type Diagnostic, RegistryError } from "./registry/error.ts";
export type { Http, HttpAnswer, HttpBody, HttpRequest } from "./registry/http.ts";
export { Registry, type RegistryOptions } from "./registry/registry.ts";
export type { RetryOptions } from "./registry/retry.ts";
export {
  type RuntimeConfig,
  type RuntimeConfigOptions,
  toRuntimeConfig,
} from "./runtime-config.ts";
export { Descriptor, ImageConfig, Index, imageRuleDocs, LayoutHeader, Manifest } from "./schema.ts";
// For other stores.
export {
  type Bytes,
  type CallOptions,
  type Content,
  contentOf,
  type ReadOptions,
  type ReferrersOptions,
  type Source,
  type Target,
} from "./store.ts";
// For other archives.
export { type TarEntry, type TarEntryInput, type TarEntryType, tarEntry } from "./tar/entry.ts";
export { type TarHandler, TarParser } from "./tar/parser.ts";
export { readTar, type TarItem } from "./tar/reader.ts";
export { type TarInput, writeTar } from "./tar/writer.ts";
export { findUser, type ImageUser, type UserFiles } from "./user.ts";
