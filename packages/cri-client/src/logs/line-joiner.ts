import type { LogEntry, LogStream } from "./entry.ts";

/** A line as the container wrote it. */
export interface LogLine {
  /** When its first piece was written, as the file says it. */
  readonly timestamp: string;
  readonly timeNs: bigint;
  readonly stream: LogStream;
  /** Without a line end. */
  readonly content: Uint8Array;
  /** Whether the container wrote no line end: at the end of its output, or in a line too long to hold. */
  readonly partial: boolean;
}

/** Puts the pieces of long lines together, each stream by itself. Holds at most `maxLineBytes` a stream. */
export class LineJoiner {
  readonly #maxLineBytes: number;
  readonly #open = new Map<LogStream, { first: LogEntry; pieces: Uint8Array[]; size: number }>();

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Takes the next entry and returns the line it ends, if it ends one. */
  push(entry: LogEntry): LogLine | undefined {
    const open = this.#open.get(entry.stream);
    if (open === undefined) {
      if (!entry.partial) return entry;
      if (entry.content.length < this.#maxLineBytes) {
        const { content } = entry;
        this.#open.set(entry.stream, { first: entry, pieces: [content], size: content.length });
        return undefined;
      }
      return entry;
    }
    open.pieces.push(entry.content);
    open.size += entry.content.length;
    if (entry.partial && open.size < this.#maxLineBytes) return undefined;
    this.#open.delete(entry.stream);
    return { ...open.first, content: Buffer.concat(open.pieces), partial: entry.partial };
  }

  /** The lines whose end never came. */
  flush(): readonly LogLine[] {
    const lines = [...this.#open.values()].map(({ first, pieces }) => ({
      ...first,
      content: Buffer.concat(pieces),
    }));
    this.#open.clear();
    return lines.sort((a, b) => (a.timeNs < b.timeNs ? -1 : 1));
  }
}
