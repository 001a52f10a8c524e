export { cached, cacheFolder } from "./cache.ts";
export type { CommandOptions, CommandResult } from "./command.ts";
export { mustRun, runCommand } from "./command.ts";
export {
  describeShared,
  hasShared,
  listShared,
  readShared,
  readSharedJson,
  repository,
  sharedMissing,
} from "./shared.ts";
