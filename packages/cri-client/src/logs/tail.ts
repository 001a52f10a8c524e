import type { FileHandle } from "node:fs/promises";
import { parseLogEntry } from "./entry.ts";

const lineEnd = 0x0a;
const blockBytes = 64 * 1024;
/** No runtime writes an entry anywhere near this long: such a file is something else, and is shown from there. */
const maxEntryBytes = 16 * 1024 * 1024;

/**
 * The offset in a log file from which on it holds the last `count` lines as the container wrote them: the pieces of a
 * long line count as one, and so does a line that has not ended. Reads backwards, so that a file of gigabytes costs no
 * more than what is shown.
 */
export async function findTail(file: FileHandle, size: number, count: number): Promise<number> {
  if (count <= 0) return size;
  let lines = 0;
  for await (const { end, whole } of entriesBackwards(file, size)) {
    // The first one seen is the last in the file: if nothing ends it, it is a line of its own.
    if ((whole || lines === 0) && ++lines > count) return end;
  }
  return 0;
}

/** The entries of a file from the last to the first: where each ends, and whether it ends a line of the container. */
async function* entriesBackwards(
  file: FileHandle,
  size: number,
): AsyncGenerator<{ end: number; whole: boolean }, void, undefined> {
  let start = size;
  let held: Buffer = Buffer.alloc(0);
  while (start > 0 && held.length <= maxEntryBytes) {
    const block = Buffer.alloc(Math.min(blockBytes, start));
    start -= block.length;
    await file.read(block, 0, block.length, start);
    held = held.length === 0 ? block : Buffer.concat([block, held]);
    for (;;) {
      // The last byte held is the line end of the entry itself; the one before that ends the entry ahead of it.
      const from = held.lastIndexOf(lineEnd, -2) + 1;
      if (held.length === 0 || (from === 0 && start > 0)) break;
      const ended = held.at(-1) === lineEnd;
      const entry = parseLogEntry(held.subarray(from, ended ? -1 : undefined));
      yield { end: start + held.length, whole: ended && entry?.partial !== true };
      held = held.subarray(0, from);
    }
  }
}
