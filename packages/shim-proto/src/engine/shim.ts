import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AnyMessage, type CallOptions, type Client, RpcError } from "@ocikit/rpc";
import { Any } from "../gen/google/protobuf/any.ts";
import { DeleteResponse } from "../gen/runtime/task/v3/shim.ts";
import { RuntimeInfo } from "../gen/types/introspection.ts";
import { SandboxService, TaskService, TaskServiceV2 } from "../services.ts";
import { type Address, parseAddress } from "../ttrpc/address.ts";
import type { ClientConnection } from "../ttrpc/client-connection.ts";
import { connect } from "../ttrpc/connect.ts";
import {
  type Bootstrap,
  encodeStartInput,
  parseStartAnswer,
  type ShimDialect,
  type StartParams,
  shimEnvironment,
  shimFlags,
} from "./bootstrap.ts";
import { openShimLog } from "./fifo.ts";
import { runShim, type ShimOutput } from "./run-shim.ts";
import { findShimBinary } from "./shim-binary.ts";

export interface ShimOptions {
  /** Id of the container or sandbox. */
  readonly id: string;
  /** containerd's namespace; it goes with every call too. */
  readonly namespace: string;
  /** Absolute path of the bundle, with config.json in it. */
  readonly bundle: string;
  /** The runtime's name or the absolute path of its shim. */
  readonly runtime: string;
  /** Socket of the engine's gRPC API; the shim's own address is made from it. */
  readonly grpcAddress: string;
  /** Socket on which the engine takes events. */
  readonly ttrpcAddress?: string | undefined;
  /** Program that takes events on its command line. */
  readonly publishBinary?: string | undefined;
  /** Runtime options; see `packPayload`. */
  readonly options?: AnyMessage | undefined;
  /** How to speak to the shim's program. `auto` speaks as containerd 2.0 and, if that is refused, as 2.3. */
  readonly dialect?: ShimDialect | "auto" | undefined;
  readonly debug?: boolean | undefined;
  /** Folder for the shim's socket, in the dialect that can say so. */
  readonly socketDirectory?: string | undefined;
  /** More environment for the shim's program. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Hears of what the shim logs. */
  readonly onLog?: ((chunk: Uint8Array) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The word ttrpc calls carry containerd's namespace under. */
export const namespaceKey = "containerd-namespace-ttrpc";

const bootstrapFile = "bootstrap.json";
const binaryFile = "shim-binary-path";
const connectTimeoutMs = 10_000;

/**
 * A running shim as an engine holds it. Closing it lets go of the connection and leaves the shim alone; `task.shutdown`
 * ends a shim, `delete` cleans up after one that is dead.
 */
export class Shim implements AsyncDisposable {
  readonly id: string;
  readonly namespace: string;
  readonly bundle: string;
  /** Path of its program. */
  readonly binary: string;
  readonly bootstrap: Bootstrap;
  readonly connection: ClientConnection;
  /** Its task service. Versions 2 and 3 have the same messages; the calls go to the one the shim has. */
  readonly task: Client<typeof TaskService>;
  /** Its sandbox service; a shim that is no sandbox answers UNIMPLEMENTED. */
  readonly sandbox: Client<typeof SandboxService>;
  /** What the program said on start; undefined of a shim that was found running. */
  readonly startOutput: ShimOutput | undefined;
  readonly #params: StartParams;
  readonly #where: Pick<ShimOptions, "bundle" | "env">;
  readonly #closeLog: () => void;

  constructor(
    options: ShimOptions,
    binary: string,
    bootstrap: Bootstrap,
    connection: ClientConnection,
    closeLog: () => void,
    startOutput?: ShimOutput,
  ) {
    this.#closeLog = closeLog;
    this.startOutput = startOutput;
    this.id = options.id;
    this.namespace = options.namespace;
    this.bundle = options.bundle;
    this.binary = binary;
    this.bootstrap = bootstrap;
    this.connection = connection;
    this.task = connection.client(bootstrap.version === 2 ? TaskServiceV2 : TaskService);
    this.sandbox = connection.client(SandboxService);
    this.#params = toParams(options);
    this.#where = { bundle: options.bundle, env: options.env };
  }

  /**
   * Resolves when the connection is gone. Of a shim that nobody told to shut down it means that it is dead: `delete` says
   * how its container ended, and cleans up.
   */
  get whenClosed(): Promise<Error | undefined> {
    return this.connection.whenClosed;
  }

  /**
   * Runs the shim's program for `delete`: for a shim that died, or one left over from before. Kills and removes what it
   * ran, and says how that ended. The bundle stays.
   */
  async delete(options: Pick<CallOptions, "signal" | "timeoutMs"> = {}): Promise<DeleteResponse> {
    return await deleteDead(this.binary, this.#params, { ...this.#where, ...options });
  }

  close(): void {
    this.connection.close();
    this.#closeLog();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/**
 * Starts a shim for a bundle, or joins the one of its group, and connects to it. Leaves `shim-binary-path` and
 * `bootstrap.json` in the bundle, from which `loadShim` finds it again.
 */
export async function startShim(options: ShimOptions): Promise<Shim> {
  const binary = await findShimBinary(options.runtime);
  const params = toParams(options);
  const closeLog = await openShimLog(options.bundle, options.onLog);
  try {
    const output = await runInDialect(binary, params, options);
    const bootstrap = parseStartAnswer(output.stdout);
    await writeWhole(join(options.bundle, binaryFile), binary);
    const connection = await connectShim(bootstrap.address, options);
    await writeWhole(join(options.bundle, bootstrapFile), JSON.stringify(bootstrap));
    return new Shim(options, binary, bootstrap, connection, closeLog, output);
  } catch (error) {
    closeLog();
    throw error;
  }
}

async function runInDialect(
  binary: string,
  params: StartParams,
  options: ShimOptions,
): Promise<ShimOutput> {
  const { dialect = "auto" } = options;
  if (dialect !== "auto") return await runStart(binary, dialect, params, options);
  try {
    // A shim of 2.3 or later refuses what older engines say before it does anything; an older one might take what newer
    // engines say for options it does not know, and drop them without a word.
    return await runStart(binary, "2.0", params, options);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== "UNKNOWN") throw error;
    try {
      return await runStart(binary, "2.3", params, options);
    } catch {
      throw error;
    }
  }
}

/** Finds the running shim of a bundle again, after the engine was away. */
export async function loadShim(
  options: Omit<ShimOptions, "runtime"> & { readonly runtime?: string | undefined },
): Promise<Shim> {
  const { bundle } = options;
  const binary =
    (await readText(join(bundle, binaryFile))) ?? (await findShimBinary(options.runtime ?? ""));
  const bootstrap = await readBootstrap(bundle);
  const whole = { ...options, runtime: binary };
  const closeLog = await openShimLog(bundle, options.onLog);
  let connection: ClientConnection | undefined;
  try {
    connection = await connectShim(bootstrap.address, whole);
    const version = await findTaskVersion(connection, bootstrap.version, options);
    return new Shim(whole, binary, { ...bootstrap, version }, connection, closeLog);
  } catch (error) {
    connection?.close();
    closeLog();
    throw error;
  }
}

/** Cleans up after a shim that can't be reached any more; see `Shim.delete`. */
export async function deleteShim(
  options: Omit<ShimOptions, "runtime"> & { readonly runtime?: string | undefined },
): Promise<DeleteResponse> {
  const { bundle } = options;
  const binary =
    (await readText(join(bundle, binaryFile))) ?? (await findShimBinary(options.runtime ?? ""));
  return await deleteDead(binary, toParams(options), options);
}

/** Asks a shim's program what it is, as containerd 2.0 and later do. */
export async function queryShim(
  runtime: string,
  options: {
    readonly options?: AnyMessage | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<RuntimeInfo> {
  const binary = await findShimBinary(runtime);
  const { options: any, signal } = options;
  const stdin = any === undefined ? new Uint8Array(0) : Any.encode(Any.fromPartial(any)).finish();
  const output = await runShim(binary, { args: ["-info"], cwd: "/", env: {}, stdin, signal });
  return decodeOutput(RuntimeInfo, output.stdout, `${binary} -info`);
}

/** The version of the task service a shim answers: what it said, or one less when it does not know that one. */
async function findTaskVersion(
  connection: ClientConnection,
  version: number,
  { id, signal }: Pick<ShimOptions, "id" | "signal">,
): Promise<number> {
  const probe = async (service: typeof TaskService | typeof TaskServiceV2): Promise<boolean> => {
    try {
      await connection.client(service).connect({ id }, { signal, timeoutMs: connectTimeoutMs });
    } catch (error) {
      // That it knows no such task says that it knows the service.
      if (!(error instanceof RpcError)) throw error;
      if (error.code === "UNIMPLEMENTED") return false;
      if (error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED") throw error;
    }
    return true;
  };
  if (version >= 3 && (await probe(TaskService))) return 3;
  if (await probe(TaskServiceV2)) return 2;
  throw new RpcError("UNIMPLEMENTED", "the shim answers no version of the task service");
}

async function deleteDead(
  binary: string,
  params: StartParams,
  {
    bundle,
    env,
    ...limits
  }: Pick<ShimOptions, "bundle" | "env"> & Pick<CallOptions, "signal" | "timeoutMs">,
): Promise<DeleteResponse> {
  const { stdout } = await runShim(binary, {
    args: [...shimFlags(params, bundle), "delete"],
    cwd: bundle,
    env: { ...shimEnvironment("2.3", params), ...env },
    stdin: new Uint8Array(0),
    signal: limits.signal,
    timeoutMs: limits.timeoutMs,
  });
  return decodeOutput(DeleteResponse, stdout, `${binary} delete`);
}

async function runStart(
  binary: string,
  dialect: ShimDialect,
  params: StartParams,
  options: ShimOptions,
): Promise<ShimOutput> {
  return await runShim(binary, {
    args: [...shimFlags(params), "start"],
    cwd: options.bundle,
    env: { ...shimEnvironment(dialect, params), ...options.env },
    stdin: encodeStartInput(dialect, params),
    signal: options.signal,
  });
}

function toParams(options: Omit<ShimOptions, "runtime">): StartParams {
  return {
    id: options.id,
    namespace: options.namespace,
    grpcAddress: options.grpcAddress,
    ttrpcAddress: options.ttrpcAddress ?? `${options.grpcAddress}.ttrpc`,
    publishBinary: options.publishBinary ?? process.execPath,
    debug: options.debug ?? false,
    socketDirectory: options.socketDirectory,
    options: options.options,
  };
}

async function connectShim(
  address: string,
  { namespace, signal }: Pick<ShimOptions, "namespace" | "signal">,
): Promise<ClientConnection> {
  return await connect(toAddress(address), {
    metadata: { [namespaceKey]: namespace },
    signal,
    timeoutMs: connectTimeoutMs,
  });
}

/** A shim's address as containerd reads it: without a scheme it is abstract. */
function toAddress(address: string): Address {
  if (address.includes("://")) return parseAddress(address);
  return { kind: "abstract", name: address.replace(/^[@\0]/, "") };
}

async function readBootstrap(bundle: string): Promise<Bootstrap> {
  const text =
    (await readText(join(bundle, bootstrapFile))) ?? (await readText(join(bundle, "address")));
  if (text === undefined) {
    throw new RpcError("NOT_FOUND", `${bundle}: neither ${bootstrapFile} nor address is there`);
  }
  return parseStartAnswer(Buffer.from(text));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A file that is there whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${process.pid}`;
  try {
    await writeFile(part, text, { mode: 0o600 });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function decodeOutput<Message>(
  type: { decode(input: Uint8Array): Message },
  bytes: Uint8Array,
  what: string,
): Message {
  try {
    return type.decode(bytes);
  } catch (error) {
    throw new RpcError("INVALID_ARGUMENT", `${what}: its answer can't be read`, { cause: error });
  }
}
