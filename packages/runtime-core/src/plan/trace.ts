import type { LaunchStep, StepOrigin } from "../generated/plan-ops.ts";
import { describeStep } from "./describe.ts";
import { slots } from "./slots.ts";

/** The same plan, but each of its steps leaves its times in a file, which must not be there yet. */
export function withTrace(steps: readonly LaunchStep[], path: string): readonly LaunchStep[] {
  const inside = steps.findIndex(({ phase }) => phase === "container");
  const host = steps
    .slice(0, inside)
    .map((step) =>
      step.op === "clone" ? { ...step, inherit: [...(step.inherit ?? []), slots.trace] } : step,
    );
  return [
    { phase: "host", op: "trace", from: "", path, slot: slots.trace },
    ...host,
    { phase: "container", op: "joinTrace", from: "", slot: slots.trace },
    ...steps.slice(inside),
  ];
}

/** When one step ran, in nanoseconds since 1970. */
export interface TracedStep {
  readonly phase: LaunchStep["phase"];
  readonly op: LaunchStep["op"];
  /** JSON pointer into config.json, or empty. */
  readonly from: string;
  readonly text: string;
  readonly beganNs: bigint;
  /** Undefined for the last one: it ends in the program. */
  readonly endedNs: bigint | undefined;
}

export interface Trace {
  /** Process that carried out the steps on the host. */
  readonly hostPid: number;
  /** In the order of the plan, without those that keep the times. */
  readonly steps: readonly TracedStep[];
}

const recordBytes = 16;

/** Reads what the steps of a plan have left in the file. */
export function readTrace(steps: readonly (LaunchStep & StepOrigin)[], file: Uint8Array): Trace {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const at = (index: number): bigint => view.getBigUint64(index * 8, true);
  const traced: TracedStep[] = [];
  for (const [index, step] of steps.entries()) {
    const record = index + 1;
    if ((record + 1) * recordBytes > file.byteLength) break;
    const [began, ended] = [at(2 * record), at(2 * record + 1)];
    if (began === 0n || step.op === "joinTrace") continue;
    const { phase, op, from } = step;
    traced.push({
      phase,
      op,
      from,
      text: describeStep(step),
      beganNs: began,
      endedNs: ended === 0n ? undefined : ended,
    });
  }
  return { hostPid: file.byteLength < recordBytes ? 0 : Number(at(0)), steps: traced };
}
