import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/** Makes FIFOs for their owner alone. JavaScript has no call for it, so the system's program does it. */
export async function makeFifos(paths: readonly string[]): Promise<void> {
  await promisify(execFile)("mkfifo", ["-m", "600", ...paths]);
}

/** A FIFO open for reading. */
export interface FifoReader {
  readonly stream: Socket;
  /** From now on the stream ends when the last writer goes. */
  readonly release: () => void;
}

/** Opens a FIFO for reading without waiting for a writer. One without a writer is at its end at once, so one is held. */
export function openFifoReader(path: string): FifoReader {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let keeper: number | undefined = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const stream = new Socket({ fd, readable: true, writable: false });
  const release = (): void => {
    if (keeper !== undefined) closeSync(keeper);
    keeper = undefined;
  };
  stream.once("close", release);
  return { stream, release };
}

/**
 * Opens the FIFO a shim logs to, `log` in its bundle, which the engine makes: the shim waits for its reader, and a full
 * FIFO stops it, so what comes is read whether somebody wants it or not. Returns what closes it.
 */
export async function openShimLog(
  bundle: string,
  onLog: ((chunk: Uint8Array) => void) | undefined,
): Promise<() => void> {
  const path = join(bundle, "log");
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) await makeFifos([path]);
  // A shim that logs to a plain file wants no reader.
  else if (!found.isFIFO()) return () => {};
  const { stream } = openFifoReader(path);
  stream.unref();
  stream.on("data", (chunk) => onLog?.(chunk));
  // The log is no reason to fail: what can't be read is lost.
  stream.on("error", () => stream.destroy());
  return () => stream.destroy();
}
