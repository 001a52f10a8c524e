import { ContainerState } from "../gen/runtime/v1/container.ts";
import { PodSandboxState } from "../gen/runtime/v1/sandbox.ts";
import { CliError } from "./cli-error.ts";

const containerStates: Readonly<Record<string, ContainerState>> = {
  created: ContainerState.CONTAINER_CREATED,
  running: ContainerState.CONTAINER_RUNNING,
  exited: ContainerState.CONTAINER_EXITED,
  unknown: ContainerState.CONTAINER_UNKNOWN,
};

const podStates: Readonly<Record<string, PodSandboxState>> = {
  ready: PodSandboxState.SANDBOX_READY,
  notready: PodSandboxState.SANDBOX_NOTREADY,
};

export function parseContainerState(text: string): ContainerState {
  return find(containerStates, text);
}

export function parsePodState(text: string): PodSandboxState {
  return find(podStates, text);
}

/** A state as tables show it: Running. */
export function showContainerState(state: ContainerState): string {
  return show(containerStates, state);
}

export function showPodState(state: PodSandboxState): string {
  return state === PodSandboxState.SANDBOX_NOTREADY ? "NotReady" : show(podStates, state);
}

function find<State>(states: Readonly<Record<string, State>>, text: string): State {
  const state = states[text.toLowerCase()];
  if (state === undefined) {
    throw new CliError(
      `--state takes ${Object.keys(states).join(", ")}, not ${JSON.stringify(text)}`,
      2,
    );
  }
  return state;
}

function show(states: Readonly<Record<string, number>>, state: number): string {
  const name = Object.entries(states).find(([, number]) => number === state)?.[0] ?? String(state);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
