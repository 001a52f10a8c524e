import { type CallOptions, RpcError } from "@ocikit/rpc";
import type { Cri } from "./cri.ts";
import { type Container, ContainerState } from "./gen/runtime/v1/container.ts";
import { ContainerEventType } from "./gen/runtime/v1/event.ts";
import { type PodSandbox, PodSandboxState } from "./gen/runtime/v1/sandbox.ts";
import { eachContainer, eachPod } from "./lists.ts";
import { pause } from "./pause.ts";

/** How often lists are compared where the runtime tells no events. */
const defaultPollMs = 500;

/** Something happened to a container or a pod. */
export interface RuntimeEvent {
  readonly type: "created" | "started" | "stopped" | "deleted";
  readonly kind: "container" | "pod";
  readonly id: string;
  /** The pod it belongs to; of a pod its own id. */
  readonly podSandboxId: string;
  /** When it happened, in nanoseconds since 1970; where it was only found out, when that was. */
  readonly timeNs: bigint;
}

export interface WatchOptions extends Pick<CallOptions, "signal"> {
  /** Milliseconds between two looks where the runtime tells no events; 500 when it is not said. */
  readonly pollMs?: number | undefined;
}

const types = {
  [ContainerEventType.CONTAINER_CREATED_EVENT]: "created",
  [ContainerEventType.CONTAINER_STARTED_EVENT]: "started",
  [ContainerEventType.CONTAINER_STOPPED_EVENT]: "stopped",
  [ContainerEventType.CONTAINER_DELETED_EVENT]: "deleted",
} as const;

/**
 * What happens to pods and containers from now on; some runtimes begin with what they have not told anybody yet
 * (containerd: of the last five minutes). Where the runtime tells no events (containerd before 1.7), lists are compared
 * instead: what begins and ends between two looks is then seen only where it leaves a trace.
 *
 * Ends with its signal; the loop ends as well, it does not fail.
 */
export async function* watchEvents(
  cri: Cri,
  options: WatchOptions = {},
): AsyncGenerator<RuntimeEvent, void, undefined> {
  const { signal } = options;
  try {
    for await (const event of cri.runtime.getContainerEvents({}, { signal })) {
      const { containerId: id, podSandboxStatus, createdAt, containerEventType } = event;
      const podSandboxId = podSandboxStatus?.id ?? "";
      const kind = id === podSandboxId ? "pod" : "container";
      yield { type: types[containerEventType], kind, id, podSandboxId, timeNs: createdAt };
    }
  } catch (error) {
    if (signal?.aborted === true) return;
    if (!(error instanceof RpcError) || error.code !== "UNIMPLEMENTED") throw error;
    yield* compareLists(cri, options);
  }
}

/** What a look at the lists shows of one thing. */
interface Seen {
  readonly kind: RuntimeEvent["kind"];
  readonly podSandboxId: string;
  readonly phase: "created" | "running" | "ended";
  readonly createdAt: bigint;
}

async function* compareLists(
  cri: Cri,
  { signal, pollMs = defaultPollMs }: WatchOptions,
): AsyncGenerator<RuntimeEvent, void, undefined> {
  let before: ReadonlyMap<string, Seen> | undefined;
  while (signal?.aborted !== true) {
    let now: ReadonlyMap<string, Seen>;
    try {
      now = await look(cri, signal);
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    }
    if (before !== undefined) yield* differences(before, now);
    before = now;
    await pause(pollMs, signal);
  }
}

async function look(cri: Cri, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  for await (const pod of eachPod(cri, {}, { signal })) seen.set(pod.id, seenPod(pod));
  for await (const one of eachContainer(cri, {}, { signal })) seen.set(one.id, seenContainer(one));
  return seen;
}

function seenPod({ id, state, createdAt }: PodSandbox): Seen {
  const phase = state === PodSandboxState.SANDBOX_READY ? "running" : "ended";
  return { kind: "pod", podSandboxId: id, phase, createdAt };
}

function seenContainer({ podSandboxId, state, createdAt }: Container): Seen {
  const phase =
    state === ContainerState.CONTAINER_CREATED
      ? "created"
      : state === ContainerState.CONTAINER_RUNNING
        ? "running"
        : "ended";
  return { kind: "container", podSandboxId, phase, createdAt };
}

/** The events that lead from one look to the next, those in between that must have been included. */
export function differences(
  before: ReadonlyMap<string, Seen>,
  now: ReadonlyMap<string, Seen>,
): RuntimeEvent[] {
  const found = BigInt(Date.now()) * 1_000_000n;
  const steps = ["created", "running", "ended"] as const;
  const names = { created: "created", running: "started", ended: "stopped" } as const;
  const events: RuntimeEvent[] = [];
  for (const [id, { kind, podSandboxId, phase, createdAt }] of now) {
    const from = before.get(id)?.phase;
    const passed = steps.slice(
      from === undefined ? 0 : steps.indexOf(from) + 1,
      steps.indexOf(phase) + 1,
    );
    for (const step of passed) {
      const timeNs = step === "created" ? createdAt : found;
      events.push({ type: names[step], kind, id, podSandboxId, timeNs });
    }
  }
  for (const [id, { kind, podSandboxId, phase }] of before) {
    if (now.has(id)) continue;
    const gone = { kind, id, podSandboxId, timeNs: found };
    if (phase === "running") events.push({ type: "stopped", ...gone });
    events.push({ type: "deleted", ...gone });
  }
  return events;
}
