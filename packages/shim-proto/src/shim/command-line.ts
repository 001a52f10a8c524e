import { RpcError } from "@ocikit/rpc";

/** What an engine wants of a shim's program. */
export interface ShimCommand {
  readonly action: "start" | "delete" | "serve" | "info" | "version";
  readonly namespace: string;
  readonly id: string;
  /** Socket of the engine's gRPC API. */
  readonly grpcAddress: string;
  /** Socket that takes events; empty when the engine has none. */
  readonly ttrpcAddress: string;
  readonly publishBinary: string;
  /** Bundle of the container; the working folder unless given. */
  readonly bundle: string | undefined;
  /** Where to serve, for people who debug. */
  readonly socket: string | undefined;
  readonly debug: boolean;
  /** Whether the engine understands an answer in JSON: containerd 1.6 does not. */
  readonly readsJson: boolean;
}

// Flags with a value, as Go's flag package reads them: one dash or two, `-flag value` or `-flag=value`.
const valueFlags = new Set([
  "namespace",
  "id",
  "address",
  "publish-binary",
  "bundle",
  "socket",
  "debug-socket",
]);
const booleanFlags = new Set(["debug", "v", "version", "info"]);

/** Reads a shim's command line and environment. Throws INVALID_ARGUMENT for what no engine says. */
export function parseShimCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ShimCommand {
  const { values, flags, rest } = readFlags(args);
  const value = (name: string): string => values.get(name) ?? "";
  const command = {
    namespace: value("namespace"),
    id: value("id"),
    grpcAddress: value("address") || (env.GRPC_ADDRESS ?? ""),
    ttrpcAddress: env.TTRPC_ADDRESS ?? "",
    publishBinary: value("publish-binary"),
    bundle: values.get("bundle"),
    socket: values.get("socket"),
    debug: flags.has("debug"),
    readsJson: env.MAX_SHIM_VERSION !== undefined,
  };
  if (flags.has("v") || flags.has("version")) return { ...command, action: "version" };
  if (flags.has("info")) return { ...command, action: "info" };
  const [action = "serve", ...more] = rest;
  if (action !== "start" && action !== "delete" && action !== "serve") {
    throw new RpcError("INVALID_ARGUMENT", `unknown action ${JSON.stringify(action)}`);
  }
  if (more.length > 0) {
    throw new RpcError("INVALID_ARGUMENT", `unknown argument ${JSON.stringify(more[0])}`);
  }
  if (command.namespace === "") throw new RpcError("INVALID_ARGUMENT", "-namespace is missing");
  if (command.id === "") throw new RpcError("INVALID_ARGUMENT", "-id is missing");
  return { ...command, action };
}

function readFlags(args: readonly string[]): {
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
  readonly rest: readonly string[];
} {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const match = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(arg);
    // The first word that is no flag ends them, as in Go.
    if (match === null) return { values, flags, rest: args.slice(at) };
    const [, name = "", inline] = match;
    if (valueFlags.has(name)) {
      if (inline === undefined) at++;
      const value = inline ?? args[at];
      if (value === undefined) throw new RpcError("INVALID_ARGUMENT", `-${name} needs a value`);
      values.set(name, value);
    } else if (booleanFlags.has(name)) {
      if (inline === undefined || inline === "true") flags.add(name);
    } else throw new RpcError("INVALID_ARGUMENT", `unknown flag ${arg}`);
  }
  return { values, flags, rest: [] };
}
