import type { ExitStatus, Launched, LaunchFailure } from "../host/host.ts";
import { encodePlan } from "../plan/encode.ts";
import { planCleanup } from "./cleanup.ts";
import { create, launchError } from "./create.ts";
import { remove } from "./delete.ts";
import { describeFailure } from "./describe-failure.ts";
import { notifyDirectory, planNotify } from "./notify.ts";
import type { CreateOptions, Prepared } from "./prepare.ts";
import { runPoststart, start, startError, type Warn } from "./start.ts";
import type { Store } from "./store.ts";

export interface RunOptions extends Omit<CreateOptions, "waits"> {
  /** Whether a container that ended is not deleted. */
  readonly keep: boolean;
  /** Called once the program runs, before we stay with it. */
  readonly started?: (() => Promise<void>) | undefined;
}

/** Starts a container that nobody stays with, and waits until it says that it is ready. */
async function startReady(
  store: Store,
  id: string,
  process: Launched,
  prepared: Prepared,
  warn: Warn,
): Promise<void> {
  try {
    const failure = await process.release();
    if (failure) throw await launchError(prepared, failure);
    await start(store, id);
  } catch (error) {
    await remove(store, id, { force: true }, warn);
    throw error;
  }
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
  const waits = options.detached && (await notifyDirectory(store, id)) !== undefined;
  const { state, process, prepared } = await create(store, id, { ...options, waits });
  for (const warning of prepared.warnings) await warn(warning);
  if (waits) {
    await startReady(store, id, process, prepared, warn);
    return undefined;
  }
  const notify = await planNotify(store, state, false);
  const untold =
    notify.length > 0 ? await store.host.launcher.perform(encodePlan(notify)) : undefined;
  const failure = untold ? undefined : await process.start();
  const beside = untold || failure || options.restored ? untold : await runPoststart(store, state);
  if (failure || beside) {
    // Nobody waits for it here any more, and once it is ended its parent must.
    if (beside && !untold) await process.detach();
    const error = failure
      ? await launchError(prepared, failure)
      : await startError(store, state, beside as LaunchFailure);
    await process.detach();
    await remove(store, id, { force: true }, warn);
    throw error;
  }
  await options.started?.();
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
