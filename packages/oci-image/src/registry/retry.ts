import { RegistryError } from "./error.ts";

export interface RetryOptions {
  /** How often a request is made at most; 5 by default. */
  readonly attempts?: number | undefined;
  /** Milliseconds before the second attempt, doubled for each one after it up to 10 s; 250 by default. */
  readonly delayMs?: number | undefined;
}

/** A server that asks for a longer pause is told of as an error rather than waited for. */
const MAX_WAIT_MS = 60_000;

/** Pauses grow no longer than this. */
const MAX_BACKOFF_MS = 10_000;

/**
 * Does something until it succeeds, as long as its errors say that this may help. Waits longer each
 * time, and as long as the server asks. `progressed` tells that an attempt got further than those
 * before it, which starts the count again.
 */
export async function withRetries<T>(
  options: RetryOptions | undefined,
  signal: AbortSignal | undefined,
  act: (progressed: () => void) => Promise<T>,
): Promise<T> {
  const { attempts = 5, delayMs = 250 } = options ?? {};
  for (let attempt = 1; ; attempt++) {
    try {
      return await act(() => {
        attempt = 0;
      });
    } catch (error) {
      signal?.throwIfAborted();
      const again = error instanceof RegistryError && error.retryable && attempt < attempts;
      if (!again) throw error;
      // Spread out, so that clients that failed together do not come back together.
      const backoff = Math.min(delayMs * 2 ** attempt, MAX_BACKOFF_MS) * (0.5 + Math.random() / 2);
      const wait = error.retryAfterMs ?? backoff;
      if (wait > MAX_WAIT_MS) throw error;
      await pause(wait, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
