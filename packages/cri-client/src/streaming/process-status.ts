import { RpcError } from "@ocikit/rpc";

/** How a process ended: its exit code, or 128 and the number of the signal that ended it. */
export interface ExitStatus {
  readonly code: number;
}

/** The fields of Kubernetes' Status object that streaming uses. */
interface StatusObject {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

/** What one end of a process session says about its end. */
export type ProcessEnd = ExitStatus | { readonly failure: string };

/** The end of a process as the error channel tells it in versions 4 and 5. */
export function encodeEnd(end: ProcessEnd): string {
  return JSON.stringify({ metadata: {}, ...toStatus(end) });
}

function toStatus(end: ProcessEnd): object {
  if ("failure" in end) {
    return { status: "Failure", message: end.failure, reason: "InternalError", code: 500 };
  }
  if (end.code === 0) return { status: "Success" };
  return {
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${end.code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(end.code) }] },
  };
}

/** The same before version 4: nothing for success, and a sentence for anything else. */
export function encodeEndAsText(end: ProcessEnd): string {
  if ("failure" in end) return end.failure;
  return end.code === 0
    ? ""
    : `command terminated with non-zero exit code: exit status ${end.code}`;
}

/** Reads what the error channel said. Throws an RpcError when the process never ran, or what was said can't be read. */
export function decodeEnd(text: string): ExitStatus {
  let status: StatusObject;
  try {
    status = JSON.parse(text) as StatusObject; // as: every field is looked at before use
  } catch (cause) {
    throw new RpcError("INTERNAL", `the end of the process is told as ${JSON.stringify(text)}`, {
      cause,
    });
  }
  if (status?.status === "Success") return { code: 0 };
  if (status?.reason === "NonZeroExitCode") {
    const told = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
    const code = Number(told);
    if (told !== undefined && Number.isInteger(code)) return { code };
  }
  throw new RpcError("INTERNAL", status?.message ?? `the process ended with ${text}`);
}
