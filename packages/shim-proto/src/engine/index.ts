// An engine's side of the shim protocol: finding, starting and driving shims.
export { type Bootstrap, type ShimDialect, shimDialects } from "./bootstrap.ts";
export {
  deleteShim,
  loadShim,
  namespaceKey,
  queryShim,
  Shim,
  type ShimOptions,
  startShim,
} from "./shim.ts";
export { type FindShimOptions, findShimBinary, shimBinaryName } from "./shim-binary.ts";
export {
  type FifoStdio,
  type FifoStdioOptions,
  formatStdio,
  makeFifoStdio,
  parseStdio,
  type StdioFields,
  type StdioTarget,
} from "./stdio.ts";
