import { type FileHandle, open, stat } from "node:fs/promises";

const chunkBytes = 64 * 1024;

/**
 * A log file that is written while it is read. When it is rotated, which is done by renaming it and making a new one, the
 * old one is read to its end first; when it is cut short in place, reading starts over.
 */
export class LogFile implements AsyncDisposable {
  readonly #path: string;
  #file: FileHandle;
  #position = 0;
  readonly #buffer = Buffer.alloc(chunkBytes);

  static async open(path: string): Promise<LogFile> {
    return new LogFile(path, await open(path));
  }

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** How long the file is now. */
  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  get handle(): FileHandle {
    return this.#file;
  }

  seek(position: number): void {
    this.#position = position;
  }

  /** The next bytes; undefined when there are none now. */
  async read(): Promise<Uint8Array | undefined> {
    const { bytesRead } = await this.#file.read(this.#buffer, 0, chunkBytes, this.#position);
    if (bytesRead === 0) return undefined;
    this.#position += bytesRead;
    return Buffer.from(this.#buffer.subarray(0, bytesRead));
  }

  /**
   * Looks where the next bytes are once `read` had none: further on in this file, at its start, or in the file that took
   * its place. False when there are none yet.
   */
  async rotate(): Promise<boolean> {
    const atPath = await stat(this.#path).catch(ignoreMissing);
    // Asked after the new one was seen: by then nobody writes to the old one, and its length is its last.
    const old = await this.#file.stat();
    if (old.size > this.#position) return true;
    if (old.size < this.#position) {
      this.#position = 0;
      return true;
    }
    if (atPath === undefined || (atPath.ino === old.ino && atPath.dev === old.dev)) return false;
    const next = await open(this.#path).catch(ignoreMissing);
    if (next === undefined) return false;
    await this.#file.close();
    this.#file = next;
    this.#position = 0;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Between the renaming and the making of the new file there is none. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
