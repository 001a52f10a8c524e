import { getSystemErrorMap } from "node:util";

/** What the system said, for a message: `ENOENT (no such file or directory)`. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errno } = error as NodeJS.ErrnoException;
  const [, meaning] = (errno !== undefined && getSystemErrorMap().get(errno)) || [];
  return code !== undefined && meaning !== undefined ? `${code} (${meaning})` : error.message;
}
