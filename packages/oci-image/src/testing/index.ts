export { answer, failure, MemoryRegistry, type MemoryRegistryOptions } from "./registry.ts";
