import type { LinuxResources, Mount, Process } from "@ocikit/oci-spec";
import { remove } from "../container/delete.ts";
import { startExec } from "../container/exec.ts";
import { kill } from "../container/kill.ts";
import { stateOf } from "../container/list.ts";
import { addMounts, removeMounts } from "../container/mounts.ts";
import { pause, resume } from "../container/pause.ts";
import { containerProcesses } from "../container/processes.ts";
import { start } from "../container/start.ts";
import { readState, type Store } from "../container/store.ts";
import { update } from "../container/update.ts";
import { RuntimeError } from "../error.ts";
import { ContainerProcess, type WaitOptions } from "./container-process.ts";
import { type Exit, signalNumber, toExit } from "./exit.ts";
import { ParentLauncher } from "./parent-launcher.ts";
import { type ContainerState, toState } from "./state.ts";
import type { StdioOption, Streams } from "./stdio.ts";
import { orAborted, waitGone } from "./wait.ts";

/** What containers of a runtime share. */
export interface Surroundings {
  readonly store: Store;
  readonly launcher: string | undefined;
  readonly warn: (message: string) => Promise<void>;
}

export interface KillOptions {
  /** Whether every process of the container gets the signal. */
  readonly all?: boolean;
}

export interface DeleteOptions {
  /** Whether a container that runs is killed first, and one that is gone is no error. */
  readonly force?: boolean;
}

export interface ExecOptions<Option extends StdioOption = StdioOption> {
  /** What its standard streams are; pipes to us unless it is said. */
  readonly stdio?: Option;
  /** Kills the process when it comes while that runs. */
  readonly signal?: AbortSignal;
}

/** What to run: arguments, or a process whose other properties are those of the container's own. */
export type ExecProcess =
  | readonly [string, ...string[]]
  | (Partial<Process> & { readonly args: [string, ...string[]] });

/**
 * A container. One that `create` made is deleted when its scope ends (`await using`); one that was loaded is
 * not.
 */
export class Container<Option extends StdioOption = StdioOption> implements AsyncDisposable {
  readonly id: string;
  readonly stdin: Streams<Option>["stdin"];
  readonly stdout: Streams<Option>["stdout"];
  readonly stderr: Streams<Option>["stderr"];
  readonly #surroundings: Surroundings;
  /** As whose children we have it; undefined when another made it. */
  readonly #parent: ParentLauncher<Option> | undefined;
  readonly #ended: Promise<Exit> | undefined;
  #waiting = 0;

  /** For `Runtime`. */
  constructor(
    surroundings: Surroundings,
    id: string,
    made?: { readonly parent: ParentLauncher<Option>; readonly ended: Promise<Exit> },
  ) {
    this.id = id;
    this.#surroundings = surroundings;
    this.#parent = made?.parent;
    this.#ended = made?.ended;
    this.#ended?.catch(() => {});
    // Of a container that another made we have none.
    const streams = made?.parent.streams ?? ({} as Streams<Option>);
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.#parent?.hold(false);
  }

  /**
   * What is known of it now.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND` when it was deleted
   */
  async state(): Promise<ContainerState> {
    return toState(await stateOf(this.#surroundings.store, this.id));
  }

  /**
   * Starts its program, and resolves once that is executed.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE` when it is not waiting for it
   * @throws LaunchError `LAUNCH_FAILED` when the program can't be executed; the container is stopped then
   */
  async start(): Promise<void> {
    await start(this.#surroundings.store, this.id);
  }

  /**
   * Sends a signal to its first process, or to all of them.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE` when it does not run
   * @throws TypeError for a signal that there is not
   */
  async kill(
    signal: NodeJS.Signals | number = "SIGTERM",
    options: KillOptions = {},
  ): Promise<void> {
    await kill(this.#surroundings.store, this.id, signalNumber(signal), options);
  }

  /**
   * Stops every process of it where it stands.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `HOST_UNSUPPORTED` when it has no cgroup
   */
  async pause(): Promise<void> {
    await pause(this.#surroundings.store, this.id);
  }

  /**
   * Lets the processes of a paused container run on.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`
   */
  async resume(): Promise<void> {
    await resume(this.#surroundings.store, this.id);
  }

  /**
   * Changes its limits; what is not named stays. Either all of it holds afterwards, or nothing is changed.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `HOST_UNSUPPORTED`, `INVALID_CONFIG`,
   *   `LIMIT_REFUSED` when the kernel does not take a value
   */
  async update(resources: LinuxResources): Promise<void> {
    const { store, warn } = this.#surroundings;
    await update(store, this.id, resources, {}, warn);
  }

  /**
   * Mounts more in it, as it would be mounted on its creation; relative sources are relative to our working
   * directory. Of several mounts all are made, or none.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `INVALID_CONFIG`, `HOST_UNSUPPORTED`
   * @throws LaunchError `LAUNCH_FAILED` for the first mount that can't be made
   */
  async addMounts(mounts: readonly Mount[]): Promise<void> {
    await addMounts(this.#surroundings.store, this.id, mounts);
  }

  /**
   * Takes mounts of it away by their destinations, the last one first, with what was mounted below them.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `INVALID_CONFIG`, `HOST_UNSUPPORTED`
   * @throws LaunchError `LAUNCH_FAILED` where nothing is mounted; those after it are gone then
   */
  async removeMounts(mounts: readonly Pick<Mount, "destination">[]): Promise<void> {
    await removeMounts(this.#surroundings.store, this.id, mounts);
  }

  /**
   * Its processes, as we number them.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`
   */
  async processes(): Promise<readonly number[]> {
    const { store } = this.#surroundings;
    return containerProcesses(store.host, await readState(store, this.id));
  }

  /**
   * Waits until its first process has ended. How is known only of containers that this program made; of
   * others both code and signal are null.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND` for one of another that was deleted
   */
  async wait({ signal }: WaitOptions = {}): Promise<Exit> {
    if (this.#ended === undefined) return this.#waitGone(signal);
    if (this.#waiting++ === 0) this.#parent?.hold(true);
    try {
      return await orAborted(this.#ended, signal);
    } finally {
      if (--this.#waiting === 0) this.#parent?.hold(false);
    }
  }

  async #waitGone(signal: AbortSignal | undefined): Promise<Exit> {
    const { store, launcher } = this.#surroundings;
    const { init_process_pid: pid, init_process_start: startTime } = await readState(
      store,
      this.id,
    );
    if (pid !== 0) await waitGone(launcher, pid, startTime, signal);
    return toExit({ code: null, signal: null });
  }

  /**
   * Runs one more process in it. What is not said of that is as with the container's own process, but for
   * the terminal, which it has only when asked for.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `INVALID_CONFIG`
   * @throws LaunchError `LAUNCH_FAILED`; no process is left then
   */
  async exec<const Chosen extends StdioOption = "pipe">(
    process: ExecProcess,
    options: ExecOptions<Chosen> = {},
  ): Promise<ContainerProcess<Chosen>> {
    const { signal, stdio = "pipe" } = options;
    signal?.throwIfAborted();
    const { store, launcher } = this.#surroundings;
    // The default of the option is the default of its type.
    const parent = new ParentLauncher(store.host.launcher, launcher, stdio as Chosen);
    const host = { ...store.host, launcher: parent };
    const given: Partial<Process> = isArguments(process) ? { args: [...process] } : process;
    const kill = (): void => parent.kill();
    signal?.addEventListener("abort", kill);
    try {
      const launched = await startExec({ ...store, host }, this.id, {
        process: ({ terminal: _, consoleSize: __, ...own }) => ({ ...own, ...given }),
        detach: false,
      });
      return new ContainerProcess<Chosen>(parent, launched, signal);
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  }

  /**
   * Deletes it: its processes, cgroups and files. Can be repeated when it failed half way.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE` when it runs and that is not forced
   * @throws LaunchError `LAUNCH_FAILED` when something could not be removed
   */
  async delete(options: DeleteOptions = {}): Promise<void> {
    const { store, warn } = this.#surroundings;
    await remove(store, this.id, options, warn);
  }

  /** Deletes it by force, when this program made it; that it is gone already is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#parent === undefined) return;
    try {
      await this.delete({ force: true });
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "CONTAINER_NOT_FOUND") throw error;
    }
    await this.#ended?.catch(() => {});
    await this.#parent.close();
  }
}

function isArguments(process: ExecProcess): process is readonly [string, ...string[]] {
  return Array.isArray(process);
}
