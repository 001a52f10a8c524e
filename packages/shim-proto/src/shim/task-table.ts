import { type Context, type Implementation, RpcError } from "@ocikit/rpc";
import type { Any } from "../gen/google/protobuf/any.ts";
import type {
  CheckpointTaskRequest,
  CreateTaskRequest,
  ExecProcessRequest,
  UpdateTaskRequest,
} from "../gen/runtime/task/v3/shim.ts";
import type { ProcessInfo } from "../gen/types/task/task.ts";
import { Status } from "../gen/types/task/task.ts";
import { packPayload } from "../payload.ts";
import type { TaskService } from "../services.ts";
import { toTimestamp } from "../timestamp.ts";
import type { ShimContext } from "./define-shim.ts";

/** How a process ended. */
export interface ProcessExit {
  /** Exit code, or 128 plus the number of the signal that ended it. */
  readonly status: number;
  readonly at?: Date;
}

/** A process a shim runs: the init of a container, or an exec. Made ready, not yet started. */
export interface ShimProcess {
  /** Its id once there is a process; an init has one from its creation where the runtime makes it so. */
  readonly pid?: number | undefined;
  /** Lets it run. Resolves with its process id. */
  start(): Promise<number> | number;
  /** Resolves when it has ended; never fails. Not looked at before it was started. */
  readonly exited: Promise<ProcessExit>;
  kill(signal: number, all: boolean): Promise<void> | void;
  resize?(width: number, height: number): Promise<void> | void;
  closeStdin?(): Promise<void> | void;
  /** Removes what is left of it after its end, or of one that never ran. */
  delete?(): Promise<void> | void;
}

/** A container a shim runs. What is missing answers UNIMPLEMENTED. */
export interface ShimContainer {
  readonly init: ShimProcess;
  exec?(request: ExecProcessRequest, context: Context): Promise<ShimProcess> | ShimProcess;
  pause?(): Promise<void> | void;
  resume?(): Promise<void> | void;
  checkpoint?(request: CheckpointTaskRequest): Promise<void> | void;
  update?(request: UpdateTaskRequest): Promise<void> | void;
  /** Counters, as `packPayload` makes them. */
  stats?(): Promise<Any> | Any;
  /** Processes in it beyond those that were started by this shim. */
  pids?(): Promise<readonly number[]> | readonly number[];
}

interface Entry {
  readonly id: string;
  readonly execId: string;
  readonly process: ShimProcess;
  readonly stdio: Pick<CreateTaskRequest, "stdin" | "stdout" | "stderr" | "terminal">;
  status: Status;
  pid: number;
  exit: Required<ProcessExit> | undefined;
  /** Resolves when it has ended, was told to the engine where that is due, and may be deleted. */
  readonly ended: Promise<void>;
  readonly end: () => void;
}

interface ContainerEntry {
  readonly container: ShimContainer;
  readonly bundle: string;
  readonly init: Entry;
  readonly execs: Map<string, Entry>;
}

/**
 * The task service over containers: keeps what state each process is in, answers every method, and publishes every event
 * in the order the protocol demands. What a shim's author writes is how to run a container.
 */
export class TaskTable {
  readonly #containers = new Map<string, ContainerEntry>();
  readonly #creating = new Set<string>();
  readonly #context: ShimContext;
  readonly #create: (
    request: CreateTaskRequest,
    context: Context,
  ) => Promise<ShimContainer> | ShimContainer;

  /** `create` makes a container ready for its start. */
  constructor(
    context: ShimContext,
    create: (
      request: CreateTaskRequest,
      context: Context,
    ) => Promise<ShimContainer> | ShimContainer,
  ) {
    this.#context = context;
    this.#create = create;
  }

  /** How many containers there are. */
  get size(): number {
    return this.#containers.size;
  }

  /** The ids of the containers. */
  get ids(): readonly string[] {
    return [...this.#containers.keys()];
  }

  /** The container of an id, as it was created. */
  get(id: string): ShimContainer | undefined {
    return this.#containers.get(id)?.container;
  }

  /** Tells that the kernel killed a process of a container for lack of memory. */
  publishOom(containerId: string): void {
    this.#context.publisher.publish("/tasks/oom", { containerId });
  }

  /** What answers the task service. */
  readonly implementation: Implementation<typeof TaskService> = {
    create: (request, context) => this.#createTask(request, context),
    start: (request) => this.#start(request.id, request.execId),
    exec: (request, context) => this.#exec(request, context),
    state: ({ id, execId }) => this.#state(id, execId),
    wait: ({ id, execId }, { signal }) => this.#wait(id, execId, signal),
    kill: ({ id, execId, signal, all }) => this.#kill(id, execId, signal, all),
    delete: ({ id, execId }) => this.#delete(id, execId),
    pids: ({ id }) => this.#pids(id),
    resizePty: async ({ id, execId, width, height }) => {
      const { process } = this.#entry(id, execId);
      await implemented(process.resize, "ResizePty").call(process, width, height);
      return {};
    },
    closeIO: async ({ id, execId, stdin }) => {
      if (stdin) await this.#entry(id, execId).process.closeStdin?.();
      return {};
    },
    pause: ({ id }) => this.#pause(id),
    resume: ({ id }) => this.#resume(id),
    checkpoint: async (request) => {
      const { container } = this.#find(request.id);
      await implemented(container.checkpoint, "Checkpoint").call(container, request);
      const { id: containerId, path: checkpoint } = request;
      this.#context.publisher.publish("/tasks/checkpointed", { containerId, checkpoint });
      return {};
    },
    update: async (request) => {
      const { container } = this.#find(request.id);
      await implemented(container.update, "Update").call(container, request);
      return {};
    },
    stats: async ({ id }) => {
      const { container } = this.#find(id);
      return { stats: await implemented(container.stats, "Stats").call(container) };
    },
    connect: ({ id }) => ({
      shimPid: process.pid,
      taskPid: this.#containers.get(id)?.init.pid ?? 0,
    }),
    shutdown: ({ now }) => {
      // While a container is left the shim stays, unless it must go.
      if (this.#containers.size === 0 || now) this.#context.shutdown();
      return {};
    },
  };

  async #createTask(request: CreateTaskRequest, context: Context): Promise<{ pid: number }> {
    const { id, bundle, rootfs, checkpoint, stdin, stdout, stderr, terminal } = request;
    if (this.#containers.has(id) || this.#creating.has(id)) {
      throw new RpcError("ALREADY_EXISTS", `container ${id}`);
    }
    this.#creating.add(id);
    try {
      const container = await this.#create(request, context);
      const init = makeEntry(id, "", container.init, { stdin, stdout, stderr, terminal });
      this.#containers.set(id, { container, bundle, init, execs: new Map() });
      const io = { stdin, stdout, stderr, terminal };
      const { pid } = init;
      this.#context.publisher.publish("/tasks/create", {
        containerId: id,
        bundle,
        rootfs,
        io,
        checkpoint,
        pid,
      });
      return { pid };
    } finally {
      this.#creating.delete(id);
    }
  }

  async #exec(request: ExecProcessRequest, context: Context): Promise<object> {
    const { id, execId, stdin, stdout, stderr, terminal } = request;
    const found = this.#find(id);
    const { container, execs, init } = found;
    if (execId === "") throw new RpcError("INVALID_ARGUMENT", "an exec needs an id");
    if (execs.has(execId)) throw new RpcError("ALREADY_EXISTS", `exec ${execId} of ${id}`);
    if (init.status !== Status.RUNNING) {
      throw new RpcError("FAILED_PRECONDITION", `container ${id} does not run`);
    }
    const process = await implemented(container.exec, "Exec").call(container, request, context);
    execs.set(execId, makeEntry(id, execId, process, { stdin, stdout, stderr, terminal }));
    this.#context.publisher.publish("/tasks/exec-added", { containerId: id, execId });
    return {};
  }

  async #start(id: string, execId: string): Promise<{ pid: number }> {
    const entry = this.#entry(id, execId);
    if (entry.status !== Status.CREATED) {
      throw new RpcError("FAILED_PRECONDITION", `${nameOf(entry)} was started already`);
    }
    entry.status = Status.RUNNING;
    try {
      entry.pid = await entry.process.start();
    } catch (error) {
      // It never ran, so it has no exit to tell of; who waits for it must not wait for ever.
      entry.status = Status.STOPPED;
      entry.exit = { status: 255, at: new Date() };
      entry.end();
      throw error;
    }
    const { pid } = entry;
    const { publisher } = this.#context;
    if (execId === "") publisher.publish("/tasks/start", { containerId: id, pid });
    else publisher.publish("/tasks/exec-started", { containerId: id, execId, pid });
    // Only now: a process may end before its start is told, and the engine must hear of the start first.
    void this.#awaitExit(entry);
    return { pid };
  }

  async #awaitExit(entry: Entry): Promise<void> {
    const { status, at = new Date() } = await entry.process.exited;
    const { id, execId, pid } = entry;
    // The exit of an init is the last: its execs go with it, and are told of first.
    if (execId === "") await this.#endExecs(id);
    entry.status = Status.STOPPED;
    entry.exit = { status, at };
    this.#context.publisher.publish("/tasks/exit", {
      containerId: id,
      id: execId === "" ? id : execId,
      pid,
      exitStatus: status,
      exitedAt: toTimestamp(at),
    });
    entry.end();
  }

  /** Waits for the execs that run. What outlives its container, having its processes elsewhere, is killed. */
  async #endExecs(id: string): Promise<void> {
    const execs = [...(this.#containers.get(id)?.execs.values() ?? [])].filter(isRunning);
    await Promise.all(
      execs.map(async ({ process, ended }) => {
        try {
          await process.kill(9, true);
        } catch {
          // It is gone by now, which is what is wanted.
        }
        await ended;
      }),
    );
  }

  #state(id: string, execId: string): object {
    const { bundle } = this.#find(id);
    const entry = this.#entry(id, execId);
    const { status, pid, stdio, exit } = entry;
    return {
      id: execId === "" ? id : execId,
      bundle,
      pid,
      status,
      ...stdio,
      exitStatus: exit?.status ?? 0,
      ...(exit === undefined ? {} : { exitedAt: toTimestamp(exit.at) }),
      execId,
    };
  }

  async #wait(id: string, execId: string, signal: AbortSignal): Promise<object> {
    const entry = this.#entry(id, execId);
    await Promise.race([
      entry.ended,
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
      ),
    ]);
    return exitOf(entry);
  }

  async #kill(id: string, execId: string, signal: number, all: boolean): Promise<object> {
    const entry = this.#entry(id, execId);
    if (entry.exit !== undefined) {
      throw new RpcError("NOT_FOUND", `${nameOf(entry)} has ended already`);
    }
    await entry.process.kill(signal, all);
    return {};
  }

  async #delete(id: string, execId: string): Promise<object> {
    const { execs } = this.#find(id);
    const entry = this.#entry(id, execId);
    if (entry.status !== Status.STOPPED && entry.status !== Status.CREATED) {
      throw new RpcError("FAILED_PRECONDITION", `${nameOf(entry)} still runs`);
    }
    await entry.process.delete?.();
    if (execId !== "") execs.delete(execId);
    else {
      this.#containers.delete(id);
      this.#context.publisher.publish("/tasks/delete", {
        containerId: id,
        pid: entry.pid,
        ...exitOf(entry),
      });
    }
    return { pid: entry.pid, ...exitOf(entry) };
  }

  async #pids(id: string): Promise<{ processes: ProcessInfo[] }> {
    const { container, init, execs } = this.#find(id);
    const processes = new Map<number, ProcessInfo>();
    for (const pid of (await container.pids?.()) ?? [])
      processes.set(pid, { pid, info: undefined });
    if (isRunning(init)) processes.set(init.pid, { pid: init.pid, info: undefined });
    for (const exec of execs.values()) {
      if (!isRunning(exec)) continue;
      const info = packPayload("containerd.runc.v1.ProcessDetails", { execId: exec.execId });
      processes.set(exec.pid, { pid: exec.pid, info });
    }
    return { processes: [...processes.values()] };
  }

  async #pause(id: string): Promise<object> {
    const { container, init } = this.#find(id);
    if (init.status !== Status.RUNNING) {
      throw new RpcError("FAILED_PRECONDITION", `container ${id} does not run`);
    }
    await implemented(container.pause, "Pause").call(container);
    init.status = Status.PAUSED;
    this.#context.publisher.publish("/tasks/paused", { containerId: id });
    return {};
  }

  async #resume(id: string): Promise<object> {
    const { container, init } = this.#find(id);
    if (init.status !== Status.PAUSED) {
      throw new RpcError("FAILED_PRECONDITION", `container ${id} is not paused`);
    }
    await implemented(container.resume, "Resume").call(container);
    init.status = Status.RUNNING;
    this.#context.publisher.publish("/tasks/resumed", { containerId: id });
    return {};
  }

  #find(id: string): ContainerEntry {
    const found = this.#containers.get(id);
    if (found === undefined) throw new RpcError("NOT_FOUND", `no container ${id}`);
    return found;
  }

  #entry(id: string, execId: string): Entry {
    const { init, execs } = this.#find(id);
    const found = execId === "" ? init : execs.get(execId);
    if (found === undefined) throw new RpcError("NOT_FOUND", `no exec ${execId} of ${id}`);
    return found;
  }
}

function makeEntry(id: string, execId: string, process: ShimProcess, stdio: Entry["stdio"]): Entry {
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const status = Status.CREATED;
  return { id, execId, process, stdio, status, pid: process.pid ?? 0, exit: undefined, ended, end };
}

function isRunning({ status, pid }: Entry): boolean {
  return pid > 0 && status !== Status.STOPPED;
}

function exitOf({ exit }: Entry): object {
  if (exit === undefined) return {};
  return { exitStatus: exit.status, exitedAt: toTimestamp(exit.at) };
}

function nameOf({ id, execId }: Entry): string {
  return execId === "" ? `container ${id}` : `exec ${execId} of ${id}`;
}

function implemented<Method>(method: Method | undefined, name: string): Method {
  if (method === undefined) throw new RpcError("UNIMPLEMENTED", `method ${name}`);
  return method;
}
