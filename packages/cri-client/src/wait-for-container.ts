import { type CallOptions, limitCall, RpcError } from "@ocikit/rpc";
import type { Cri } from "./cri.ts";
import { ContainerState, type ContainerStatus } from "./gen/runtime/v1/container.ts";
import { pause } from "./pause.ts";

/** How often it is asked, at first and at most: a container that ends soon is seen soon, one that runs long costs little. */
const firstPauseMs = 20;
const longestPauseMs = 500;

export type WaitOptions = Pick<CallOptions, "signal" | "timeoutMs">;

const states: Readonly<Record<"created" | "running" | "exited", ContainerState>> = {
  created: ContainerState.CONTAINER_CREATED,
  running: ContainerState.CONTAINER_RUNNING,
  exited: ContainerState.CONTAINER_EXITED,
};

/**
 * Waits until a container is in a state, or its status is as wanted, and returns that status. Asks again and again: events
 * are not known to every runtime.
 *
 * @throws RpcError NOT_FOUND when it is gone; FAILED_PRECONDITION when it has ended and can never be as wanted
 */
export async function waitForContainer(
  cri: Cri,
  containerId: string,
  wanted: keyof typeof states | ((status: ContainerStatus) => boolean),
  options: WaitOptions = {},
): Promise<ContainerStatus> {
  const method = "wait for a container";
  const stop = new AbortController();
  let over: RpcError | undefined;
  const release = limitCall(options, method, (error) => {
    over = error;
    stop.abort(error);
  });
  const isWanted =
    typeof wanted === "string"
      ? ({ state }: ContainerStatus): boolean => state === states[wanted]
      : wanted;
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const { status } = await cri.runtime.containerStatus(
        { containerId },
        { signal: stop.signal },
      );
      if (status !== undefined && isWanted(status)) return status;
      if (status?.state === ContainerState.CONTAINER_EXITED) {
        const message = `container ${containerId} has ended with ${status.exitCode} (${status.reason})`;
        throw new RpcError("FAILED_PRECONDITION", message, { method });
      }
      await pause(pauseMs, stop.signal);
      stop.signal.throwIfAborted();
    }
  } catch (error) {
    // What was given up because of the limit fails in its own words.
    throw over ?? error;
  } finally {
    release();
  }
}
