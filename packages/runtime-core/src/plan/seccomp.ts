import type { LaunchStep } from "../generated/plan-ops.ts";
import { gates } from "./gates.ts";
import { slots } from "./slots.ts";
import { pidHole } from "./template.ts";

/** A compiled filter, and who is told of calls that it hands over. */
export interface SeccompFilter {
  readonly program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* bits. */
  readonly flags: number;
  readonly listener?: SeccompListener;
}

export interface SeccompListener {
  /** Of a stream socket; `@name` is in the abstract name space. */
  readonly path: string;
  readonly metadata?: string;
}

/**
 * The container process state that a listener gets (config-linux.md#containerprocessstate).
 *
 * @param state JSON text of the container's state
 */
function processState({ metadata }: SeccompListener, ociVersion: string, state: string): string {
  const head = JSON.stringify({ ociVersion, fds: ["seccompFd"] }).slice(0, -1);
  const more = metadata === undefined ? "" : `"metadata":${JSON.stringify(metadata)},`;
  return `${head},"pid":${pidHole},${more}"state":${state}}`;
}

/** The state that a listener is told, of the specification's version and the container. */
export interface ListenerState {
  readonly ociVersion: string;
  /** JSON text, perhaps with the process id left open. */
  readonly container: string;
}

/** What both sides do about a filter; the process does its part at one place of its phase. */
export interface SeccompSteps {
  readonly host: readonly LaunchStep[];
  readonly process: readonly LaunchStep[];
}

/**
 * Loads a filter and hands its notifications to the listener. From the moment it is loaded a call may wait
 * for an answer that only the listener gives, so the process does nothing but write where its descriptor
 * is, and read that it has arrived: the launching side takes and sends it.
 */
export function planSeccomp(
  filter: SeccompFilter,
  phase: "container" | "start",
  state: ListenerState,
): SeccompSteps {
  const { program, flags, listener } = filter;
  const load = { phase, op: "loadSeccomp", from: "/linux/seccomp", program, flags } as const;
  if (listener === undefined) return { host: [], process: [load] };
  const from = "/linux/seccomp/listenerPath";
  const slot = slots.listener;
  const text = processState(listener, state.ociVersion, state.container);
  return {
    host: [
      { phase: "host", op: "takeListener", from, slot },
      { phase: "host", op: "connectSocket", from, path: listener.path, slot: slots.agent },
      { phase: "host", op: "sendDescriptor", from, socket: slots.agent, descriptor: slot, text },
      { phase: "host", op: "pass", from, gate: gates.listener },
    ],
    process: [
      { ...load, listener: slot },
      { phase: "container", op: "offerListener", from, listener: slot, gate: gates.listener },
    ],
  };
}
