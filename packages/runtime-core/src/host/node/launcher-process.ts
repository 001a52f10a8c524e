import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { launcherPath } from "@ocikit/launcher";
import { systemError } from "./error.ts";
import { type LauncherAnswer, readAnswer } from "./launcher-answer.ts";

/** Requests to the launcher, as native/launcher/src/server.c numbers them. */
export const request = {
  launch: 1,
  perform: 2,
  open: 3,
  release: 4,
  start: 5,
  relay: 6,
  abandon: 7,
  signal: 8,
  streams: 9,
  stay: 10,
} as const;

/** The largest answer: a failure with its texts. */
const longestAnswer = 4096;

/** What the launcher, and so the container, has for a standard stream: ours, or nothing. */
export type GivenStream = "inherit" | "ignore";

export interface LauncherProcessOptions {
  /** The launcher's program; the one of `@ocikit/launcher` unless it is said. */
  readonly path?: string | undefined;
  /** How many of our descriptors from 3 on a container keeps. */
  readonly preserveFds?: number;
  /** Standard input, output and error; ours unless it is said. */
  readonly streams?: readonly [GivenStream, GivenStream, GivenStream];
}

/**
 * A launcher of our own: the C program, spoken to over a socket. It has our standard streams, since they
 * become the container's, and those of our descriptors from 3 on that a container keeps.
 */
export class LauncherProcess {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve(answer: LauncherAnswer): void; reject(error: Error): void }[] = [];
  #failed: Error | undefined;
  /** Settled when the program itself is gone. */
  readonly #gone: Promise<void>;

  constructor(options: LauncherProcessOptions = {}) {
    const { preserveFds = 0, path = launcherPath(), streams } = options;
    const preserved = Array.from({ length: preserveFds }, (_, index) => 3 + index);
    const kept = [...(streams ?? ([0, 1, 2] as const)), ...preserved];
    this.#child = spawn(path, ["serve", String(kept.length)], {
      stdio: [...kept, "pipe"],
      argv0: "ocirun",
    });
    this.#socket = this.#child.stdio[kept.length] as Socket;
    this.#socket.on("data", (data: Buffer) => this.#receive(data));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#gone = new Promise((resolve) => {
      this.#child.on("error", (error: NodeJS.ErrnoException) => {
        this.#fail(systemError(error.code ?? "EIO", "spawn", path, error));
        resolve();
      });
      this.#child.on("close", (code, signal) => {
        this.#fail(
          new Error(`the launcher ended before it answered (${signal ?? `status ${code}`})`),
        );
        resolve();
      });
    });
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    while (this.#received.length >= 8) {
      const size = this.#received.readUInt32LE(0);
      if (size > longestAnswer) {
        this.#fail(new Error(`the launcher's answer has ${size} bytes`));
        return;
      }
      if (this.#received.length < 8 + size) return;
      const body = this.#received.subarray(8, 8 + size);
      const type = this.#received.readUInt32LE(4);
      this.#received = this.#received.subarray(8 + size);
      try {
        // Read first: who waits for one that can't be read is told with all others.
        const answer = readAnswer(type, body);
        this.#waiting.shift()?.resolve(answer);
      } catch (error) {
        this.#fail(error as Error);
        return;
      }
    }
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failed);
  }

  #send(type: number, body: Uint8Array): void {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(body.length, 0);
    head.writeUInt32LE(type, 4);
    this.#socket.write(Buffer.concat([head, body]));
  }

  ask(type: number, body: Uint8Array = new Uint8Array()): Promise<LauncherAnswer> {
    const answer = this.next();
    if (!this.#failed) this.#send(type, body);
    return answer;
  }

  /** The answer after those that were asked for: some requests have two. */
  next(): Promise<LauncherAnswer> {
    if (this.#failed) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The launcher's own process; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lets our process end while the launcher is still there. */
  unref(): void {
    this.#child.unref();
    this.#socket.unref();
  }

  /** Keeps our process as long as the launcher is there, as it is from the beginning. */
  ref(): void {
    this.#child.ref();
    this.#socket.ref();
  }

  /** Ends the program at once: a process that is neither released nor started goes with it. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Passes a signal on to the container while the launcher relays. */
  signal(number: number): void {
    const body = Buffer.alloc(4);
    body.writeUInt32LE(number, 0);
    this.#send(request.signal, body);
  }

  /** Lets the program end: a process that is neither released nor started goes with it. */
  async close(): Promise<void> {
    this.#socket.end();
    await this.#gone;
  }
}
