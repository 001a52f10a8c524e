import { errnoName } from "../errno.ts";
import { systemError } from "../host/node/error.ts";
import { failureOf } from "../host/node/launcher.ts";
import { LauncherProcess, request } from "../host/node/launcher-process.ts";
import { encodePlan } from "../plan/encode.ts";

/** Of the launcher: as long as it takes. */
const forever = 0xffffffff;

/**
 * Settles as the promise does, or fails with the signal's reason when that comes first.
 */
export async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Waits until a process that is no child of ours has ended. */
export async function waitGone(
  path: string | undefined,
  pid: number,
  startTime: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const step = {
    phase: "host",
    op: "awaitExit",
    from: "",
    pid,
    startTime,
    timeoutMs: forever,
  } as const;
  const launcher = new LauncherProcess({ path, streams: ["ignore", "ignore", "ignore"] });
  const answer = launcher.ask(request.perform, encodePlan([step]));
  // When it is killed for the sake of the signal nobody hears it.
  answer.catch(() => {});
  try {
    const failure = failureOf(await orAborted(answer, signal));
    if (failure) throw systemError(errnoName(failure.errno), failure.syscall, `process ${pid}`);
  } finally {
    launcher.kill();
    await launcher.close();
  }
}
