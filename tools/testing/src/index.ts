export {
  describeShared,
  hasShared,
  listShared,
  readShared,
  readSharedJson,
  repository,
  sharedMissing,
} from "./shared.ts";
