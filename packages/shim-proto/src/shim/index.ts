// A shim's side of the protocol: the program an engine starts, and the services it answers.
export {
  type CleanupContext,
  defineShim,
  type ShimContext,
  type ShimDefinition,
  type ShimProgram,
  type ShimServices,
} from "./define-shim.ts";
export type { LogLevel, ShimLog } from "./log.ts";
export { type OpenedStdio, openStdio, type SpawnStdio, type StdioOwner } from "./open-stdio.ts";
export { defaultSocketDirectory, shimSocketAddress } from "./socket-address.ts";
export { type SpawnedRequest, type SpawnedSpec, spawnProcess } from "./spawned-process.ts";
export {
  type ProcessExit,
  type ShimContainer,
  type ShimProcess,
  TaskTable,
} from "./task-table.ts";
