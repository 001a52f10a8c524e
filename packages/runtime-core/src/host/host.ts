/**
 * The machine as the life cycle sees it: the one door through which `plan/`, `container/` and `cli/`
 * reach files, processes, time and the launcher.
 *
 * Two implementations answer it: `node-host.ts` over Node's modules, and C functions inside the static
 * binary. The life cycle is written once, as ordinary `async` functions: under Node an answer may be a
 * promise, in the static binary it is always the value itself, and `await` takes both.
 */
export type Awaitable<T> = T | Promise<T>;

/** What a system call answered when it failed; `message` says what was tried, on what, and the errno. */
export interface SystemError extends Error {
  /** The errno's name, for example `ENOENT`. */
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

export interface FileStatus {
  readonly kind: "file" | "directory" | "symlink" | "fifo" | "socket" | "block" | "character";
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly device: number;
  readonly inode: number;
}

export interface Files {
  /** The whole file, or undefined when there is none. Fails with `EFBIG` above `maxBytes` (default 16 MiB). */
  readText(path: string, maxBytes?: number): Awaitable<string | undefined>;
  readBytes(path: string, maxBytes?: number): Awaitable<Uint8Array | undefined>;
  /**
   * Replaces the file in one step: temporary file beside it, then rename. `mode` is exact, whatever the
   * umask. Not synced: what is kept here is worth nothing after a restart of the machine.
   */
  replace(path: string, data: string | Uint8Array, mode: number): Awaitable<void>;
  /** Adds to the end of a file with one write call, making it when it is not there. */
  append(path: string, data: string, mode: number): Awaitable<void>;
  /** Writes into an existing kernel file (cgroup, proc) with one write call; never creates one. */
  writeExisting(path: string, data: string): Awaitable<void>;
  /** Creates one directory. `EEXIST` when something is there: this is how an id is claimed. */
  makeDirectory(path: string, mode: number): Awaitable<void>;
  /** Creates the missing ancestors too; what exists stays as it is. */
  makeDirectories(path: string, mode: number): Awaitable<void>;
  makeFifo(path: string, mode: number): Awaitable<void>;
  /** Whether a process has the reading end of a fifo open; false when there is no fifo. */
  isAwaited(fifo: string): Awaitable<boolean>;
  /** Names in a directory, unsorted; undefined when there is none. */
  list(path: string): Awaitable<readonly string[] | undefined>;
  /** What is there, not following a last symlink; undefined when nothing is. */
  status(path: string): Awaitable<FileStatus | undefined>;
  /** The path with every symlink followed; undefined when nothing is there. */
  realPath(path: string): Awaitable<string | undefined>;
  /** What a symlink says, which of one in /proc need be no path; undefined when there is none. */
  readLink(path: string): Awaitable<string | undefined>;
  rename(from: string, to: string): Awaitable<void>;
  /** Removes a file; nothing there is fine. */
  unlink(path: string): Awaitable<void>;
  /** Removes an empty directory; nothing there is fine. */
  removeDirectory(path: string): Awaitable<void>;
  /** Removes a tree beneath a directory fd, following no symlink and crossing no mount. */
  removeTree(path: string): Awaitable<void>;
}

export interface ExitStatus {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  /** Signal number, or null. */
  readonly signal: number | null;
}

export interface RunOptions {
  readonly env?: readonly string[];
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
}

export interface Finished extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface ProcessStatus {
  /** Whether it runs no more: a zombie, or on its way out, where it may wait long for others of its namespace. */
  readonly ended: boolean;
  /** Clock ticks after boot. */
  readonly startTime: number;
}

export interface Processes {
  /** What the stat file of a process says of it; undefined when it is gone. */
  inspect(pid: number): Awaitable<ProcessStatus | undefined>;
  /**
   * Sends a signal to the process with that pid and start time, through a pidfd, so that a pid used again
   * is never hit. Answers false when the process is gone.
   */
  signal(pid: number, startTime: number, signal: number): Awaitable<boolean>;
  /** Waits until the process has ended; answers false when `timeoutMs` passed first. */
  waitGone(pid: number, startTime: number, timeoutMs: number): Awaitable<boolean>;
  /** Runs a program found by PATH to its end, with bounded output. */
  run(argv: readonly string[], options?: RunOptions): Awaitable<Finished>;
}

/** Why a launch failed: which step of which phase, and what the system said. */
export interface LaunchFailure {
  /** Index of the step in the plan, or -1 when no step was running. */
  readonly step: number;
  /** JSON pointer of that step into config.json; empty when it has none. */
  readonly from: string;
  /** Empty when no system call failed. */
  readonly syscall: string;
  /** Errno's number; 0 when the step refused by itself, and `detail` says why. */
  readonly errno: number;
  /** What the system call was given, or why the step refused; may be empty. */
  readonly detail: string;
}

/**
 * A process that the launcher made and set up, and that waits for leave. It dies with us until it is
 * released or started.
 */
export interface Launched {
  readonly pid: number;
  readonly startTime: number;
  /** Lets it live on without us, waiting at its fifo. What must be on disk before, is. */
  release(): Awaitable<LaunchFailure | undefined>;
  /** Lets it go on to its program at once, and answers when that is executed. */
  start(): Awaitable<LaunchFailure | undefined>;
  /** Kills it, when it was neither released nor started, and waits until it is gone. */
  abandon(): Awaitable<void>;
  /** Lets the started process live on without us. */
  detach(): Awaitable<void>;
  /**
   * Stays as the parent of the started process: forwards signals and the terminal, waits, carries out the
   * `cleanup` plan, and answers how it ended. The static binary turns itself into the small C relay here
   * and never comes back.
   */
  relay(cleanup: Uint8Array | undefined): Awaitable<RelayResult>;
}

export interface RelayResult {
  readonly status: ExitStatus;
  /** What went wrong in the clean-up. */
  readonly failure: LaunchFailure | undefined;
}

export type LaunchResult =
  | { readonly ok: true; readonly process: Launched }
  | { readonly ok: false; readonly failure: LaunchFailure };

export interface Launcher {
  /**
   * Carries out a plan up to "created": the process is set up and waits. `preserveFds` is how many
   * descriptors from 3 on it keeps of ours.
   */
  launch(plan: Uint8Array, preserveFds: number): Awaitable<LaunchResult>;
  /** Carries out a plan that makes no process (hooks, clean-up). */
  perform(plan: Uint8Array): Awaitable<LaunchFailure | undefined>;
  /**
   * Starts the released process that waits at a fifo, and answers when its program is executed. Fails with
   * `ENXIO` when nobody waits there, with `EBUSY` when another start is under way.
   */
  start(fifo: string): Awaitable<LaunchFailure | undefined>;
}

/** A stream to another program. */
export interface Connection {
  write(data: Uint8Array): Awaitable<void>;
  /** What has come, waited for when there is nothing yet: empty at the end, undefined when `timeoutMs` passed first. */
  read(timeoutMs: number): Awaitable<Uint8Array | undefined>;
  close(): Awaitable<void>;
}

export interface Clock {
  /** Nanoseconds since 1970. */
  now(): bigint;
  sleep(ms: number): Awaitable<void>;
}

export interface Host {
  readonly files: Files;
  readonly processes: Processes;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number;
  readonly gid: number;
  readonly cwd: string;
  /** The kernel's name of the architecture, as `uname -m` prints it. */
  readonly machine: string;
  /** Hears of what is done, where somebody asked to be told. */
  readonly debug?: (message: string) => Promise<void>;
  /** Whether a descriptor above the standard ones came from our caller, as far as can be told. */
  isInherited(fd: number): Awaitable<boolean>;
  /** Content hash for caches: SHA-256 as lower-case hex. */
  sha256(data: string | Uint8Array): Awaitable<string>;
  /** Connects to a unix stream socket by its path; the caller closes. */
  connect(path: string): Awaitable<Connection>;
  readStdin(): Awaitable<string>;
  writeStdout(text: string): Awaitable<void>;
  writeStderr(text: string): Awaitable<void>;
}
