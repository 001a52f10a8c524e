import { type AnyMessage, RpcError } from "@ocikit/rpc";
import { Any } from "../gen/google/protobuf/any.ts";
import {
  BootstrapParams,
  BootstrapResult,
  LogLevel,
} from "../gen/runtime/bootstrap/v1/bootstrap.ts";

/**
 * The ways containerd has started shims, by the version each began with.
 *
 * `1.6`: options on stdin, the bare address on stdout. `1.7` and `2.0`: more environment, and an answer in JSON is
 * understood. `2.3`: protobuf both ways.
 */
export type ShimDialect = "1.6" | "1.7" | "2.0" | "2.3";

/** Every dialect, oldest first. */
export const shimDialects: readonly ShimDialect[] = ["1.6", "1.7", "2.0", "2.3"];

/** Where a started shim can be reached, and how. */
export interface Bootstrap {
  /** Version of its task service: 2 or 3. */
  readonly version: number;
  readonly address: string;
  readonly protocol: string;
}

/** The newest version of the task service there is. */
export const newestTaskVersion = 3;

/** What an engine tells a shim on `start`. */
export interface StartParams {
  readonly id: string;
  readonly namespace: string;
  readonly grpcAddress: string;
  readonly ttrpcAddress: string;
  readonly publishBinary: string;
  readonly debug: boolean;
  readonly socketDirectory?: string | undefined;
  /** Runtime options. */
  readonly options?: AnyMessage | undefined;
  /** What the engine calls its own version. */
  readonly engineVersion?: string | undefined;
}

/** The flags in front of the action, the same in every dialect. */
export function shimFlags(params: StartParams, bundle?: string): string[] {
  const flags = ["-namespace", params.namespace, "-address", params.grpcAddress];
  flags.push("-publish-binary", params.publishBinary, "-id", params.id);
  if (bundle !== undefined) flags.push("-bundle", bundle);
  if (params.debug) flags.push("-debug");
  return flags;
}

/** The environment a dialect adds to the engine's own. */
export function shimEnvironment(
  dialect: ShimDialect,
  params: StartParams,
): Readonly<Record<string, string>> {
  const common = { TTRPC_ADDRESS: params.ttrpcAddress, GOMAXPROCS: "2" };
  if (dialect === "1.6") return common;
  return {
    ...common,
    GRPC_ADDRESS: params.grpcAddress,
    NAMESPACE: params.namespace,
    // Every containerd that sets it has written 2, also those that know 3.
    MAX_SHIM_VERSION: "2",
  };
}

/** What a shim reads from stdin on `start`. */
export function encodeStartInput(dialect: ShimDialect, params: StartParams): Uint8Array {
  const { options } = params;
  if (dialect !== "2.3") {
    return options === undefined
      ? new Uint8Array(0)
      : Any.encode(Any.fromPartial(options)).finish();
  }
  const message = BootstrapParams.fromPartial({
    instanceId: params.id,
    namespace: params.namespace,
    logLevel: params.debug ? LogLevel.DEBUG : LogLevel.INFO,
    containerdVersion: params.engineVersion ?? "2.3.0",
    containerdTtrpcAddress: params.ttrpcAddress,
    containerdGrpcAddress: params.grpcAddress,
    containerdBinary: params.publishBinary,
    extensions: options === undefined ? [] : [{ value: options }],
  });
  if (params.socketDirectory !== undefined) message.socketDir = params.socketDirectory;
  return BootstrapParams.encode(message).finish();
}

/**
 * Reads what a shim wrote on `start`: protobuf, JSON, or an address alone, which says version 2 over ttrpc. Fails with
 * INVALID_ARGUMENT for an answer that is none of them, UNIMPLEMENTED for a version or protocol nobody here speaks.
 */
export function parseStartAnswer(answer: Uint8Array): Bootstrap {
  const found = parseProtobuf(answer) ?? parseText(Buffer.from(answer).toString().trim());
  if (found.version < 2 || found.version > newestTaskVersion) {
    throw new RpcError("UNIMPLEMENTED", `shim version ${found.version} is not supported`);
  }
  if (found.protocol !== "ttrpc") {
    throw new RpcError("UNIMPLEMENTED", `a shim that speaks ${found.protocol} is not supported`);
  }
  return found;
}

function parseProtobuf(answer: Uint8Array): Bootstrap | undefined {
  // The tags of version, address and protocol are control characters, which no text answer begins with.
  const [first] = answer;
  if (first !== 0x08 && first !== 0x12 && first !== 0x1a) return undefined;
  try {
    const { version, address, protocol } = BootstrapResult.decode(answer);
    return { version, address, protocol };
  } catch (error) {
    throw new RpcError("INVALID_ARGUMENT", "the shim's answer to start can't be read", {
      cause: error,
    });
  }
}

function parseText(text: string): Bootstrap {
  if (text === "") throw new RpcError("INVALID_ARGUMENT", "the shim said nothing on start");
  if (text.startsWith("{")) {
    const parsed = parseJson(text);
    if (parsed !== undefined) return parsed;
  }
  return { version: 2, address: text, protocol: "ttrpc" };
}

function parseJson(text: string): Bootstrap | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { version, address, protocol } = value as Readonly<Record<string, unknown>>; // as: an object
    if (typeof version !== "number" || version < 2) return undefined;
    if (typeof address !== "string" || typeof protocol !== "string") return undefined;
    return { version, address, protocol };
  } catch {
    return undefined;
  }
}
