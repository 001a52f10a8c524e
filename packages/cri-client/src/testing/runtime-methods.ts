import { Duplex, PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RpcError } from "@ocikit/rpc";
import { CgroupDriver } from "../gen/runtime/v1/runtime.ts";
import type { RuntimeHandlers } from "../serve.ts";
import { commandInside, killInside } from "../streaming/killable.ts";
import type { ProcessIo, StreamingHandlers } from "../streaming/server/handlers.ts";
import { envOf, type MemoryContainer } from "./container.ts";
import { runtimeHandlers } from "./pod-methods.ts";
import { findProgram, MemoryProcess } from "./process.ts";
import type { RuntimeState } from "./state.ts";

/** The most that execSync returns of a stream; the rest is dropped. */
const maxExecSyncBytes = 16 * 1024 * 1024;

/** What the runtime says of itself, its events, and commands whose output is waited for. */
export function runtimeMethods(state: RuntimeState): RuntimeHandlers {
  return {
    version: () => ({
      version: "0.1.0",
      runtimeName: "memory",
      runtimeVersion: "0.1.0",
      runtimeApiVersion: "v1",
    }),
    status({ verbose }) {
      const network = state.networkReady
        ? { type: "NetworkReady", status: true }
        : {
            type: "NetworkReady",
            status: false,
            reason: "NetworkPluginNotReady",
            message: "the test says so",
          };
      return {
        status: { conditions: [{ type: "RuntimeReady", status: true }, network] },
        info: verbose ? { config: JSON.stringify({ podCidr: state.podCidr }) } : {},
        runtimeHandlers: runtimeHandlers.map((name) => ({
          name,
          features: { recursiveReadOnlyMounts: true, userNamespaces: true },
        })),
        features: { supplementalGroupsPolicy: true },
      };
    },
    runtimeConfig: () => ({ linux: { cgroupDriver: CgroupDriver.CGROUPFS } }),
    updateRuntimeConfig({ runtimeConfig }) {
      state.podCidr = runtimeConfig?.networkConfig?.podCidr ?? state.podCidr;
      return {};
    },
    getContainerEvents: (_request, { signal }) => state.events.subscribe(signal),
    async execSync({ containerId, cmd, timeout }) {
      const stdout = new Capture();
      const stderr = new Capture();
      const stdin = new PassThrough();
      stdin.end();
      const process = startExec(state, runningContainer(state, containerId), cmd, false, {
        stdin,
        stdout: stdout.stream,
        stderr: stderr.stream,
        sizes: none(),
      });
      let timedOut = false;
      const limit = Number(timeout) * 1000;
      const timer = setTimeout(
        () => {
          timedOut = true;
          process.kill("SIGKILL");
        },
        limit || 2 ** 31 - 1,
      );
      timer.unref();
      const exitCode = await process.exited;
      clearTimeout(timer);
      if (timedOut) {
        throw new RpcError("DEADLINE_EXCEEDED", `the command did not end within ${timeout} s`);
      }
      return { stdout: stdout.bytes, stderr: stderr.bytes, exitCode };
    },
  };
}

/** Exec, attach and port-forward. */
export function streamingHandlers(state: RuntimeState): StreamingHandlers {
  return {
    exec({ containerId, cmd, tty }) {
      const container = runningContainer(state, containerId);
      return async (io) => {
        const process = startExec(state, container, cmd, tty, {
          stdin: io.stdin ?? ended(),
          stdout: io.stdout ?? new Capture(0).stream,
          stderr: tty ? (io.stdout ?? new Capture(0).stream) : (io.stderr ?? new Capture(0).stream),
          sizes: io.sizes,
        });
        io.signal.addEventListener("abort", () => process.kill("SIGKILL"));
        return { code: await process.exited };
      };
    },
    attach({ containerId }) {
      const container = runningContainer(state, containerId);
      return (io) => attach(container, io);
    },
    portForward({ podSandboxId }) {
      const pod = state.pods.get(podSandboxId);
      if (!pod.ready) {
        throw new RpcError("FAILED_PRECONDITION", `pod sandbox ${pod.id} is not ready`);
      }
      return async (port, connection) => {
        const listener = state
          .containersOf(pod)
          .map(({ phase }) => (phase.t === "running" ? phase.process.ports.get(port) : undefined))
          .find((found) => found !== undefined);
        if (listener === undefined) throw new Error(`connect to port ${port}: connection refused`);
        const toProgram = new PassThrough();
        const fromProgram = new PassThrough();
        const program = Duplex.from({ readable: toProgram, writable: fromProgram });
        // A program need not mind that its client left.
        program.on("error", () => {});
        listener(program);
        await Promise.all([pipeline(connection, toProgram), pipeline(fromProgram, connection)]);
      };
    },
  };
}

/** Joins a client to a container's streams until the container ends or the client leaves. */
async function attach({ phase, streams, config }: MemoryContainer, io: ProcessIo): Promise<void> {
  const leave = [streams.join("stdout", io.stdout), streams.join("stderr", io.stderr)];
  if (config.stdin) io.stdin?.pipe(streams.stdin, { end: config.stdinOnce });
  const gone = new Promise<void>((resolve) => io.signal.addEventListener("abort", () => resolve()));
  await Promise.race([gone, phase.t === "running" ? phase.process.exited : undefined]);
  io.stdin?.unpipe(streams.stdin);
  for (const go of leave) go();
  if (config.stdin && config.stdinOnce) streams.stdin.end();
}

function runningContainer(state: RuntimeState, id: string): MemoryContainer {
  const container = state.containers.get(id);
  if (container.phase.t !== "running") {
    throw new RpcError("FAILED_PRECONDITION", `container ${container.id} is not running`);
  }
  return container;
}

function startExec(
  state: RuntimeState,
  { config, image }: MemoryContainer,
  argv: readonly string[],
  tty: boolean,
  streams: Pick<
    ConstructorParameters<typeof MemoryProcess>[1],
    "stdin" | "stdout" | "stderr" | "sizes"
  >,
): MemoryProcess {
  const pid = state.newPid();
  // There is no shell here; what the client wants of one is done in its place.
  const kill = killInside(argv);
  if (kill !== undefined) state.processes.get(kill.pid)?.kill(`SIG${kill.signal}`);
  const inside = commandInside(argv);
  const own = kill === undefined ? (inside ?? argv) : ["true"];
  const program = findProgram(state.programs, own);
  if (inside !== undefined) streams.stdout.write(`${pid} S\n`);
  const process = new MemoryProcess(program, {
    ...streams,
    argv: own,
    env: envOf(config, image),
    cwd: config.workingDir || (image.workingDir ?? "/"),
    tty,
  });
  state.processes.set(pid, process);
  void process.exited.then(() => state.processes.delete(pid));
  return process;
}

/** Keeps what is written, up to a limit. */
class Capture {
  readonly stream = new PassThrough();
  readonly #chunks: Uint8Array[] = [];
  #left: number;

  constructor(maxBytes: number = maxExecSyncBytes) {
    this.#left = maxBytes;
    this.stream.on("data", (chunk: Uint8Array) => {
      const kept = chunk.subarray(0, this.#left);
      this.#left -= kept.length;
      this.#chunks.push(kept);
    });
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

function ended(): PassThrough {
  const stream = new PassThrough();
  stream.end();
  return stream;
}

async function* none(): AsyncGenerator<never, void, undefined> {}
