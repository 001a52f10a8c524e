import { type AnyMessage, RpcError } from "@ocikit/rpc";
import { newestTaskVersion } from "../engine/bootstrap.ts";
import { Any } from "../gen/google/protobuf/any.ts";
import { BootstrapParams, BootstrapResult } from "../gen/runtime/bootstrap/v1/bootstrap.ts";
import type { ShimCommand } from "./command-line.ts";

/** What a shim learns from its input on `start`, whichever engine wrote it. */
export interface StartInput {
  /** How to answer. */
  readonly answer: "address" | "json" | "protobuf";
  /** Runtime options and other typed additions. */
  readonly extensions: readonly AnyMessage[];
  readonly socketDirectory: string | undefined;
  readonly debug: boolean;
}

const noExtensions: readonly AnyMessage[] = [];

/**
 * Reads the input of `start`: BootstrapParams of containerd 2.3 and later, the options alone of those before, or nothing.
 * Fails with INVALID_ARGUMENT for what is neither.
 */
export function readStartInput(input: Uint8Array, command: ShimCommand): StartInput {
  const old = {
    answer: command.readsJson ? "json" : "address",
    socketDirectory: undefined,
    debug: command.debug,
  } as const;
  if (input.length === 0) return { ...old, extensions: noExtensions };
  // Both messages begin with two texts. Only the newer one's are the id and namespace that the flags say too.
  const params = decode(BootstrapParams, input);
  if (params?.instanceId === command.id && params.namespace === command.namespace) {
    return {
      answer: "protobuf",
      extensions: params.extensions.flatMap(({ value }) => (value === undefined ? [] : [value])),
      socketDirectory: params.socketDir,
      debug: command.debug || params.logLevel < 0,
    };
  }
  const options = decode(Any, input);
  if (options === undefined || !/[./]/.test(options.typeUrl)) {
    throw new RpcError(
      "INVALID_ARGUMENT",
      "the input of start is neither options nor parameters for this -id and -namespace",
    );
  }
  return { ...old, extensions: [options] };
}

/** Writes the answer to `start`. */
export function encodeStartAnswer(
  address: string,
  { answer }: StartInput,
  { publishBinary }: ShimCommand,
): Uint8Array {
  const protocol = "ttrpc";
  switch (answer) {
    case "address":
      return Buffer.from(address);
    case "json": {
      // CRI-O's copy of containerd's client says that it knows 2 at most, and means it.
      const version = /(^|\/)crio$/.test(publishBinary) ? 2 : newestTaskVersion;
      return Buffer.from(JSON.stringify({ version, address, protocol }));
    }
    case "protobuf":
      return BootstrapResult.encode(
        BootstrapResult.fromPartial({ version: newestTaskVersion, address, protocol }),
      ).finish();
  }
}

function decode<Message>(
  type: { decode(input: Uint8Array): Message },
  input: Uint8Array,
): Message | undefined {
  try {
    return type.decode(input);
  } catch {
    return undefined;
  }
}
