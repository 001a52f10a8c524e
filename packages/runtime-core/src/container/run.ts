import type { ExitStatus, LaunchFailure } from "../host/host.ts";
import { encodePlan } from "../plan/encode.ts";
import { planCleanup } from "./cleanup.ts";
import { create, launchError } from "./create.ts";
import { remove } from "./delete.ts";
import { describeFailure } from "./describe-failure.ts";
import type { CreateOptions } from "./prepare.ts";
import { runPoststart, startError, type Warn } from "./start.ts";
import type { Store } from "./store.ts";

export interface RunOptions extends Omit<CreateOptions, "waits"> {
  /** Whether a container that ended is not deleted. */
  readonly keep: boolean;
  /** Whether its process was brought back from disk, and has been started long ago. */
  readonly restored?: boolean;
}

/**
 * Creates and starts a container. Unless it is detached we stay until it ends, and delete it then.
 *
 * @throws what `create` throws; nothing is left then
 * @returns how it ended, or undefined when it was detached from
 */
export async function run(
  store: Store,
  id: string,
  options: RunOptions,
  warn: Warn,
): Promise<ExitStatus | undefined> {
  const { state, process, prepared } = await create(store, id, { ...options, waits: false });
  for (const warning of prepared.warnings) await warn(warning);
  const failure = await process.start();
  const late = failure || options.restored ? undefined : await runPoststart(store, state);
  if (failure || late) {
    const error = failure
      ? await launchError(prepared, failure)
      : await startError(store, state, late as LaunchFailure);
    await remove(store, id, { force: true }, warn);
    throw error;
  }
  if (options.detached) {
    await process.detach();
    return undefined;
  }
  const cleanup = options.keep ? [] : planCleanup(store, state, { unitStays: true });
  const { status, failure: left } = await process.relay(
    cleanup.length === 0 ? undefined : encodePlan(cleanup),
  );
  if (left) await warn(describeFailure(cleanup, left).text);
  return status;
}
