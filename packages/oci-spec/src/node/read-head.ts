import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** A FIFO would otherwise be waited for, and a terminal taken over. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The first bytes of a regular file, at most `limit`; undefined for what is none. */
export function readHead(path: string, limit: number): Uint8Array | undefined {
  const file = openSync(path, flags);
  try {
    if (!fstatSync(file).isFile()) return undefined;
    const bytes = new Uint8Array(limit);
    let length = 0;
    // Files of /proc say that they are empty: only reading tells.
    for (let count = 1; count > 0 && length < limit; length += count) {
      count = readSync(file, bytes, length, limit - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
