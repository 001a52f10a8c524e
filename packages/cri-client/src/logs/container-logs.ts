import { RpcError } from "@ocikit/rpc";
import type { RuntimeClient } from "../cri.ts";
import { ContainerState } from "../gen/runtime/v1/container.ts";
import type { LogLine } from "./line-joiner.ts";
import { type ReadLogsOptions, readLogs } from "./read-logs.ts";

export type LogsOptions = Omit<ReadLogsOptions, "isRunning">;

/**
 * The lines of a container's log, which must be on this machine. Followed, they end when the container has.
 *
 * @throws RpcError FAILED_PRECONDITION for a container that was made without a log; the system's error when the log is not
 * here
 */
export async function* containerLogs(
  runtime: RuntimeClient,
  containerId: string,
  options: LogsOptions = {},
): AsyncGenerator<LogLine, void, undefined> {
  const { signal } = options;
  const { status } = await runtime.containerStatus({ containerId }, { signal });
  if (status === undefined || status.logPath === "") {
    throw new RpcError("FAILED_PRECONDITION", `container ${containerId} has no log`);
  }
  const isRunning = async (): Promise<boolean> => {
    try {
      const { containers } = await runtime.listContainers(
        { filter: { id: status.id } },
        { signal },
      );
      const state = containers[0]?.state;
      return (
        state === ContainerState.CONTAINER_CREATED || state === ContainerState.CONTAINER_RUNNING
      );
    } catch (error) {
      // The reading ends in order then.
      if (signal?.aborted === true) return false;
      throw error;
    }
  };
  yield* readLogs(status.logPath, { ...options, isRunning });
}
