import type { ContainerEventType } from "../gen/runtime/v1/event.ts";
import { type MemoryContainer, toContainerStatus } from "./container.ts";
import { EventBus } from "./events.ts";
import { IdTable, now } from "./ids.ts";
import type { ImageStore } from "./image-store.ts";
import { type Pod, toPodSandboxStatus } from "./pod.ts";
import type { MemoryProcess } from "./process.ts";
import type { Program } from "./program.ts";

/** Everything an in-memory runtime knows. */
export class RuntimeState {
  readonly images: ImageStore;
  readonly programs: Readonly<Record<string, Program>>;
  readonly pods: IdTable<Pod> = new IdTable<Pod>("pod sandbox");
  readonly containers: IdTable<MemoryContainer> = new IdTable<MemoryContainer>("container");
  readonly events: EventBus = new EventBus();
  /** What runs by exec, by its pid. */
  readonly processes: Map<number, MemoryProcess> = new Map();
  podCidr = "";
  networkReady = true;
  #lastAddress = 1;
  #lastPid = 1;

  constructor(images: ImageStore, programs: Readonly<Record<string, Program>>) {
    this.images = images;
    this.programs = programs;
  }

  containersOf(pod: Pod): readonly MemoryContainer[] {
    return this.containers.all.filter((container) => container.pod === pod);
  }

  newAddress(): string {
    this.#lastAddress++;
    return `10.88.${(this.#lastAddress >> 8) & 0xff}.${this.#lastAddress & 0xff}`;
  }

  newPid(): number {
    return ++this.#lastPid;
  }

  /** Tells everyone who listens what happened to a container, or to a pod under its own id. */
  publish(id: string, pod: Pod, containerEventType: ContainerEventType): void {
    this.events.publish({
      containerId: id,
      containerEventType,
      createdAt: now(),
      podSandboxStatus: toPodSandboxStatus(pod),
      containersStatuses: this.containersOf(pod).map(toContainerStatus),
    });
  }
}
