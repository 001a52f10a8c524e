import { access, constants, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { RpcError } from "@ocikit/rpc";

/**
 * The program of a runtime by the runtime's name: `io.containerd.runc.v2` is `containerd-shim-runc-v2`. Undefined for a
 * name that has not two parts.
 */
export function shimBinaryName(runtime: string): string | undefined {
  const parts = runtime.split(".");
  const name = parts.at(-2);
  const version = parts.at(-1);
  if (parts.length < 2 || parts[0] === "" || !name || !version) return undefined;
  return `containerd-shim-${name}-${version}`;
}

export interface FindShimOptions {
  /** Folders to look in, as PATH writes them; the process's own PATH unless given. */
  readonly path?: string | undefined;
  /** A program beside which the shim may lie: containerd looks beside itself. */
  readonly beside?: string | undefined;
}

/**
 * Finds the program of a runtime as containerd does: an absolute path is used as it is; a name is looked for in the
 * working folder, in PATH, and beside the engine.
 *
 * Fails with INVALID_ARGUMENT for what is neither name nor path, with NOT_FOUND when there is no such program.
 */
export async function findShimBinary(
  runtime: string,
  options: FindShimOptions = {},
): Promise<string> {
  if (isAbsolute(runtime)) {
    if (await isProgram(runtime)) return runtime;
    throw new RpcError("NOT_FOUND", `shim ${runtime}: no such program`);
  }
  const name = runtime.includes("/") ? undefined : shimBinaryName(runtime);
  if (name === undefined) {
    const text = JSON.stringify(runtime);
    throw new RpcError(
      "INVALID_ARGUMENT",
      `runtime ${text}: neither a name such as io.containerd.runc.v2 nor an absolute path`,
    );
  }
  const folders = ["."];
  folders.push(...(options.path ?? process.env.PATH ?? "").split(delimiter).filter(Boolean));
  if (options.beside !== undefined) folders.push(dirname(options.beside));
  for (const folder of folders) {
    const path = resolve(join(folder, name));
    if (await isProgram(path)) return path;
  }
  throw new RpcError("NOT_FOUND", `runtime ${runtime}: ${name} is not installed`);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
