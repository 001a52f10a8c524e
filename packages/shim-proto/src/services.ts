// The services of the shim protocol under the names people use. A definition is what `client` and `service` take.
export { SandboxDefinition as SandboxService } from "./gen/runtime/sandbox/v1/sandbox.ts";
export { TaskDefinition as TaskServiceV2 } from "./gen/runtime/task/v2/shim.ts";
export { TaskDefinition as TaskService } from "./gen/runtime/task/v3/shim.ts";
export {
  ControllerDefinition as SandboxControllerService,
  StoreDefinition as SandboxStoreService,
} from "./gen/services/sandbox/v1/sandbox.ts";
export { StreamingDefinition as StreamingService } from "./gen/services/streaming/v1/streaming.ts";
export { EventsDefinition as EventsService } from "./gen/services/ttrpc/events/v1/events.ts";
