import type { LaunchStep } from "../generated/plan-ops.ts";
import { planHooks } from "./hooks.ts";
import { containerState, type LaunchParts } from "./launch-parts.ts";
import { slots } from "./slots.ts";

/** From `start` on, to the program. */
export function startSteps({ config, options, process }: LaunchParts): readonly LaunchStep[] {
  const { fifoReader: reader, fifoWriter: writer } = slots;
  const place = {
    phase: "start",
    directory: "",
    state: containerState(config, options, "created"),
    inherited: process.environment,
  } as const;
  return [
    ...(options.fifo === undefined
      ? []
      : [{ phase: "start", op: "awaitStart", from: "", reader, writer } as const]),
    ...process.filter,
    ...planHooks(config.hooks, "startContainer", place),
    ...process.start,
  ];
}
