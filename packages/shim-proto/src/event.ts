import { type AnyMessage, type MessageInit, type MessageType, RpcError } from "@ocikit/rpc";
import * as container from "./gen/events/container.ts";
import * as content from "./gen/events/content.ts";
import * as image from "./gen/events/image.ts";
import * as namespace from "./gen/events/namespace.ts";
import * as sandbox from "./gen/events/sandbox.ts";
import * as snapshot from "./gen/events/snapshot.ts";
import * as task from "./gen/events/task.ts";
import { Envelope } from "./gen/types/event.ts";
import { toTimestamp } from "./timestamp.ts";

/** Every event by the topic it is published under; a topic has one type and a type one topic. */
interface EventTypes {
  readonly "/tasks/create": typeof task.TaskCreate;
  readonly "/tasks/start": typeof task.TaskStart;
  readonly "/tasks/exit": typeof task.TaskExit;
  readonly "/tasks/delete": typeof task.TaskDelete;
  readonly "/tasks/oom": typeof task.TaskOOM;
  readonly "/tasks/exec-added": typeof task.TaskExecAdded;
  readonly "/tasks/exec-started": typeof task.TaskExecStarted;
  readonly "/tasks/paused": typeof task.TaskPaused;
  readonly "/tasks/resumed": typeof task.TaskResumed;
  readonly "/tasks/checkpointed": typeof task.TaskCheckpointed;
  readonly "/sandboxes/create": typeof sandbox.SandboxCreate;
  readonly "/sandboxes/start": typeof sandbox.SandboxStart;
  readonly "/sandboxes/exit": typeof sandbox.SandboxExit;
  readonly "/containers/create": typeof container.ContainerCreate;
  readonly "/containers/update": typeof container.ContainerUpdate;
  readonly "/containers/delete": typeof container.ContainerDelete;
  readonly "/images/create": typeof image.ImageCreate;
  readonly "/images/update": typeof image.ImageUpdate;
  readonly "/images/delete": typeof image.ImageDelete;
  readonly "/content/create": typeof content.ContentCreate;
  readonly "/content/delete": typeof content.ContentDelete;
  readonly "/namespaces/create": typeof namespace.NamespaceCreate;
  readonly "/namespaces/update": typeof namespace.NamespaceUpdate;
  readonly "/namespaces/delete": typeof namespace.NamespaceDelete;
  readonly "/snapshot/prepare": typeof snapshot.SnapshotPrepare;
  readonly "/snapshot/commit": typeof snapshot.SnapshotCommit;
  readonly "/snapshot/remove": typeof snapshot.SnapshotRemove;
}

const codecs: EventTypes = {
  "/tasks/create": task.TaskCreate,
  "/tasks/start": task.TaskStart,
  "/tasks/exit": task.TaskExit,
  "/tasks/delete": task.TaskDelete,
  "/tasks/oom": task.TaskOOM,
  "/tasks/exec-added": task.TaskExecAdded,
  "/tasks/exec-started": task.TaskExecStarted,
  "/tasks/paused": task.TaskPaused,
  "/tasks/resumed": task.TaskResumed,
  "/tasks/checkpointed": task.TaskCheckpointed,
  "/sandboxes/create": sandbox.SandboxCreate,
  "/sandboxes/start": sandbox.SandboxStart,
  "/sandboxes/exit": sandbox.SandboxExit,
  "/containers/create": container.ContainerCreate,
  "/containers/update": container.ContainerUpdate,
  "/containers/delete": container.ContainerDelete,
  "/images/create": image.ImageCreate,
  "/images/update": image.ImageUpdate,
  "/images/delete": image.ImageDelete,
  "/content/create": content.ContentCreate,
  "/content/delete": content.ContentDelete,
  "/namespaces/create": namespace.NamespaceCreate,
  "/namespaces/update": namespace.NamespaceUpdate,
  "/namespaces/delete": namespace.NamespaceDelete,
  "/snapshot/prepare": snapshot.SnapshotPrepare,
  "/snapshot/commit": snapshot.SnapshotCommit,
  "/snapshot/remove": snapshot.SnapshotRemove,
};

/** A topic events are published under. */
export type EventTopic = keyof EventTypes;

/** The event of a topic. */
export type EventOf<Topic extends EventTopic> = ReturnType<EventTypes[Topic]["decode"]>;

/** What may be given where the event of a topic is wanted: any part of it. */
export type EventInit<Topic extends EventTopic> = MessageInit<EventTypes[Topic]>;

/** An event with its topic: switch on `topic`. */
export type ContainerdEvent = {
  [Topic in EventTopic]: { readonly topic: Topic; readonly event: EventOf<Topic> };
}[EventTopic];

/** The events a shim publishes about its tasks. */
export type TaskEvent = Extract<ContainerdEvent, { readonly topic: `/tasks/${string}` }>;

/** Every topic. */
export const eventTopics: readonly EventTopic[] = Object.keys(codecs) as EventTopic[]; // as: keys of that type

const topicOfType: ReadonlyMap<string, EventTopic> = new Map(
  eventTopics.map((topic) => [codecs[topic].$type, topic]),
);

/** The message an event of a topic is: its type URL, bare as containerd writes it. */
export function eventTypeOf(topic: EventTopic): string {
  return codecs[topic].$type;
}

/** Puts an event into an `Any`. */
export function encodeEvent<Topic extends EventTopic>(
  topic: Topic,
  event: EventInit<Topic>,
): AnyMessage {
  // as: the type system does not see that a topic's codec takes the topic's event.
  const codec = codecs[topic] as MessageType as MessageType<unknown, EventInit<Topic>>;
  return { typeUrl: codecs[topic].$type, value: codec.encode(codec.fromPartial(event)).finish() };
}

/**
 * Takes the event out of an `Any`; undefined when there is none or its type is unknown. Throws an RpcError
 * INVALID_ARGUMENT when its bytes are not of its type.
 */
export function decodeEvent(any: AnyMessage | undefined): ContainerdEvent | undefined {
  const typeUrl = any?.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1);
  const topic = typeUrl === undefined ? undefined : topicOfType.get(typeUrl);
  if (any === undefined || topic === undefined) return undefined;
  try {
    return { topic, event: codecs[topic].decode(any.value) } as ContainerdEvent; // as: one codec made both
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RpcError("INVALID_ARGUMENT", `event ${typeUrl} can't be read: ${message}`, {
      cause: error,
    });
  }
}

/** Puts an event into the envelope it travels in, stamped with the time of now. */
export function toEnvelope<Topic extends EventTopic>(
  topic: Topic,
  event: EventInit<Topic>,
  namespace: string,
): Envelope {
  return Envelope.fromPartial({
    timestamp: toTimestamp(),
    namespace,
    topic,
    event: encodeEvent(topic, event),
  });
}
