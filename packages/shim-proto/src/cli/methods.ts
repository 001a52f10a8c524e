import type { MethodDefinition, ServiceDefinition } from "@ocikit/rpc";
import {
  EventsService,
  SandboxService,
  StreamingService,
  TaskService,
  TaskServiceV2,
} from "../services.ts";
import { UsageError } from "./usage.ts";

/** Every service a shim or an engine answers over ttrpc; the first one that has a method is the one that is meant. */
export const allServices: readonly ServiceDefinition[] = [
  TaskService,
  TaskServiceV2,
  SandboxService,
  StreamingService,
  EventsService,
];

export interface FoundMethod {
  readonly service: ServiceDefinition;
  /** Its name in TypeScript. */
  readonly key: string;
  readonly definition: MethodDefinition;
  readonly requestType: string;
  readonly responseType: string;
}

/** Finds a method by what people call it: `Task/State`, `task.state`, `containerd.task.v3.Task/State`. */
export function findMethod(text: string): FoundMethod {
  const at = Math.max(text.lastIndexOf("/"), text.lastIndexOf("."));
  const service = text.slice(0, Math.max(0, at)).toLowerCase();
  const method = text.slice(at + 1).toLowerCase();
  for (const found of allMethods()) {
    const { fullName, name } = found.service;
    const called = service === fullName.toLowerCase() || service === name.toLowerCase();
    if ((called || service === "") && found.definition.name.toLowerCase() === method) return found;
  }
  throw new UsageError(`no method ${text}; \`shimctl methods\` lists them`);
}

/** Every method of every service. */
export function allMethods(): readonly FoundMethod[] {
  return allServices.flatMap((service) =>
    Object.entries(service.methods).map(([key, definition]) => ({
      service,
      key,
      definition,
      requestType: typeName(definition.requestType),
      responseType: typeName(definition.responseType),
    })),
  );
}

function typeName(type: object): string {
  return "$type" in type ? String(type.$type) : "";
}
