export { cached, cacheFolder } from "./cache.ts";
export type { CommandOptions, CommandResult } from "./command.ts";
export { mustRun, runCommand } from "./command.ts";
export { type GoProgramOptions, goMissing, goProgram } from "./go-program.ts";
export { describeProtoFacts, type ProtoFactsOptions } from "./proto/describe-facts.ts";
export {
  type Codec,
  codecsIn,
  describeProtoVectors,
  type ProtoVectorsOptions,
  parseProtos,
} from "./proto/describe-vectors.ts";
export { compileProtos, type FileDescriptor } from "./proto/descriptor.ts";
export { type FileFacts, toFacts } from "./proto/facts.ts";
export { sarifSchema } from "./sarif.ts";
export {
  describeShared,
  hasShared,
  listShared,
  readShared,
  readSharedJson,
  repository,
  sharedMissing,
} from "./shared.ts";
export { type TtrpcPeer, ttrpcPeer } from "./ttrpc-peer.ts";
