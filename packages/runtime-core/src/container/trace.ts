import { RuntimeError } from "../error.ts";
import type { ExitStatus } from "../host/host.ts";
import type { LaunchPlan } from "../plan/plan.ts";
import { readTrace, type Trace, withTrace } from "../plan/trace.ts";
import { type RunOptions, run } from "./run.ts";
import type { Warn } from "./start.ts";
import { containerDirectory, type Store } from "./store.ts";

/** A run whose steps were timed. */
export interface TracedRun extends Trace {
  /** Nanoseconds since 1970: when we began, and when the program was executed. */
  readonly beganNs: bigint;
  readonly startedNs: bigint;
}

/**
 * Runs a container as `run` does, and tells once its program runs when each step of the launch was carried out.
 *
 * @throws what `run` throws
 */
export async function runTraced(
  store: Store,
  id: string,
  options: Pick<RunOptions, "bundle">,
  tell: (traced: TracedRun) => Promise<void>,
  warn: Warn,
): Promise<ExitStatus | undefined> {
  const { host } = store;
  const path = `${containerDirectory(store, id)}/trace`;
  const beganNs = host.clock.now();
  let plan: LaunchPlan | undefined;
  const started = async (): Promise<void> => {
    const startedNs = host.clock.now();
    const file = await host.files.readBytes(path);
    if (file === undefined || plan === undefined)
      throw new RuntimeError("BROKEN_STATE", `${path} is gone`, { containerId: id });
    await tell({ ...readTrace(plan.steps, file), beganNs, startedNs });
  };
  const changePlan = (planned: LaunchPlan): LaunchPlan => {
    plan = { ...planned, steps: withTrace(planned.steps, path) };
    return plan;
  };
  return run(store, id, { ...options, detached: false, keep: false, changePlan, started }, warn);
}
