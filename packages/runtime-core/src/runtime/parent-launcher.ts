import { openSync } from "node:fs";
import { Socket } from "node:net";
import type { Launched, Launcher, LaunchResult, RelayResult } from "../host/host.ts";
import { asSystemErrors } from "../host/node/error.ts";
import { failureOf, resultOf } from "../host/node/launcher.ts";
import { LauncherProcess, request } from "../host/node/launcher-process.ts";
import { readStdio, type StdioOption, type Streams } from "./stdio.ts";
import { toReadableStream, toWritableStream } from "./web-streams.ts";

/** Our ends of the pipes that are a process' standard streams. */
type Pipes = readonly (Socket | undefined)[];

/** A word of the launcher's messages. */
function word(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

/** Opens our end of a pipe that the launcher made: it has the other, so that this waits for nothing. */
function openPipe(path: string, output: boolean): Socket {
  const fd = openSync(path, output ? "r" : "w");
  // A file's stream would hold one of Node's few threads in each read.
  return new Socket({ fd, readable: output, writable: !output });
}

async function makePipes(launcher: LauncherProcess, wanted: readonly boolean[]): Promise<Pipes> {
  const bits = wanted.reduce((sum, pipe, stream) => sum | (pipe ? 1 << stream : 0), 0);
  if (bits === 0) return [];
  const answer = await launcher.ask(request.streams, word(bits));
  if (answer.type !== "streams") {
    throw new Error(`the launcher has no pipes for us: ${JSON.stringify(failureOf(answer))}`);
  }
  const pipes: (Socket | undefined)[] = [];
  try {
    for (const [stream, peer] of answer.peers.entries()) {
      const path = `/proc/${launcher.pid}/fd/${peer}`;
      pipes.push(
        peer < 0
          ? undefined
          : await asSystemErrors("open", path, async () => openPipe(path, stream > 0)),
      );
    }
    return pipes;
  } catch (error) {
    for (const pipe of pipes) pipe?.destroy();
    throw error;
  }
}

/**
 * A launcher for one process, as whose parent it stays: it tells how the process ends, and holds our ends of
 * its standard streams.
 */
export class ParentLauncher<Option extends StdioOption = StdioOption> implements Launcher {
  readonly perform: Launcher["perform"];
  readonly start: Launcher["start"];
  readonly #path: string | undefined;
  readonly #stdio: Option;
  #process: LauncherProcess | undefined;
  #killed = false;
  #streams: Streams = { stdin: undefined, stdout: undefined, stderr: undefined };

  /** What makes no process is left to `usual`. */
  constructor(usual: Launcher, path: string | undefined, stdio: Option) {
    this.perform = usual.perform;
    this.start = usual.start;
    this.#path = path;
    this.#stdio = stdio;
  }

  /** Our ends of the pipes, once it has launched. */
  get streams(): Streams<Option> {
    // Pipes were made for those that the option says are pipes.
    return this.#streams as unknown as Streams<Option>;
  }

  async launch(plan: Uint8Array, preserveFds: number): Promise<LaunchResult> {
    const choices = readStdio(this.#stdio);
    const launcher = new LauncherProcess({
      path: this.#path,
      preserveFds,
      streams: [given(choices[0]), given(choices[1]), given(choices[2])],
    });
    this.#process = launcher;
    if (this.#killed) launcher.kill();
    let pipes: Pipes = [];
    try {
      pipes = await makePipes(
        launcher,
        choices.map((choice) => choice === "pipe"),
      );
      const answer = await launcher.ask(request.launch, plan);
      if (answer.type === "launched") {
        this.#streams = toStreams(pipes);
        return { ok: true, process: this.#launched(launcher, answer) };
      }
      const failure = failureOf(answer);
      if (failure === undefined) throw new Error("the launcher answered done to a launch");
      for (const pipe of pipes) pipe?.destroy();
      await launcher.close();
      return { ok: false, failure };
    } catch (error) {
      for (const pipe of pipes) pipe?.destroy();
      await launcher.close();
      throw error;
    }
  }

  #launched(
    launcher: LauncherProcess,
    { pid, startTime }: { readonly pid: number; readonly startTime: number },
  ): Launched {
    return {
      pid,
      startTime,
      release: async () => failureOf(await launcher.ask(request.release)),
      start: async () => failureOf(await launcher.ask(request.start)),
      abandon: async () => {
        await launcher.ask(request.abandon);
        await this.close();
      },
      detach: () => this.close(),
      relay: () => this.#ended(launcher.ask(request.relay)),
    };
  }

  /** Lets the launched process live on whatever becomes of us, and answers when it has ended. */
  async stay(): Promise<{ readonly ended: Promise<RelayResult> }> {
    const launcher = this.#process;
    if (launcher === undefined) throw new Error("nothing was launched");
    const released = launcher.ask(request.stay);
    const ended = this.#ended(launcher.next());
    // Whoever waits for it hears of it.
    ended.catch(() => {});
    const failure = failureOf(await released);
    if (failure) throw new Error(`the launched process can't be let go: ${failure.syscall}`);
    return { ended };
  }

  async #ended(answer: ReturnType<LauncherProcess["next"]>): Promise<RelayResult> {
    try {
      return resultOf(await answer);
    } finally {
      await this.#process?.close();
    }
  }

  /** Whether our process stays as long as the launched one does. */
  hold(held: boolean): void {
    if (held) this.#process?.ref();
    else this.#process?.unref();
  }

  /** Passes a signal on while it is the parent of a started process. */
  signal(number: number): void {
    this.#process?.signal(number);
  }

  /** Ends a launch that is under way, or is to come; what it had made is left as it was then. */
  kill(): void {
    this.#killed = true;
    this.#process?.kill();
  }

  /** Closes the streams that nobody reads or writes, and lets the launcher end. */
  async close(): Promise<void> {
    const { stdin, stdout, stderr } = this.#streams;
    for (const stream of [stdout, stderr]) if (stream?.locked === false) await stream.cancel();
    if (stdin?.locked === false) await stdin.abort();
    await this.#process?.close();
  }
}

function given(choice: "inherit" | "pipe" | "null"): "inherit" | "ignore" {
  return choice === "inherit" ? "inherit" : "ignore";
}

function toStreams([stdin, stdout, stderr]: Pipes): Streams {
  return {
    stdin: stdin && toWritableStream(stdin),
    stdout: stdout && toReadableStream(stdout),
    stderr: stderr && toReadableStream(stderr),
  };
}
