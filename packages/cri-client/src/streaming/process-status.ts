import { RpcError } from "@ocikit/rpc";

/** How a process ended: its exit code, or 128 and the number of the signal that ended it. */
export interface ExitStatus {
  readonly code: number;
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
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch (cause) {
    throw new RpcError("INTERNAL", `the end of the process is told as ${JSON.stringify(text)}`, {
      cause,
    });
  }
  if (field(status, "status") === "Success") return { code: 0 };
  if (field(status, "reason") === "NonZeroExitCode") {
    const causes = field(field(status, "details"), "causes");
    const told = (Array.isArray(causes) ? causes : []).find(
      (cause) => field(cause, "reason") === "ExitCode",
    );
    const code = field(told, "message");
    if (typeof code === "string" && /^\d{1,10}$/.test(code)) return { code: Number(code) };
  }
  const message = field(status, "message");
  throw new RpcError(
    "INTERNAL",
    typeof message === "string" ? message : `the process ended with ${text}`,
  );
}

/** A field of what may be anything: it came from the other end. */
function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
