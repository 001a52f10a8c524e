import type { CallOptions } from "./call-options.ts";
import { RpcError } from "./error.ts";

// A longer delay makes setTimeout fire at once, with a warning on stderr.
const maxDelayMs = 2 ** 31 - 1;

const nothing = (): void => {};

/**
 * Runs `expire` once so many milliseconds from now, also where one timer can't wait that long. Returns what takes it back.
 *
 * Throws a RangeError when the number is not one.
 */
export function startDeadline(timeoutMs: number, expire: () => void): () => void {
  if (Number.isNaN(timeoutMs)) throw new RangeError("timeoutMs is not a number");
  if (timeoutMs === Number.POSITIVE_INFINITY) return nothing;
  let timer: ReturnType<typeof setTimeout>;
  const wait = (leftMs: number): void => {
    const delay = Math.min(leftMs, maxDelayMs);
    timer = setTimeout(() => (leftMs > delay ? wait(leftMs - delay) : expire()), delay);
  };
  wait(Math.max(0, timeoutMs));
  return () => clearTimeout(timer);
}

/**
 * Holds a call to its signal and its deadline: `end` is called once, with CANCELLED or DEADLINE_EXCEEDED, at once when
 * the signal has aborted already. Returns what takes both back when the call ended by itself.
 */
export function limitCall(
  options: CallOptions,
  method: string,
  end: (error: RpcError) => void,
): () => void {
  const { signal, timeoutMs } = options;
  if (signal === undefined && timeoutMs === undefined) return nothing;

  let stopDeadline = nothing;
  const release = (): void => {
    stopDeadline();
    signal?.removeEventListener("abort", cancel);
  };
  const cancel = (): void => {
    release();
    end(
      new RpcError("CANCELLED", describeReason(signal?.reason), { cause: signal?.reason, method }),
    );
  };
  if (signal?.aborted === true) {
    cancel();
    return nothing;
  }
  signal?.addEventListener("abort", cancel, { once: true });
  if (timeoutMs !== undefined) {
    stopDeadline = startDeadline(timeoutMs, () => {
      release();
      end(new RpcError("DEADLINE_EXCEEDED", `no answer within ${timeoutMs} ms`, { method }));
    });
  }
  return release;
}

function describeReason(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
