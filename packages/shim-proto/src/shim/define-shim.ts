import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { connect as netConnect } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import {
  type AnyMessage,
  type HandlerInterceptor,
  type Implementation,
  Router,
  RpcError,
} from "@ocikit/rpc";
import { groupOf } from "../annotation.ts";
import { StreamHub } from "../byte-stream.ts";
import { Any } from "../gen/google/protobuf/any.ts";
import { BootstrapParams } from "../gen/runtime/bootstrap/v1/bootstrap.ts";
import { DeleteResponse } from "../gen/runtime/task/v3/shim.ts";
import { RuntimeInfo } from "../gen/types/introspection.ts";
import { type Payload, unpackPayload } from "../payload.ts";
import { commandEventSink, Publisher, ttrpcEventSink } from "../publisher.ts";
import { SandboxService, StreamingService, TaskService, TaskServiceV2 } from "../services.ts";
import { toTimestamp } from "../timestamp.ts";
import { type Server, serve } from "../ttrpc/serve.ts";
import { parseShimCommand, type ShimCommand } from "./command-line.ts";
import { openShimLog, type ShimLog } from "./log.ts";
import { shimSocketAddress } from "./socket-address.ts";
import { encodeStartAnswer, readStartInput } from "./start-input.ts";

type TaskImplementation = Implementation<typeof TaskService>;

/** What a running shim knows of itself and the engine. */
export interface ShimContext {
  /** Id of the container or sandbox the shim was started for; others of its group may follow. */
  readonly id: string;
  readonly namespace: string;
  /** Bundle the shim was started in. */
  readonly bundle: string;
  /** Takes events to the engine, in order. */
  readonly publisher: Publisher;
  readonly log: ShimLog;
  /** Typed additions of `start`, of which the runtime options are one. */
  readonly extensions: readonly Payload[];
  /** Byte streams that engines opened here, for tasks whose stdio names one. */
  readonly streams: StreamHub;
  /** Aborts when the shim is about to end. */
  readonly signal: AbortSignal;
  /** Ends the shim: running calls may answer, queued events are delivered, the socket goes, the process exits. */
  shutdown(): void;
}

/** What an engine knows when it has a dead shim cleaned up. */
export interface CleanupContext {
  readonly id: string;
  readonly namespace: string;
  readonly bundle: string;
}

/** The services of a shim. A method that is missing answers UNIMPLEMENTED. */
export interface ShimServices {
  /** Answered as version 2 and version 3 alike. `connect` and `shutdown` have defaults. */
  readonly task: TaskImplementation;
  /** For a shim that can be a sandbox itself. */
  readonly sandbox?: Implementation<typeof SandboxService>;
}

export interface ShimDefinition {
  /** Runtime name, `io.containerd.example.v1`; the program is to be called `containerd-shim-example-v1`. */
  readonly name: string;
  readonly version?: string;
  readonly revision?: string;
  /** Makes the services; called once, in the process that serves. */
  readonly serve: (context: ShimContext) => ShimServices | Promise<ShimServices>;
  /** Kills and removes what a dead shim left of a container, and says how it ended; 137 and now unless it says so. */
  readonly cleanup: (
    context: CleanupContext,
  ) => Partial<DeleteResponse> | undefined | Promise<Partial<DeleteResponse> | undefined>;
  /** What `-info` tells beyond name and version. */
  readonly info?: (
    options: Payload | undefined,
  ) => Partial<RuntimeInfo> | Promise<Partial<RuntimeInfo>>;
  /** The group of a container: one shim serves a group. Unless given, what containerd's own shims go by. */
  readonly group?: (id: string, annotations: Readonly<Record<string, string>>) => string;
  /** Folder for the sockets of its shims, where the engine names none; /run/containerd/s unless given. */
  readonly socketDirectory?: string;
  /** See every request before its handler does, the first one outermost. */
  readonly interceptors?: readonly HandlerInterceptor[];
  /** How the program is run again to serve; unless given, as it was run itself. */
  readonly command?: readonly [string, ...string[]];
}

/** A shim's program. */
export interface ShimProgram {
  /**
   * Does what the command line says, and ends the process: `start`, `delete`, `-info`, `-version`, or serving. Errors go
   * to stderr with exit status 1; nothing else ever does, since engines read stdout and stderr as one.
   */
  run(args?: readonly string[]): Promise<never>;
}

// What engines send on start is options; more than this is no engine.
const maxInputBytes = 10 << 20;
const readyTimeoutMs = 30_000;
// How long calls may take to answer, and events to go out, when the shim ends.
const closeTimeoutMs = 2_000;
const servedBy = "OCIKIT_SHIM_STARTED";

/** Makes a shim's program of what it serves. */
export function defineShim(definition: ShimDefinition): ShimProgram {
  return {
    async run(args = process.argv.slice(2)) {
      try {
        const command = parseShimCommand(args, process.env);
        await runCommand(definition, command);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        process.stderr.write(`${definition.name}: ${message}\n`);
        process.exit(1);
      }
      process.exit(0);
    },
  };
}

async function runCommand(definition: ShimDefinition, command: ShimCommand): Promise<void> {
  switch (command.action) {
    case "version": {
      const { name, version = "unknown", revision = "unknown" } = definition;
      const program = basename(process.argv[1] ?? name);
      await writeOut(
        Buffer.from(`${program}:\n  Version:  ${version}\n  Revision: ${revision}\n\n`),
      );
      return;
    }
    case "info":
      await writeOut(await runInfo(definition));
      return;
    case "start":
      await writeOut(await runStart(definition, command));
      return;
    case "delete":
      await writeOut(await runDelete(definition, command));
      return;
    case "serve":
      await runServe(definition, command);
      return;
  }
}

async function runInfo(definition: ShimDefinition): Promise<Uint8Array> {
  const input = await readInput();
  const any = input.length === 0 ? undefined : Any.decode(input);
  const more = await definition.info?.(unpackPayload(any));
  const { name, version = "", revision = "" } = definition;
  return RuntimeInfo.encode(
    RuntimeInfo.fromPartial({
      name,
      version: { version, revision },
      ...(any === undefined ? {} : { options: any }),
      ...more,
    }),
  ).finish();
}

async function runDelete(
  definition: ShimDefinition,
  { id, namespace, bundle }: ShimCommand,
): Promise<Uint8Array> {
  const context = { id, namespace, bundle: bundle ?? process.cwd() };
  const ended = (await definition.cleanup(context)) ?? {};
  await removeDeadSocket(context.bundle);
  return DeleteResponse.encode(
    DeleteResponse.fromPartial({ exitStatus: 137, exitedAt: toTimestamp(), ...ended }),
  ).finish();
}

/** A shim that was killed leaves its socket. One that answers serves others of its group. */
async function removeDeadSocket(bundle: string): Promise<void> {
  const address = await readFile(join(bundle, "address"), "utf8").catch(() => "");
  if (!address.startsWith("unix://") || (await answers(address))) return;
  rmSync(address.slice("unix://".length), { force: true });
}

/** Joins the shim of the group, or starts it and waits until it serves. */
async function runStart(definition: ShimDefinition, command: ShimCommand): Promise<Uint8Array> {
  const input = readStartInput(await readInput(), command);
  const { namespace, id, grpcAddress } = command;
  const group = (definition.group ?? groupOf)(id, await readAnnotations());
  const directory = input.socketDirectory ?? definition.socketDirectory;
  const address = shimSocketAddress(grpcAddress, namespace, group, directory);
  if (!(await answers(address))) {
    try {
      await startServer(definition, command, address, input.extensions, input.debug);
    } catch (error) {
      // Two containers of a group may be started at once: only one shim gets the address, and serves both.
      if (!(await answers(address))) throw error;
    }
  }
  // Engines up to 1.7 look for a running shim here.
  await writeFile("address", address, { mode: 0o600 });
  return encodeStartAnswer(address, input, command);
}

async function readAnnotations(): Promise<Readonly<Record<string, string>>> {
  const config: unknown = JSON.parse(await readFile("config.json", "utf8"));
  if (typeof config !== "object" || config === null || !("annotations" in config)) return {};
  const { annotations } = config;
  if (typeof annotations !== "object" || annotations === null) return {};
  return annotations as Readonly<Record<string, string>>; // as: values that are not text match no group
}

async function startServer(
  definition: ShimDefinition,
  { namespace, id, grpcAddress, publishBinary }: ShimCommand,
  address: string,
  extensions: readonly AnyMessage[],
  debug: boolean,
): Promise<void> {
  const [program, ...first] = definition.command ?? ownCommand();
  const flags = ["-namespace", namespace, "-id", id, "-address", grpcAddress];
  flags.push("-publish-binary", publishBinary, "-socket", address.slice("unix://".length));
  if (debug) flags.push("-debug");
  const child = spawn(program, [...first, ...flags], {
    // A session of its own: what ends the engine must not end the shim. Nothing of the engine's is held open.
    detached: true,
    stdio: ["pipe", "ignore", "ignore", "pipe"],
    env: { ...process.env, [servedBy]: "1" },
  });
  const failed = once(child, "exit").then(([status]) => {
    throw new Error(`the process that is to serve ended with status ${status}`);
  });
  const params = BootstrapParams.fromPartial({
    instanceId: id,
    namespace,
    extensions: extensions.map((value) => ({ value })),
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(BootstrapParams.encode(params).finish());
  const limit = setTimeout(() => child.kill("SIGKILL"), readyTimeoutMs);
  try {
    const said = await Promise.race([readReady(child.stdio[3] as NodeJS.ReadableStream), failed]);
    if (said !== "ready") throw new Error(said || "the process that is to serve said nothing");
  } finally {
    clearTimeout(limit);
    failed.catch(() => {});
  }
  if (child.pid !== undefined) adjustOomScore(child.pid);
  child.unref();
}

/** What the process that serves says on its way up: `ready`, or what went wrong. */
async function readReady(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.toString();
  return text.trim();
}

/** The kernel, short of memory, should take a shim before the engine that started it. */
function adjustOomScore(pid: number): void {
  try {
    const score = Number(readFileSync(`/proc/${process.ppid}/oom_score_adj`, "utf8"));
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(Math.min(1000, score + 1)));
  } catch {
    // Some systems let nobody write it; the shim runs all the same.
  }
}

/** How this program was run: a script by its interpreter, or an executable by itself. */
function ownCommand(): readonly [string, ...string[]] {
  const script = process.argv[1];
  const compiled =
    script === undefined || script.startsWith("/$bunfs/") || script === process.execPath;
  return compiled ? [process.execPath] : [process.execPath, ...process.execArgv, resolve(script)];
}

/** Whether a shim answers at an address. */
function answers(address: string): Promise<boolean> {
  const path = address.slice("unix://".length);
  return new Promise((resolve) => {
    const socket = netConnect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function runServe(definition: ShimDefinition, command: ShimCommand): Promise<void> {
  const started = process.env[servedBy] === "1";
  const tell = started ? (text: string) => writeFileSync(3, text) : undefined;
  try {
    const extensions = started ? readExtensions(readFileSync(0)) : [];
    const running = await startServing(definition, command, extensions);
    tell?.("ready");
    // Its end tells the program that started this one that all has been said.
    if (started) closeSync(3);
    await running.ended;
  } catch (error) {
    tell?.(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

function readExtensions(input: Uint8Array): Payload[] {
  const { extensions } = BootstrapParams.decode(input);
  return extensions.flatMap(({ value }) => {
    const payload = unpackPayload(value);
    return payload === undefined ? [] : [payload];
  });
}

/** Serves. The promise inside resolves when the shim was told to end, and has. */
async function startServing(
  definition: ShimDefinition,
  command: ShimCommand,
  extensions: readonly Payload[],
): Promise<{ readonly ended: Promise<void> }> {
  const { id, namespace, grpcAddress, ttrpcAddress, publishBinary } = command;
  const bundle = command.bundle ?? process.cwd();
  const log = openShimLog("log", command.debug);
  const stopping = new AbortController();
  const sink =
    ttrpcAddress === ""
      ? commandEventSink(publishBinary, grpcAddress)
      : ttrpcEventSink(ttrpcAddress);
  const publisher = new Publisher({
    namespace,
    sink,
    onDropped: ({ topic }, error) =>
      log("error", "an event was dropped", { topic, error: error.message }),
  });
  const streams = new StreamHub();
  const context: ShimContext = {
    id,
    namespace,
    bundle,
    publisher,
    log,
    extensions,
    streams,
    signal: stopping.signal,
    shutdown: () => stopping.abort(),
  };
  const services = await definition.serve(context);
  const router = makeRouter(definition, services, context);
  const address =
    command.socket === undefined
      ? shimSocketAddress(grpcAddress, namespace, id, definition.socketDirectory)
      : `unix://${command.socket}`;
  const path = address.slice("unix://".length);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const server = await serve(address, router, {
    onHandlerError: (error, method) => log("error", "a handler failed", { method, error }),
  });
  log("info", "serving", { address, pid: process.pid });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, context.shutdown);
  // An engine that goes away must not take its shims along.
  process.on("SIGPIPE", () => {});
  process.on("SIGHUP", () => {});
  process.on("unhandledRejection", (error) => log("error", "nobody handled an error", { error }));
  const ended = once(stopping.signal, "abort").then(async () => {
    await closeAll(server, publisher);
    rmSync(path, { force: true });
    log("info", "ended", { pid: process.pid });
    log.close();
  });
  return { ended };
}

async function closeAll(server: Server, publisher: Publisher): Promise<void> {
  await server.close({ signal: AbortSignal.timeout(closeTimeoutMs) });
  await publisher.close({ signal: AbortSignal.timeout(closeTimeoutMs) });
}

function makeRouter(
  { interceptors, version = "" }: ShimDefinition,
  { task, sandbox }: ShimServices,
  context: ShimContext,
): Router {
  const whole: TaskImplementation = {
    connect: () => ({ shimPid: process.pid, version }),
    shutdown() {
      context.shutdown();
      return {};
    },
    ...task,
  };
  const router = new Router(interceptors === undefined ? {} : { interceptors });
  router.service(TaskService, whole);
  // The messages of both versions are the same.
  router.service(TaskServiceV2, whole);
  router.service(StreamingService, context.streams.implementation);
  if (sandbox !== undefined) router.service(SandboxService, sandbox);
  return router;
}

async function readInput(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    length += (chunk as Buffer).length; // as: stdin has no encoding set
    if (length > maxInputBytes) throw new RpcError("RESOURCE_EXHAUSTED", "the input is too long");
    parts.push(chunk as Buffer);
  }
  return Buffer.concat(parts);
}

/** Writes all of an answer: exiting right after a write to a pipe can lose its end. */
function writeOut(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
