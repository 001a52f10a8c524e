import { RpcError } from "@ocikit/rpc";

/** The most of a command's complaints that becomes part of an error. */
export const maxComplaint = 500;

/** The error of a command in a container that did not do what it was run for, in the command's own words. */
export function failed(what: string, stderr: string, code: number): RpcError {
  const complaint = stderr.trim().slice(0, maxComplaint) || `exit code ${code}`;
  const missing = /no such file|not found/i.test(complaint);
  return new RpcError(missing ? "NOT_FOUND" : "UNKNOWN", `${what}: ${complaint}`);
}
