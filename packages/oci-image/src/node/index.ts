export { type NodeHttpOptions, nodeHttp } from "../registry/http.node.ts";
export { Archive } from "./archive.ts";
export { ArchiveWriter } from "./archive-writer.ts";
export {
  readUserFiles,
  type UnpackBundleOptions,
  type UnpackedBundle,
  unpackBundle,
} from "./bundle.ts";
export { type CheckLayoutOptions, checkLayout } from "./check-layout.ts";
export { dockerConfig, eraseCredential, storeCredential } from "./docker-config.ts";
export { DEFAULT_LIMITS, type UnpackLimits } from "./extract-layer.ts";
export type { IdMap, IdRange } from "./id-map.ts";
export { Layout, type LayoutOptions } from "./layout.ts";
export { type PackOptions, packDirectory } from "./pack.ts";
export { packDiff, packOverlay } from "./pack-diff.ts";
export {
  type UnpackEvent,
  type UnpackedLayer,
  type UnpackLayersOptions,
  type UnpackOptions,
  unpack,
  unpackLayers,
} from "./unpack.ts";
