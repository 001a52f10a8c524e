import { type FileHandle, open } from "node:fs/promises";

/** Large enough that a layer costs few turns of the loop, small enough to stay in a cache. */
const CHUNK = 128 * 1024;

/** Bytes of a file from `offset` on; at most `length` of them. */
export async function* readFileChunks(
  path: string | FileHandle,
  { offset = 0, length = Number.POSITIVE_INFINITY, signal }: ReadFileOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = typeof path === "string" ? await open(path, "r") : path;
  try {
    for (let at = offset, left = length; left > 0; ) {
      signal?.throwIfAborted();
      const buffer = new Uint8Array(Math.min(CHUNK, left));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
      at += bytesRead;
      left -= bytesRead;
    }
  } finally {
    if (typeof path === "string") await handle.close();
  }
}

export interface ReadFileOptions {
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
