export type { MemoryImage } from "./image-store.ts";
export {
  MemoryRuntime,
  type MemoryRuntimeOptions,
  type MethodName,
  type RecordedCall,
  type RunningMemoryRuntime,
  startMemoryRuntime,
} from "./memory-runtime.ts";
export type { Program, ProgramContext } from "./program.ts";
