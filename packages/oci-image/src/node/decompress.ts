import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { ImageError } from "../error.ts";
import { type Compression, sniffCompression } from "../media-type.ts";

/** Inflating goes on in another thread while a piece is worked on, so pieces are large. */
const PIECE = 1 << 19;

/** Pieces that may wait; with this many the other thread rests. */
const MAX_WAITING = 2;

/** zstd windows above 128 MiB are refused: a layer of a few bytes could demand gigabytes. */
const MAX_WINDOW_LOG = 27;

/**
 * The archive inside a layer's blob, whose first bytes say how it is compressed.
 *
 * Throws `COMPRESSION_INVALID` where the stream is damaged or cut short.
 */
export async function* decompressed(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  const head = await chunks.next();
  if (head.done) return;
  const all = prepend(head.value, chunks);
  const compression = sniffCompression(head.value);
  if (compression === "none") yield* all;
  else {
    const decompressor = decompressorFor(compression);
    yield* decompressor === undefined ? zstdInScript(all) : through(all, decompressor, compression);
  }
}

async function* prepend(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** The platform's own, or undefined where it has none (zstd before Node 22.15). */
function decompressorFor(compression: Exclude<Compression, "none">): Transform | undefined {
  if (compression === "gzip") return zlib.createGunzip({ chunkSize: PIECE });
  if (zlib.createZstdDecompress === undefined) return undefined;
  const { ZSTD_d_windowLogMax } = zlib.constants;
  return zlib.createZstdDecompress({
    chunkSize: PIECE,
    params: { [ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  });
}

/**
 * Feeds a transform and hands out what comes, a turn of the event loop apart: only there can the
 * next piece be given to the other thread, so that it works while this one does.
 */
async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
  compression: Compression,
): AsyncGenerator<Uint8Array, void, undefined> {
  const waiting: Uint8Array[] = [];
  let ended = false;
  let failure: { readonly cause: unknown } | undefined;
  let wake = (): void => {};
  transform.on("data", (piece: Uint8Array) => {
    waiting.push(piece);
    if (waiting.length >= MAX_WAITING) transform.pause();
    wake();
  });
  transform.on("end", () => {
    ended = true;
    wake();
  });
  const fail = (cause: unknown): void => {
    failure ??= { cause };
    wake();
  };
  transform.on("error", (cause) =>
    fail(
      new ImageError("COMPRESSION_INVALID", `decompress ${compression}: ${cause.message}`, {
        cause,
      }),
    ),
  );
  const feeding = feed(source, transform).catch(fail);
  try {
    for (;;) {
      const piece = waiting.shift();
      if (piece !== undefined) {
        if (waiting.length < MAX_WAITING) transform.resume();
        yield piece;
        await nextTurn();
      } else if (failure !== undefined) {
        throw failure.cause;
      } else if (ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    transform.destroy();
    await feeding;
  }
}

async function feed(source: AsyncIterable<Uint8Array>, transform: Transform): Promise<void> {
  for await (const chunk of source) {
    if (transform.destroyed) return;
    if (!transform.write(chunk)) await drained(transform);
  }
  if (!transform.destroyed) transform.end();
}

function drained(transform: Transform): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      transform.off("drain", done);
      transform.off("close", done);
      resolve();
    };
    transform.on("drain", done);
    transform.on("close", done);
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** zstd without the platform's help: a few times slower, and in this thread. */
async function* zstdInScript(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { Decompress } = await import("fzstd");
  let ready: Uint8Array[] = [];
  const decoder = new Decompress((piece) => void ready.push(piece));
  const push = (chunk: Uint8Array, last: boolean): void => {
    try {
      decoder.push(chunk, last);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ImageError("COMPRESSION_INVALID", `decompress zstd: ${why}`, { cause });
    }
  };
  for await (const chunk of source) {
    push(chunk, false);
    yield* ready;
    ready = [];
  }
  push(new Uint8Array(), true);
  yield* ready;
}
