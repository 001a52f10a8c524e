import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { Writable } from "node:stream";
import { formatLogEntry, type LogStream } from "../logs/entry.ts";
import { formatTimestamp } from "../logs/timestamp.ts";
import { now } from "./ids.ts";

/** Longer lines are written in pieces of this size, as containerd writes them. */
const maxPieceBytes = 16 * 1024;

const lineEnd = 0x0a;

/** Writes a container's output to a log file in the CRI format. Without a path it writes nothing. */
export class LogWriter {
  readonly #path: string;
  #fd: number | undefined;
  readonly #held = new Map<LogStream, Buffer>();

  constructor(path: string) {
    this.#path = path;
    if (path === "") return;
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, "a", 0o640);
  }

  /** Where the output of one stream goes. */
  stream(stream: LogStream): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#write(stream, chunk);
        done();
      },
      final: (done) => {
        this.#flush(stream);
        done();
      },
    });
  }

  /** Goes on in a new file of the same name: the old one was renamed away. */
  reopen(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, "a", 0o640);
  }

  close(): void {
    for (const stream of [...this.#held.keys()]) this.#flush(stream);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #write(stream: LogStream, chunk: Buffer): void {
    let bytes = Buffer.concat([this.#held.get(stream) ?? Buffer.alloc(0), chunk]);
    for (;;) {
      const end = bytes.indexOf(lineEnd);
      if (end !== -1 && end <= maxPieceBytes) {
        this.#entry(stream, false, bytes.subarray(0, end));
        bytes = bytes.subarray(end + 1);
      } else if (bytes.length > maxPieceBytes) {
        this.#entry(stream, true, bytes.subarray(0, maxPieceBytes));
        bytes = bytes.subarray(maxPieceBytes);
      } else break;
    }
    this.#held.set(stream, bytes);
  }

  #flush(stream: LogStream): void {
    const rest = this.#held.get(stream);
    this.#held.delete(stream);
    if (rest !== undefined && rest.length > 0) this.#entry(stream, true, rest);
  }

  #entry(stream: LogStream, partial: boolean, content: Uint8Array): void {
    if (this.#fd === undefined) return;
    writeSync(
      this.#fd,
      formatLogEntry({ timestamp: formatTimestamp(now()), stream, partial, content }),
    );
  }
}
