import type { SystemError } from "./host.ts";

/** Whether an error is what a system call answered, and optionally with that errno. */
export function isSystemError(error: unknown, code?: string): error is SystemError {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return false;
  return code === undefined || error.code === code;
}
