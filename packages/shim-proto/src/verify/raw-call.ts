import { readFile } from "node:fs/promises";
import { connect as netConnect } from "node:net";
import { fromCodeNumber } from "@ocikit/rpc";
import type { Shim } from "../engine/shim.ts";
import { decodeResponse } from "../ttrpc/envelope.ts";
import { headerLength, maxDataLength, writeHeader } from "../ttrpc/frame.ts";
import { FrameReader } from "../ttrpc/frame-reader.ts";

/** A connection of its own for bytes that no client would send. */
export async function connectAgain({ bootstrap }: Shim): Promise<{
  /** Sends a message that is too long. Resolves with the code of the answer; UNAVAILABLE for a closed connection. */
  oversized(timeoutMs: number): Promise<string>;
  close(): void;
}> {
  const socket = netConnect(bootstrap.address.replace("unix://", ""));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return {
    oversized: (timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve("DEADLINE_EXCEEDED"), timeoutMs);
        const done = (code: string): void => {
          clearTimeout(timer);
          resolve(code);
        };
        const reader = new FrameReader({
          frame(_streamId, _type, _flags, data, start, end) {
            const { status } = decodeResponse(data, start, end);
            done(status === undefined ? "OK" : fromCodeNumber(status.code));
          },
          oversized() {},
        });
        socket.on("data", (chunk: Uint8Array) => reader.push(new Uint8Array(chunk)));
        socket.on("error", () => done("UNAVAILABLE"));
        socket.on("close", () => done("UNAVAILABLE"));
        const length = maxDataLength + 1;
        const message = new Uint8Array(headerLength + length);
        writeHeader(message, 0, { length, streamId: 1, type: 1, flags: 0 });
        socket.write(message);
      }),
    close: () => void socket.destroy(),
  };
}

/** Whether a process runs: one that has ended may wait for its parent to take notice. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    return !/^State:\s+[ZX]/m.test(await readFile(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
