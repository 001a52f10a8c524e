export { PortableConfig } from "./portable-config.ts";
export {
  isRuntime,
  type PortabilityTarget,
  type Runtime,
  type RuntimeName,
  runtimeNames,
} from "./target.ts";
