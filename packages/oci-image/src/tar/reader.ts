import type { TarEntry } from "./entry.ts";
import { TarParser } from "./parser.ts";

/** An entry with the bytes of its file. */
export interface TarItem {
  readonly entry: TarEntry;
  /** Bytes of the file, holes of sparse files filled with zeros; to be read before the next item. */
  readonly body: AsyncIterable<Uint8Array>;
}

type Event =
  | { readonly is: "entry"; readonly entry: TarEntry }
  | { readonly is: "data"; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly is: "end" };

/** Zeros are handed out in pieces of this size. */
const HOLE = new Uint8Array(64 * 1024);

/**
 * Entries of a tar archive, one after the other. What is not read of a body is passed over.
 *
 * Throws `TAR_INVALID` or `LIMIT_EXCEEDED`.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarItem, void, undefined> {
  const events = eventsOf(source);
  for (;;) {
    const next = await events.next();
    if (next.done) return;
    if (next.value.is !== "entry") continue;
    const { entry } = next.value;
    yield { entry, body: bodyOf(events, entry.size) };
  }
}

async function* eventsOf(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Event, void, undefined> {
  let queue: Event[] = [];
  const parser = new TarParser({
    entry: (entry) => void queue.push({ is: "entry", entry }),
    data: (bytes, offset) => void queue.push({ is: "data", bytes, offset }),
    end: () => void queue.push({ is: "end" }),
  });
  for await (const chunk of source) {
    parser.push(chunk);
    const ready = queue;
    queue = [];
    yield* ready;
  }
  parser.finish();
  yield* queue;
}

async function* bodyOf(
  events: AsyncGenerator<Event, void, undefined>,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for (;;) {
    const next = await events.next();
    if (next.done || next.value.is !== "data") break;
    for (; at < next.value.offset; at += HOLE.length) {
      yield HOLE.subarray(0, Math.min(HOLE.length, next.value.offset - at));
    }
    yield next.value.bytes;
    at = next.value.offset + next.value.bytes.length;
  }
  for (; at < size; at += HOLE.length) yield HOLE.subarray(0, Math.min(HOLE.length, size - at));
}
