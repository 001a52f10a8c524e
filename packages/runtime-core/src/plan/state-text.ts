import { pidHole } from "./template.ts";

export interface HookState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: "creating" | "created" | "running" | "stopped";
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The state of a container as hooks read it (runtime.md#state), with the process id left open while it has one. */
export function hookState(state: HookState): string {
  const { ociVersion, id, status, bundle, annotations } = state;
  const head = JSON.stringify({ ociVersion, id, status }).slice(0, -1);
  const tail = JSON.stringify({ bundle, ...(annotations && { annotations }) }).slice(1);
  return status === "stopped" ? `${head},${tail}` : `${head},"pid":${pidHole},${tail}`;
}
