import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { type LogEntry, type LogStream, parseLogEntry } from "./entry.ts";
import { LineJoiner, type LogLine } from "./line-joiner.ts";
import { LogFile } from "./log-file.ts";
import { findTail } from "./tail.ts";
import { toTimeNs } from "./timestamp.ts";

/** The longest line that is held until its end comes, where nothing else is said. */
const defaultMaxLineBytes = 1024 * 1024;

/** The longest entry: what is not ended by then is no log. */
const maxEntryBytes = 16 * 1024 * 1024;

/** How often a followed file is looked at even when the system says nothing: not every filesystem tells of changes. */
const lookMs = 500;

const lineEnd = 0x0a;

export interface ReadLogsOptions {
  /** Goes on when the end is reached, also across rotation, until `signal` aborts or `isRunning` says no. */
  readonly follow?: boolean | undefined;
  /** Asked while nothing new comes: whether anybody still writes. Followed logs of a container that ended then end. */
  readonly isRunning?: (() => Promise<boolean>) | undefined;
  /** Only the last so many lines of what is there. */
  readonly tail?: number | undefined;
  /** Only lines written at or after this moment: milliseconds since 1970, a Date or RFC 3339. */
  readonly since?: number | Date | string | undefined;
  /** Only lines written before this moment; following ends with the first line after it. */
  readonly until?: number | Date | string | undefined;
  /** Only lines of this stream. */
  readonly stream?: LogStream | undefined;
  /** Longer lines are given in parts; 1 MiB when it is not said. */
  readonly maxLineBytes?: number | undefined;
  /** Ends the reading. The loop ends as well; it does not fail. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The lines of a container's log file, in the order they were written. What is in the file and not in the format of CRI
 * is passed over.
 *
 * @throws the system's error when there is no such file
 */
export async function* readLogs(
  path: string,
  options: ReadLogsOptions = {},
): AsyncGenerator<LogLine, void, undefined> {
  const { stream, maxLineBytes = defaultMaxLineBytes, tail } = options;
  const since = options.since === undefined ? undefined : toTimeNs(options.since);
  const until = options.until === undefined ? undefined : toTimeNs(options.until);
  await using file = await LogFile.open(path);
  if (tail !== undefined) file.seek(await findTail(file.handle, await file.size(), tail));
  const joiner = new LineJoiner(maxLineBytes);
  const wanted = (line: LogLine): boolean =>
    (since === undefined || line.timeNs >= since) &&
    (stream === undefined || line.stream === stream);
  for await (const entry of entries(file, path, options)) {
    if (until !== undefined && entry.timeNs >= until) break;
    const line = joiner.push(entry);
    if (line !== undefined && wanted(line)) yield line;
  }
  for (const line of joiner.flush()) if (wanted(line)) yield line;
}

async function* entries(
  file: LogFile,
  path: string,
  options: ReadLogsOptions,
): AsyncGenerator<LogEntry, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks(file, path, options)) {
    const bytes = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, from)) {
      const entry = parseLogEntry(bytes.subarray(from, end));
      from = end + 1;
      if (entry !== undefined) yield entry;
    }
    held = bytes.subarray(from);
    if (held.length > maxEntryBytes) held = Buffer.alloc(0);
  }
  // The runtime was cut off in the middle of an entry: what there is of it is better than nothing.
  const last = held.length === 0 ? undefined : parseLogEntry(held);
  if (last !== undefined) yield { ...last, partial: true };
}

async function* chunks(
  file: LogFile,
  path: string,
  { follow = false, signal, isRunning }: ReadLogsOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  using changes = follow ? watchFile(path, signal) : undefined;
  let ended = false;
  while (signal?.aborted !== true) {
    const chunk = await file.read();
    if (chunk !== undefined) {
      yield chunk;
      continue;
    }
    if (changes === undefined) return;
    if (await file.rotate()) continue;
    // What was written between the last read and the container's end is read before this ends.
    if (ended) return;
    ended = isRunning !== undefined && !(await isRunning());
    if (!ended) await changes.next();
  }
}

/** Resolves `next` when something may have changed. */
function watchFile(
  path: string,
  signal: AbortSignal | undefined,
): { next(): Promise<void> } & Disposable {
  let changed = false;
  let wake = (): void => {};
  const onChange = (): void => {
    changed = true;
    wake();
  };
  // The folder, not the file: of a renamed file the system would go on telling, and of the new one nothing.
  const name = basename(path);
  const watcher = watch(dirname(path), (_event, file) => {
    if (file === null || file === name) onChange();
  });
  watcher.on("error", () => {});
  signal?.addEventListener("abort", onChange);
  return {
    async next() {
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, lookMs).unref();
        });
      }
      changed = false;
    },
    [Symbol.dispose]() {
      watcher.close();
      signal?.removeEventListener("abort", onChange);
    },
  };
}
