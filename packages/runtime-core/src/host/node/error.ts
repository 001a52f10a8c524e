import { errnoNumber, errnoWords } from "../../errno.ts";
import type { SystemError } from "../host.ts";

/** An error as the host tells it: what was tried, on what, what the system said. */
export function systemError(
  code: string,
  syscall: string,
  path?: string,
  cause?: unknown,
): SystemError {
  const words = errnoWords(errnoNumber(code) ?? 0);
  const object = path === undefined ? syscall : `${syscall} ${path}`;
  const error = new Error(`${object}: ${code} (${words})`, cause === undefined ? {} : { cause });
  return Object.assign(error, { code, syscall, ...(path !== undefined && { path }) });
}

/** Names of Node for what it was asked that differ from the system call's own. */
const syscalls: Readonly<Record<string, string>> = { scandir: "open", lstat: "stat" };

function isNodeError(error: unknown): error is Error & { code: string; syscall?: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/** Runs something of Node's and tells its errors as the host does. */
export async function asSystemErrors<T>(
  syscall: string,
  path: string | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isNodeError(error)) throw error;
    // A path with a NUL does not even reach the system.
    if (error.code === "ERR_INVALID_ARG_VALUE") throw systemError("EINVAL", syscall, path, error);
    if (error.syscall === undefined) throw error;
    const name = error.syscall.split(" ")[0] as string;
    throw systemError(error.code, syscalls[name] ?? name, path, error);
  }
}
