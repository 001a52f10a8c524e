/**
 * The sixteen ways a call can fail, by the names gRPC and ttrpc share.
 *
 * @see google.rpc.Code
 */
export type RpcCode =
  | "CANCELLED"
  | "UNKNOWN"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS"
  | "UNAUTHENTICATED";

/** Every code in the order of its number: the first is 1, since 0 says success. */
export const rpcCodes: readonly RpcCode[] = [
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** The number of a code on the wire, 1 to 16. */
export function toCodeNumber(code: RpcCode): number {
  return rpcCodes.indexOf(code) + 1;
}

/** The code of a number on the wire; a number nobody defined is UNKNOWN, as gRPC says. */
export function fromCodeNumber(number: number): RpcCode {
  return rpcCodes[number - 1] ?? "UNKNOWN";
}
