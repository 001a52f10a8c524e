import type { ExitStatus } from "../host/host.ts";

/** What a shell makes of how a process ended. */
export function exitCode({ code, signal }: ExitStatus): number {
  return signal === null ? (code ?? 1) : 128 + signal;
}
