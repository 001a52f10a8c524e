import { parseTimestamp } from "./timestamp.ts";

/** Where a container wrote. */
export type LogStream = "stdout" | "stderr";

/** One line of a log file in the CRI format: a whole line of the container's output, or a piece of one. */
export interface LogEntry {
  /** When it was written, as the file says it. */
  readonly timestamp: string;
  readonly timeNs: bigint;
  readonly stream: LogStream;
  /** Whether the container's line goes on in the next entry of the same stream. */
  readonly partial: boolean;
  readonly content: Uint8Array;
}

const space = 0x20;

/** Reads one line of a log file, without its line end; undefined for what is not in the format. */
export function parseLogEntry(line: Uint8Array): LogEntry | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  const first = bytes.indexOf(space);
  const second = bytes.indexOf(space, first + 1);
  if (first === -1 || second === -1) return undefined;
  const timestamp = bytes.toString("latin1", 0, first);
  const stream = bytes.toString("latin1", first + 1, second);
  const timeNs = parseTimestamp(timestamp);
  if (timeNs === undefined || (stream !== "stdout" && stream !== "stderr")) return undefined;
  const third = bytes.indexOf(space, second + 1);
  // An empty line may end behind its tag.
  const end = third === -1 ? bytes.length : third;
  // Tags stand behind one another with colons; the first one is the one that is in use.
  const [tag] = bytes.toString("latin1", second + 1, end).split(":");
  if (tag !== "F" && tag !== "P") return undefined;
  const content = third === -1 ? new Uint8Array() : line.subarray(third + 1);
  return { timestamp, timeNs, stream, partial: tag === "P", content };
}

/** Writes an entry as a line of a log file, line end included. The content must have no line end. */
export function formatLogEntry(entry: Omit<LogEntry, "timeNs">): Uint8Array {
  const head = `${entry.timestamp} ${entry.stream} ${entry.partial ? "P" : "F"} `;
  return Buffer.concat([Buffer.from(head), entry.content, Buffer.from("\n")]);
}
