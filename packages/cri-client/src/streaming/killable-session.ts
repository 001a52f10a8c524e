import { killCommand, type ProcessIdentity, readIdentity } from "./killable.ts";
import { ProcessSession } from "./process-session.ts";
import type { ProcessWire } from "./process-wire.ts";
import { streamError } from "./web-streams.ts";

/** How long sending a signal may take, in seconds. */
const killTimeout = 10;

/** How long a command that is no longer wanted may take to say who it is. */
const lateIdentityMs = 2000;

/** Runs a command in the same container, and waits for its end. */
export type RunSync = (command: string[], seconds: number) => Promise<unknown>;

/**
 * Opens a session whose command gets signals and does not outlive it. When `signal` aborts on the way, the session is
 * opened all the same: the command may be running by then, and who does not know its name can't end it.
 */
export async function openKillable(
  method: string,
  open: (signal: AbortSignal) => Promise<ProcessWire>,
  signal: AbortSignal,
  runSync: RunSync,
): Promise<ProcessSession> {
  const late = abortLater(signal, lateIdentityMs);
  try {
    const wire = await open(late.signal);
    const identity = await identityOf(wire, method, late.signal);
    const kill = async (name: string): Promise<void> => {
      if (identity !== undefined) await runSync(killCommand(identity, name), killTimeout);
    };
    if (signal.aborted) {
      await kill("KILL");
      wire.destroy();
      throw signal.reason;
    }
    return new ProcessSession(wire, method, signal, kill);
  } finally {
    late.release();
  }
}

/** Waits until the command has said who it is. */
async function identityOf(
  { stdout, destroy }: ProcessWire,
  method: string,
  signal: AbortSignal,
): Promise<ProcessIdentity | undefined> {
  const abort = (): void => destroy(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return stdout === undefined ? undefined : await readIdentity(stdout);
  } catch (error) {
    destroy();
    throw streamError(error, method);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** A signal that aborts so much later than another. */
function abortLater(signal: AbortSignal, ms: number): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => controller.abort(signal.reason), ms);
  };
  signal.addEventListener("abort", begin);
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      signal.removeEventListener("abort", begin);
    },
  };
}
